/** A request on its way through the faults that it meets, also one inside a batch. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type Exchange, json } from './exchange.ts';
import type { Faults } from './faults.ts';

export type Answering = (exchange: Exchange) => Promise<Answer | null>;

/** @returns null when the connection is cut. */
export async function met(exchange: Exchange, faults: Faults, answering: Answering): Promise<Answer | null> {
  const { method, path } = exchange;
  const fault = /^\/(google|microsoft)\//.test(path) ? faults.meet(method, path) : null;
  if (fault) {
    await sleep(fault.delay);
    const lost = fault.cut || fault.status !== undefined;
    if (lost && fault.applied) await answering(exchange).catch(() => undefined);
    if (fault.cut) return null;
    if (fault.status !== undefined) return told(fault.status, fault.headers, fault.body);
  }
  const answer = await answering(exchange);
  return answer ?? json(404, { error: { code: 404, message: `There is no ${method} ${path}.` } });
}

function told(status: number, headers: Record<string, string>, body: unknown): Answer {
  if (body === undefined) return { status, headers };
  return typeof body === 'string' ? { status, headers, body } : json(status, body, headers);
}
