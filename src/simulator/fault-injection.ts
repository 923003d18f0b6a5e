/** Applies the active faults to a request, also to one inside a batch. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Faults } from './faults.ts';
import { jsonResponse, type SimulatedRequest, type SimulatedResponse } from './http.ts';

export type Respond = (request: SimulatedRequest) => Promise<SimulatedResponse | null>;

/** @returns null when the connection is cut. */
export async function respondWithFaults(
  request: SimulatedRequest,
  faults: Faults,
  respond: Respond,
): Promise<SimulatedResponse | null> {
  const { method, path } = request;
  const fault = /^\/(google|microsoft)\//.test(path) ? faults.takeResponseFault(method, path) : null;
  if (fault) {
    await sleep(fault.delay);
    const lost = fault.cut || fault.status !== undefined;
    if (lost && fault.applied) await respond(request).catch(() => undefined);
    if (fault.cut) return null;
    if (fault.status !== undefined) return faultResponse(fault.status, fault.headers, fault.body);
  }
  const response = await respond(request);
  return response ?? jsonResponse(404, { error: { code: 404, message: `There is no ${method} ${path}.` } });
}

function faultResponse(status: number, headers: Record<string, string>, body: unknown): SimulatedResponse {
  if (body === undefined) return { status, headers };
  return typeof body === 'string' ? { status, headers, body } : jsonResponse(status, body, headers);
}
