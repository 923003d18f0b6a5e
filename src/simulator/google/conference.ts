/** Google Meet conferences of events: made at once, later or not at all, as Google does and as the fault `conferences` asks for. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { WorldEvent } from '../event.ts';
import type { Faults } from '../faults.ts';
import type { SimulatedRequest } from '../http.ts';
import type { World } from '../world.ts';
import { badRequest } from './errors.ts';

const MEET = 'hangoutsMeet';

const createRequestSchema = z.object({
  requestId: z.string().min(1),
  conferenceSolutionKey: z.object({ type: z.string() }).optional(),
});

/** Null removes the conference. */
export const conferenceSchema = z.object({ createRequest: createRequestSchema.optional() }).nullish();

const storedSchema = z.object({ createRequest: createRequestSchema, status: z.string() });

type Fields = Record<string, unknown>;

/**
 * The fields that a body changes of an event's conference. Without `conferenceDataVersion=1` it changes none, and a repeated
 * `requestId` makes no second conference.
 * @throws HttpError
 */
export function conferenceChange(
  { query }: SimulatedRequest,
  conference: z.infer<typeof conferenceSchema>,
  event: WorldEvent | null,
  faults: Faults,
): Fields {
  if (query.get('conferenceDataVersion') !== '1' || conference === undefined) return {};
  if (conference === null)
    return { conferenceData: undefined, hangoutLink: undefined, conference: undefined };
  const { createRequest } = conference;
  if (!createRequest) return {};
  if ((createRequest.conferenceSolutionKey?.type ?? MEET) !== MEET)
    throw badRequest('Invalid conference type value.');
  const stored = storedSchema.safeParse(event?.extra.conference).data;
  if (stored?.createRequest.requestId === createRequest.requestId) return {};
  return conferenceFields(createRequest, faults.lasting('conferences')[0]?.effect ?? 'success');
}

/** Makes a conference that is still pending, unless the fault lasts. Google does so unasked; here the next read of the event does. */
export function settleConference(world: World, event: WorldEvent, faults: Faults): WorldEvent {
  const stored = storedSchema.safeParse(event.extra.conference).data;
  if (stored?.status !== 'pending' || event.deleted) return event;
  const status = faults.lasting('conferences')[0]?.effect ?? 'success';
  if (status === 'pending') return event;
  return world.updateEvent(event.calendar, event.id, {
    extra: conferenceFields(stored.createRequest, status),
  });
}

/** Without what the simulator alone knows of the conference. */
export const shownConference = ({ conference: _, ...extra }: Readonly<Fields>): Fields => extra;

function conferenceFields(createRequest: z.infer<typeof createRequestSchema>, status: string): Fields {
  const conferenceSolutionKey = { type: MEET };
  const request = { ...createRequest, conferenceSolutionKey, status: { statusCode: status } };
  const conference = { createRequest, status };
  if (status !== 'success')
    return { conference, conferenceData: { createRequest: request }, hangoutLink: undefined };
  const letters = createHash('sha256').update(createRequest.requestId).digest('hex').replace(/\d/g, 'x');
  const code = `${letters.slice(0, 3)}-${letters.slice(3, 7)}-${letters.slice(7, 10)}`;
  const uri = `https://meet.google.com/${code}`;
  return {
    conference,
    hangoutLink: uri,
    conferenceData: {
      createRequest: request,
      entryPoints: [{ entryPointType: 'video', uri, label: `meet.google.com/${code}` }],
      conferenceSolution: { key: conferenceSolutionKey, name: 'Google Meet' },
      conferenceId: code,
    },
  };
}
