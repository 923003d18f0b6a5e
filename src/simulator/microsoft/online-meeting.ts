/** Teams meetings of events: made at once, later or not at all, as the fault `conferences` asks for. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { WorldEvent } from '../event.ts';
import type { Faults } from '../faults.ts';
import type { Person, World } from '../world.ts';

/** Accounts outside of any organisation have no Teams for business. */
export const meetingProvidersOf = ({ personal }: Person) => (personal ? [] : ['teamsForBusiness']);

/**
 * The fields that a body changes of an event's meeting. A meeting once made stays, whatever later bodies say, and an account
 * without Teams gets an event without one.
 */
export function meetingChange(
  isOnlineMeeting: boolean | undefined,
  event: WorldEvent | null,
  person: Person,
  faults: Faults,
): Record<string, unknown> {
  const effect = faults.lasting('conferences')[0]?.effect;
  const isRefused = effect === 'failure' || meetingProvidersOf(person).length === 0;
  if (!isOnlineMeeting || event?.extra.isOnlineMeeting === true || isRefused) return {};
  return {
    isOnlineMeeting: true,
    onlineMeetingProvider: 'teamsForBusiness',
    onlineMeeting: effect === 'pending' ? null : newMeeting(),
  };
}

const madeSchema = z.object({ joinUrl: z.string() });

/** A new body without the meeting's link ends the meeting, as Graph's "update event" warns. */
export function lostMeeting(content: string | undefined, event: WorldEvent): Record<string, unknown> {
  const made = madeSchema.safeParse(event.extra.onlineMeeting).data;
  if (!made || content === undefined || content.includes(made.joinUrl)) return {};
  return { isOnlineMeeting: false, onlineMeetingProvider: 'unknown', onlineMeeting: null };
}

/** Makes a meeting that is still pending, unless the fault lasts: here the next read of the event does. */
export function settleMeeting(world: World, event: WorldEvent, faults: Faults): WorldEvent {
  const isPending = event.extra.isOnlineMeeting === true && event.extra.onlineMeeting === null;
  if (!isPending || event.deleted || faults.lasting('conferences').length > 0) return event;
  return world.updateEvent(event.calendar, event.id, { extra: { onlineMeeting: newMeeting() } });
}

const newMeeting = () => ({
  joinUrl: `https://teams.microsoft.com/l/meetup-join/19%3ameeting_${randomUUID()}%40thread.v2/0`,
});
