/** One of many visitors: holds slots, and confirms, releases, forgets, moves and cancels what it got. All is recorded. */
import { setTimeout as pause } from 'node:timers/promises';
import type { RaceType, Recorded } from './history.fixture.ts';

export interface Race {
  types: readonly RaceType[];
  /** Starts that are raced for. */
  starts: readonly number[];
  /** Gateways, each of which may be away. */
  urls: readonly string[];
  random(): number;
  over(): boolean;
  /** How often a visitor asks for what may be asked for twice before they give up. */
  tries?: number;
  record(what: Recorded): void;
}

/** An answer, and whether it took more than one try: then an earlier one may have done it. */
type Answered<T> = { answer: T; again: boolean } | null;

/** real time: visitors meet by chance, and nothing is late for them. */
const linger = (ms: number) => pause(ms);

const TRIES = 40;
const pick = <T>(race: Race, items: readonly T[]): T => items[Math.floor(race.random() * items.length)] as T;

/** The request never went out: nobody listened. */
const AWAY = Symbol('away');

/** @returns null when it went out and was not answered, or the gateway had a fault. */
async function ask<T>(url: string, query: string, variables: object): Promise<T | typeof AWAY | null> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data?: T; errors?: unknown[] };
    return errors || !data ? null : data;
  } catch (error) {
    return isRefusal(error) ? AWAY : null;
  }
}

const isRefusal = (error: unknown) =>
  ((error as { cause?: { code?: string } } | null)?.cause?.code ?? '') === 'ECONNREFUSED';

/** Asks one gateway after the other until one answers: what it asks for may be asked for twice. */
async function insist<T>(race: Race, query: string, variables: object): Promise<Answered<T>> {
  let again = false;
  for (let tries = 0; tries < (race.tries ?? TRIES); tries++) {
    const answer = await ask<T>(pick(race, race.urls), query, variables);
    if (answer !== null && answer !== AWAY) return { answer, again };
    again ||= answer !== AWAY;
    await linger(100 + 200 * race.random());
  }
  return null;
}

type Received = { __typename: string; start?: string; hosts?: { id: string }[]; id?: string; token?: string };

const BOOKING = '__typename ... on Booking { id token start hosts { id } }';
const HOLD = `mutation ($input: HoldSlotInput!) { holdSlot(input: $input) {
  __typename ... on SlotHold { token expiresAt slot { hosts { id } } }
} }`;
const RELEASE = 'mutation ($token: String!) { releaseHold(token: $token) }';
const CONFIRM = `mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) { ${BOOKING} } }`;
const CANCEL = 'mutation ($token: String!) { cancelBooking(token: $token) { __typename } }';
const RESCHEDULE = `mutation ($token: String!, $start: DateTime!) {
  rescheduleBooking(token: $token, start: $start) { ${BOOKING} }
}`;

const placeOf = ({ start = '', hosts = [] }: Received) => ({
  start: Date.parse(start),
  hosts: hosts.map(({ id }) => id),
});

/** Until the race is over. Each claim is brought to an end that is known, or given up as unknown. */
export async function visit(race: Race): Promise<void> {
  while (!race.over()) {
    await linger(1_000 * race.random());
    const claim = await hold(race);
    if (!claim) continue;
    const way = race.random();
    if (way < 0.12) await release(race, claim);
    else if (way > 0.25) await follow(race, claim);
  }
}

async function hold(race: Race): Promise<string | null> {
  const [type, start] = [pick(race, race.types), pick(race, race.starts)];
  const from = Date.now();
  type Answer = {
    holdSlot: { __typename: string; token: string; expiresAt: string; slot: { hosts: { id: string }[] } };
  };
  const input = { eventType: type.id, start: new Date(start).toISOString() };
  const answered = await ask<Answer>(pick(race, race.urls), HOLD, { input });
  if (answered === AWAY) return null;
  const received = answered?.holdSlot;
  const asked = { op: 'hold' as const, type, start, from, to: Date.now() };
  if (!received) {
    race.record({ ...asked, to: Number.POSITIVE_INFINITY, answer: 'unknown' });
    return null;
  }
  if (received.__typename !== 'SlotHold') {
    race.record({ ...asked, answer: received.__typename as 'SlotTaken' | 'SlotNotOffered' });
    return null;
  }
  const hosts = received.slot.hosts.map(({ id }) => id);
  const expiresAt = Date.parse(received.expiresAt);
  race.record({ ...asked, answer: { is: 'SlotHold', claim: received.token, hosts, expiresAt } });
  return received.token;
}

