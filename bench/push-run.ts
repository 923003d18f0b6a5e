/** One server through all numbers of viewers: how fast, at what cost, and whether everybody was told everything. */
import { setTimeout as pause } from 'node:timers/promises';
import { AvailabilityLiveDocument } from '../src/web/gql/documents.ts';
import { type Child, now, startChild, type Usage } from './child.ts';
import type { Crowd } from './push-crowd.ts';
import { asker, availabilityOf } from './push-hosts.ts';
import type { PushServer } from './push-servers.ts';

export const EVENT_TYPES = 100;
/** Of the event type that all viewers watch, and how often. */
const CHANGES = 20;
const EVERY = 300;
/** A server that is slower than that makes fewer. */
const LONGEST = 12_000;
/** Of all event types in turn, and how often. */
const SPREAD_CHANGES = 200;
const SPREAD_EVERY = 60;
/** graphql-ws pings each socket every 12 seconds: a rest, and the spread changes, hold one ping of each. */
const REST = 12_000;
const SETTLE = 500;
const PER_SECOND = 2_000;
const AT_ONCE = 200;

export interface Figures {
  sockets: number;
  eventTypes: number;
  changes: number;
  /** From the instant before the change is asked for to the last viewer that has it. */
  p50Ms: number;
  p99Ms: number;
  /** From the answer to that request. */
  answerP50Ms: number;
  answerP99Ms: number;
  /** Per event and viewer, µs of the server's process, above what it uses at rest. */
  cpuUs: number;
  /** The same, less what the changes cost when nobody watches. */
  pushUs: number;
  /** Per socket, KB resident. Of few sockets it says little: a process grows and shrinks by megabytes of its own. */
  memoryKb: number;
  /** What of that JavaScript holds. */
  heapKb: number;
  /** Must be empty. */
  faults: string[];
}

/** µs per ms that a server uses when nothing changes, by its number of sockets. */
export type AtRest = Map<number, number>;

/** `atRest` is measured where it is not known. */
export async function* measure(
  server: PushServer,
  { eventTypes, sizes, atRest }: { eventTypes: number; sizes: number[]; atRest: AtRest },
): AsyncGenerator<Figures> {
  await warmUp(server);
  const changeCpu = await costOfChanges(server);
  const before = await server.usage({ collected: true });
  const crowd = await startChild<Crowd>('./push-crowd.ts');
  let made = 0;
  try {
    for (const sockets of sizes.toSorted((a, b) => a - b)) {
      await gather(crowd, server, { eventTypes, sockets });
      await pause(SETTLE);
      const full = await server.usage({ collected: true });
      const resting = atRest.get(sockets) ?? (await rest(server));
      atRest.set(sockets, resting);
      const begun = await sample(server);
      const tellings = await (eventTypes === 1 ? oneByOne : inTurn)(crowd, server, made);
      made += tellings.length;
      const ended = await sample(server);
      const events = tellings.reduce((sum, { receivers }) => sum + receivers, 0);
      const cpu = ended.cpu - begun.cpu - resting * (ended.at - begun.at);
      yield {
        ...{ sockets, eventTypes, changes: tellings.length },
        ...timesOf(tellings),
        cpuUs: round(cpu / events),
        pushUs: round((cpu - changeCpu * tellings.length) / events),
        memoryKb: round((full.rss - before.rss) / 1024 / sockets),
        heapKb: round((full.heap - before.heap) / 1024 / sockets),
        faults: [...faultsOf(tellings), ...(await check(crowd, server, eventTypes))],
      };
    }
  } finally {
    await crowd.end();
  }
}

interface Telling {
  receivers: number;
  viewers: number;
  /** Milliseconds to the last viewer, from the request and from its answer. */
  requested: number;
  answered: number;
}

/** One change, and how it came to all viewers of its event type as their n-th event. */
async function tell(crowd: Child<Crowd>, server: PushServer, type: number, n: number): Promise<Telling> {
  const requested = now();
  await server.change(type);
  const answered = now();
  const reached = await crowd.ask('reached', { audience: type, n });
  if (!reached) throw new RangeError(`nobody watches event type ${type}`);
  const { viewers, receivers, last } = reached;
  return { viewers, receivers, requested: last - requested, answered: last - answered };
}

