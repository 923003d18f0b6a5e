/** One server through all numbers of viewers: how fast, at what cost, and whether every viewer received everything. */
import { setTimeout as pause } from 'node:timers/promises';
import { AvailabilityLiveDocument } from '../../src/web/gql/documents.ts';
import { type Child, now, startChild, type Usage } from '../child.ts';
import type { Crowd } from './crowd.ts';
import { asker, availabilityOf } from './hosts.ts';
import {
  EVENT_TYPES,
  faultsOf,
  measureChange,
  measureInTurn,
  measureOneByOne,
  round,
  SPREAD_EVERY,
  timesOf,
} from './measure-change.ts';
import type { PushServer } from './servers.ts';

/** graphql-ws pings each socket every 12 seconds: a rest, and the spread changes, hold one ping of each. */
const REST = 12_000;
const IDLE_PAUSE = 500;
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
  const crowd = await startChild<Crowd>('push/crowd.ts');
  let made = 0;
  try {
    for (const sockets of sizes.toSorted((a, b) => a - b)) {
      await gather(crowd, server, { eventTypes, sockets });
      await pause(IDLE_PAUSE);
      const full = await server.usage({ collected: true });
      const resting = atRest.get(sockets) ?? (await rest(server));
      atRest.set(sockets, resting);
      const begun = await sample(server);
      const changeResults = await (eventTypes === 1 ? measureOneByOne : measureInTurn)(crowd, server, made);
      made += changeResults.length;
      const ended = await sample(server);
      const events = changeResults.reduce((sum, { receivers }) => sum + receivers, 0);
      const cpu = ended.cpu - begun.cpu - resting * (ended.at - begun.at);
      yield {
        ...{ sockets, eventTypes, changes: changeResults.length },
        ...timesOf(changeResults),
        cpuUs: round(cpu / events),
        pushUs: round((cpu - changeCpu * changeResults.length) / events),
        memoryKb: round((full.rss - before.rss) / 1024 / sockets),
        heapKb: round((full.heap - before.heap) / 1024 / sockets),
        faults: [...faultsOf(changeResults), ...(await check(crowd, server, eventTypes))],
      };
    }
  } finally {
    await crowd.end();
  }
}

/** Lets the compiler settle, in a crowd that goes again. */
export async function warmUp(server: PushServer): Promise<void> {
  const crowd = await startChild<Crowd>('push/crowd.ts');
  try {
    await gather(crowd, server, { eventTypes: 1, sockets: 100 });
    for (let n = 0; n < 100; n++) await measureChange(crowd, server, 0, n);
  } finally {
    await crowd.end();
  }
  await pause(IDLE_PAUSE);
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

/** What viewers received, against each other and against the query. */
export async function check(crowd: Child<Crowd>, server: PushServer, eventTypes: number): Promise<string[]> {
  const { etags, faults } = await crowd.ask('check');
  const ask = asker(server.url);
  for (const input of server.windows.slice(0, eventTypes)) {
    const held = etags.shift();
    const { etag } = await availabilityOf(ask, input);
    if (held !== etag) faults.push(`viewers of ${input.eventType} hold ${held}, the query answers ${etag}`);
  }
  return faults;
}
