/** Changes on their way to their viewers: made at a fixed pace, timed until the last one has them. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Child, now } from '../child.ts';
import type { Crowd } from './crowd.ts';
import type { PushServer } from './servers.ts';

export const EVENT_TYPES = 100;
/** Of the event type that all viewers watch, and how often. */
const CHANGES = 20;
const CHANGE_INTERVAL = 300;
/** A server that is slower than that makes fewer. */
const MAX_DURATION = 12_000;
/** Of all event types in turn, and how often. */
const SPREAD_CHANGES = 200;
export const SPREAD_EVERY = 60;

export interface ChangeResult {
  receivers: number;
  viewers: number;
  /** Milliseconds to the last viewer, from the request and from its answer. */
  requested: number;
  answered: number;
}

/** One change of an event type, and how it came to all viewers of its event type as their n-th event. */
export async function measureChange(
  crowd: Child<Crowd>,
  server: PushServer,
  type: number,
  n: number,
): Promise<ChangeResult> {
  const requested = now();
  await server.change(type);
  const answered = now();
  const reached = await crowd.ask('reached', { audience: type, n });
  if (!reached) throw new RangeError(`nobody watches event type ${type}`);
  const { viewers, receivers, last } = reached;
  return { viewers, receivers, requested: last - requested, answered: last - answered };
}

/** Each change once all viewers have the one before it: none is coalesced with another. */
export async function measureOneByOne(
  crowd: Child<Crowd>,
  server: PushServer,
  made: number,
): Promise<ChangeResult[]> {
  const results: ChangeResult[] = [];
  for (const end = now() + MAX_DURATION; results.length < CHANGES && now() < end; ) {
    const next = now() + CHANGE_INTERVAL;
    results.push(await measureChange(crowd, server, 0, made + results.length));
    await pause(Math.max(next - now(), 0));
  }
  return results;
}

/** Whether or not the one before it has come to all: that was another event type's. */
export async function measureInTurn(
  crowd: Child<Crowd>,
  server: PushServer,
  made: number,
): Promise<ChangeResult[]> {
  const results: Promise<ChangeResult>[] = [];
  const begun = now();
  for (let i = 0; i < SPREAD_CHANGES; i++) {
    results.push(measureChange(crowd, server, i % EVENT_TYPES, Math.floor((made + i) / EVENT_TYPES)));
    await pause(Math.max(begun + (i + 1) * SPREAD_EVERY - now(), 0));
  }
  return Promise.all(results);
}

export const faultsOf = (results: ChangeResult[]) =>
  results.flatMap(({ receivers, viewers }, n) =>
    receivers === viewers ? [] : [`change ${n} reached ${receivers} of ${viewers} viewers`],
  );

export function timesOf(results: ChangeResult[]) {
  const at = (times: number[], share: number) => round(quantile(times, share));
  const requested = results.map((result) => result.requested);
  const answered = results.map((result) => result.answered);
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