/** Each change once all viewers have the one before it: none is coalesced with another. */
async function oneByOne(crowd: Child<Crowd>, server: PushServer, made: number): Promise<Telling[]> {
  const tellings: Telling[] = [];
  for (const end = now() + LONGEST; tellings.length < CHANGES && now() < end; ) {
    const next = now() + EVERY;
    tellings.push(await tell(crowd, server, 0, made + tellings.length));
    await pause(Math.max(next - now(), 0));
  }
  return tellings;
}

async function inTurn(crowd: Child<Crowd>, server: PushServer, made: number): Promise<Telling[]> {
  const tellings: Promise<Telling>[] = [];
  const begun = now();
  for (let i = 0; i < SPREAD_CHANGES; i++) {
    tellings.push(tell(crowd, server, i % EVENT_TYPES, Math.floor((made + i) / EVENT_TYPES)));
    await pause(Math.max(begun + (i + 1) * SPREAD_EVERY - now(), 0));
  }
  return Promise.all(tellings);
}

/** Lets the compiler settle, in a crowd that goes again. */
export async function warmUp(server: PushServer): Promise<void> {
  const crowd = await startChild<Crowd>('./push-crowd.ts');
  try {
    await gather(crowd, server, { eventTypes: 1, sockets: 100 });
    for (let n = 0; n < 100; n++) await tell(crowd, server, 0, n);
  } finally {
    await crowd.end();
  }
  await pause(SETTLE);
}

/** Of event types that nobody watches. @returns µs of a change */
async function costOfChanges(server: PushServer): Promise<number> {
  const half = EVENT_TYPES / 2;
  for (let i = half; i < EVENT_TYPES; i++) await server.change(i);
  const begun = await sample(server);
  for (let i = half; i < EVENT_TYPES; i++) {
    await server.change(i);
    await pause(SPREAD_EVERY / 2);
  }
  return ((await sample(server)).cpu - begun.cpu) / half;
}

/** @returns µs per ms that the server uses when nothing changes */
async function rest(server: PushServer): Promise<number> {
  const begun = await sample(server);
  await pause(REST);
  const ended = await sample(server);
  return (ended.cpu - begun.cpu) / (ended.at - begun.at);
}

async function sample(server: PushServer): Promise<Usage & { at: number }> {
  return { ...(await server.usage({ collected: false })), at: now() };
}

/** Viewers open the booking page's own subscription. */
export const gather = (
  crowd: Child<Crowd>,
  { url, windows }: PushServer,
  { eventTypes, sockets, perSecond = PER_SECOND, atOnce = AT_ONCE }: Gathering,
) =>
  crowd.ask('gather', {
    url,
    query: AvailabilityLiveDocument.toString(),
    windows: windows.slice(0, eventTypes),
    ...{ sockets, perSecond, atOnce },
  });

interface Gathering {
  eventTypes: number;
  sockets: number;
  perSecond?: number;
  /** How many may wait for their snapshot. */
  atOnce?: number;
}

const faultsOf = (tellings: Telling[]) =>
  tellings.flatMap(({ receivers, viewers }, n) =>
    receivers === viewers ? [] : [`change ${n} reached ${receivers} of ${viewers} viewers`],
  );

/** What viewers were told, against each other and against the query. */
export async function check(crowd: Child<Crowd>, server: PushServer, eventTypes: number): Promise<string[]> {
  const { etags, faults } = await crowd.ask('check');
  const ask = asker(server.url);
  for (const input of server.windows.slice(0, eventTypes)) {
    const told = etags.shift();
    const { etag } = await availabilityOf(ask, input);
    if (told !== etag) faults.push(`viewers of ${input.eventType} hold ${told}, the query answers ${etag}`);
  }
  return faults;
}

function timesOf(tellings: Telling[]) {
  const at = (times: number[], share: number) => round(quantile(times, share));
  const requested = tellings.map((telling) => telling.requested);
  const answered = tellings.map((telling) => telling.answered);
  return {
    p50Ms: at(requested, 0.5),
    p99Ms: at(requested, 0.99),
    answerP50Ms: at(answered, 0.5),
    answerP99Ms: at(answered, 0.99),
  };
}

export const quantile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? 0;

export const round = (value: number) => Number(value.toFixed(1));

/** How many times ours stock Yoga's figure is. */
export const ratio = (stock: number, ours: number) => Number((stock / ours).toFixed(2));
