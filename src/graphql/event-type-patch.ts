/** What changes of an event type, as the API takes it. */
import type { EventTypeInput } from '../offers/rulebook.ts';
import type { EventType } from '../store/rules/event-types.ts';
import { builder } from './builder.ts';
import { eventTypeFields, rulesWithoutDefault } from './event-type-input.ts';
import { SchedulingEnum, StalePolicyEnum } from './event-type-rules.ts';
import { rejectNull } from './host-input.ts';

export const EventTypePatchRef = builder.inputType('EventTypePatch', {
  description:
    'What changes of an event type: what is absent stays, null takes the default. The rules that come of it are checked as those of updateEventType are.',
  fields: (t) => ({
    ...rulesWithoutDefault(t),
    owner: t.string({ description: 'Slug of the host or team that owns it; it has no default.' }),
    slug: t.string({
      description: 'Last part of its public address, /book/{owner}/{slug}; it has no default.',
    }),
    title: t.string({ description: 'What the public reads; it has no default.' }),
    length: t.field({
      type: 'Duration',
      description:
        'How long a booking takes; it has no default. Where it was the only one of `lengths` it takes its place there; the interval stays.',
    }),
    hosts: t.idList({ description: 'Ids of the hosts (`host_…`) who may be booked; it has no default.' }),
    scheduling: t.field({ type: SchedulingEnum, description: 'How the hosts share bookings; null: SINGLE.' }),
    seats: t.int({ description: 'How many bookings may share a start at one host; null: 1.' }),
    maxGuests: t.int({ description: 'How many others the visitor may invite, at most 50; null: 0.' }),
    requireEmailVerification: t.boolean({
      description:
        'True when the public books only with a code that was sent to its e-mail address; null: false.',
    }),
    approval: t.boolean({
      description: 'True when a booking waits, PENDING, until it is accepted; null: false.',
    }),
    active: t.boolean({
      description: 'False: nothing is offered, and the page says so. Null: true.',
    }),
    listed: t.boolean({ description: "Shown on the owner's page, /book/{owner}; null: true." }),
    tentativeBlocks: t.boolean({ description: 'True when tentatively busy time blocks, too; null: true.' }),
    onStale: t.field({
      type: StalePolicyEnum,
      description:
        'What a calendar that is stale, broken or never read does to the slots; null: FAIL_CLOSED.',
    }),
  }),
});

type Patch = typeof EventTypePatchRef.$inferInput;

/** All that the event type becomes. @throws SlotwireError BAD_USER_INPUT for a null of what has no default */
export function patchedEventType(current: EventType, patch: Patch): EventTypeInput {
  const { rules, form } = current;
  const present = {
    ...rules,
    ...form,
    lengths: [...rules.lengths],
    reminders: [...rules.reminders],
    questions: form.questions.map((question) => ({ ...question, options: [...question.options] })),
    places: [...form.places],
  };
  const { owner, slug, title, length, hosts, ...others } = patch;
  const becomes = {
    ...present,
    owner: rejectNull(owner, 'owner') ?? current.owner,
    slug: rejectNull(slug, 'slug') ?? current.slug,
    title: rejectNull(title, 'title') ?? current.title,
    length: rejectNull(length, 'length') ?? rules.length,
    hosts: rejectNull(hosts, 'hosts') ?? current.hosts,
  };
  // A length that was the only one is followed by the list of lengths.
  const lengths = rules.lengths.length === 1 ? null : present.lengths;
  return eventTypeFields({ ...becomes, lengths, ...others });
}
