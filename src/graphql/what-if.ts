/** What changed rules would do to the slots. */
import type { SlotList } from '../offers/slot-list.ts';
import { SlotRef, slotsOf } from './availability.ts';
import { builder } from './builder.ts';
import { requireOrganisation } from './context.ts';
import { EventTypeInputRef, eventTypeFields } from './event-type.ts';
import { WorkingHoursInput, workingHoursFields } from './host.ts';
import { checkWindow } from './window.ts';

const DifferenceRef = builder.objectRef<{ added: SlotList; removed: SlotList }>('SlotDifference').implement({
  fields: (t) => ({
    added: t.field({ type: [SlotRef], resolve: ({ added }) => slotsOf(added) }),
    removed: t.field({ type: [SlotRef], resolve: ({ removed }) => slotsOf(removed) }),
  }),
});

const WhatIfInput = builder.inputType('WhatIfInput', {
  fields: (t) => ({
    eventType: t.id({ required: true }),
    from: t.field({ type: 'DateTime', required: true }),
    to: t.field({ type: 'DateTime', required: true, description: 'At most 62 days after from.' }),
    rules: t.field({
      type: EventTypeInputRef,
      description: 'Every rule, as in updateEventType; absent: as they are.',
    }),
    workingHours: t.field({
      type: [
        builder.inputType('HostHoursInput', {
          fields: (h) => ({
            host: h.id({ required: true }),
            hours: h.field({ type: WorkingHoursInput, required: true }),
          }),
        }),
      ],
    }),
  }),
});

builder.queryField('whatIf', (t) =>
  t.field({
    type: DifferenceRef,
    description: 'What a changed rule would add and take away, nothing stored. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { input: t.arg({ type: WhatIfInput, required: true }) },
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
