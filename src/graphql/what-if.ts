/** What changed rules would do to the slots. */
import type { SlotList } from '../offers/slot-list.ts';
import { SlotRef, slotsOf } from './availability.ts';
import { builder } from './builder.ts';
import { requireOrganisation } from './context.ts';
import { EventTypeInputRef, eventTypeFields } from './event-type-input.ts';
import { checkWindow } from './limits.ts';
import { WorkingHoursInput, workingHoursFields } from './working-hours.ts';

const DifferenceRef = builder.objectRef<{ added: SlotList; removed: SlotList }>('SlotDifference').implement({
  description:
    'What a change would do to the slots. A slot that would have other hosts or seats is in both lists.',
  fields: (t) => ({
    added: t.field({
      type: [SlotRef],
      description: 'Slots that would be offered in addition.',
      resolve: ({ added }) => slotsOf(added),
    }),
    removed: t.field({
      type: [SlotRef],
      description: 'Slots that would no longer be offered.',
      resolve: ({ removed }) => slotsOf(removed),
    }),
  }),
});

const WhatIfInput = builder.inputType('WhatIfInput', {
  description: 'A change to try, and the window in which to see what it does.',
  fields: (t) => ({
    eventType: t.id({ description: 'Id of the event type (`et_…`).', required: true }),
    from: t.field({ type: 'DateTime', description: 'Start of the window, included.', required: true }),
    to: t.field({
      type: 'DateTime',
      required: true,
      description: 'End of the window, excluded; at most 62 days after from.',
    }),
    rules: t.field({
      type: EventTypeInputRef,
      description: 'All rules to try, as in updateEventType; null: as they are.',
    }),
    workingHours: t.field({
      type: [
        builder.inputType('HostHoursInput', {
          description: 'Working hours that a host would have.',
          fields: (h) => ({
            host: h.id({ description: 'Id of the host (`host_…`).', required: true }),
            hours: h.field({ type: WorkingHoursInput, description: 'The hours to try.', required: true }),
          }),
        }),
      ],
      description: 'Hours to try, host by host; null: as they are.',
    }),
  }),
});

builder.queryField('whatIf', (t) =>
  t.field({
    type: DifferenceRef,
    description: 'Which slots changed rules or hours would add and remove; nothing is stored. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { input: t.arg({ type: WhatIfInput, description: 'The change to try.', required: true }) },
    resolve: (_root, { input }, context) => {
      checkWindow(input, 'input.');
      return context.services.offers.whatIf(requireOrganisation(context), {
        eventType: input.eventType,
        from: input.from,
        to: input.to,
        rules: input.rules ? eventTypeFields(input.rules) : null,
        workingHours: (input.workingHours ?? []).map(({ host, hours }) => ({
          host,
          hours: workingHoursFields(hours),
        })),
      });
    },
  }),
);