async function release(race: Race, claim: string): Promise<void> {
  const from = Date.now();
  const received = await insist<{ releaseHold: boolean }>(race, RELEASE, { token: claim });
  // Who asks twice may have ended it the first time.
  const answer =
    received && (received.answer.releaseHold || !received.again) ? received.answer.releaseHold : 'unknown';
  race.record({ op: 'release', claim, from, to: received ? Date.now() : Number.POSITIVE_INFINITY, answer });
}

/** Confirms, sometimes twice at once; then keeps, moves or cancels what was booked. */
async function follow(race: Race, claim: string): Promise<void> {
  const twice = race.random() < 0.2;
  const answers = await Promise.all([confirm(race, claim), twice ? confirm(race, claim) : null]);
  const token = answers[0] ?? answers[1];
  if (!token) return;
  for (let way = race.random(); way > 0.55; way = race.random()) {
    await linger(200 * race.random());
    if (!(await reschedule(race, claim, token))) return;
  }
  await linger(300 * race.random());
  if (race.random() < 0.85) await cancel(race, claim, token);
}

/** @returns the booking's token. */
async function confirm(race: Race, claim: string): Promise<string | null> {
  for (let tries = 0; tries < 3; tries++) {
    const from = Date.now();
    const input = { hold: claim, name: 'Vi Sitor', email: 'vi@example.com', timeZone: 'Europe/Berlin' };
    const received = (await insist<{ confirmBooking: Received }>(race, CONFIRM, { input }))?.answer
      .confirmBooking;
    const asked = {
      op: 'confirm' as const,
      claim,
      from,
      to: received ? Date.now() : Number.POSITIVE_INFINITY,
    };
    if (received?.__typename === 'Booking') {
      const { id: booking = '', token = null } = received;
      race.record({ ...asked, answer: { is: 'Booking', booking, ...placeOf(received) } });
      return token;
    }
    const answer = (received?.__typename ?? 'unknown') as
      | 'SlotTaken'
      | 'HoldExpired'
      | 'SourceStale'
      | 'unknown';
    race.record({ ...asked, answer });
    if (answer !== 'SourceStale') return null;
    await linger(300);
  }
  return null;
}

/** @returns false when nobody knows where it is. */
async function reschedule(race: Race, claim: string, token: string): Promise<boolean> {
  const start = pick(race, race.starts);
  const from = Date.now();
  const variables = { token, start: new Date(start).toISOString() };
  const received = (await insist<{ rescheduleBooking: Received }>(race, RESCHEDULE, variables))?.answer
    .rescheduleBooking;
  const asked = { op: 'reschedule' as const, claim, start, from };
  if (!received) {
    race.record({ ...asked, to: Number.POSITIVE_INFINITY, answer: 'unknown' });
    return false;
  }
  const moved = received.__typename === 'Booking';
  const answer = moved
    ? { is: 'Booking' as const, ...placeOf(received) }
    : (received.__typename as 'SlotTaken' | 'SlotNotOffered' | 'SourceStale' | 'BookingNotFound');
  race.record({ ...asked, to: Date.now(), answer });
  return true;
}

async function cancel(race: Race, claim: string, token: string): Promise<void> {
  const from = Date.now();
  const received = (await insist<{ cancelBooking: Received }>(race, CANCEL, { token }))?.answer.cancelBooking;
  const answer = (received?.__typename ?? 'unknown') as 'Booking' | 'BookingNotFound' | 'unknown';
  race.record({ op: 'cancel', claim, from, to: received ? Date.now() : Number.POSITIVE_INFINITY, answer });
}
