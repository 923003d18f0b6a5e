/** How Microsoft rates the host of a webhook by its last responses: notifications to a slow one are delayed or dropped. */
import { type Clock, type Instant, MINUTE, SECOND } from '../time/clock.ts';

/** A response that takes longer does not count: the notification is sent again. */
export const RESPONSE_LIMIT = 3 * SECOND;
/** The notification request is aborted after this time. */
export const RESPONSE_TIMEOUT = 10 * SECOND;
export const PENALTY = 10 * MINUTE;
const WINDOW = 10 * MINUTE;
/** Responses that are needed before a host is rated. Undocumented. */
const MIN_RESPONSES = 10;

export type EndpointState = 'well' | 'slow' | 'drop';

export interface EndpointHealth {
  /** @param took milliseconds */
  recordResponse(url: string, took: number): void;
  stateOf(url: string): EndpointState;
}

export function createEndpointHealth({ clock }: { clock: Clock }): EndpointHealth {
  const hosts = new Map<string, { responses: { at: Instant; took: number }[]; droppedUntil: Instant }>();

  function hostOf(url: string) {
    const name = new URL(url).host;
    const host = hosts.get(name) ?? { responses: [], droppedUntil: 0 };
    hosts.set(name, host);
    host.responses = host.responses.filter(({ at }) => at > clock.now() - WINDOW);
    return host;
  }
  const slowShare = (responses: readonly { took: number }[], limit: number) =>
    responses.length < MIN_RESPONSES
      ? 0
      : responses.filter(({ took }) => took > limit).length / responses.length;

  return {
    recordResponse(url, took) {
      const host = hostOf(url);
      host.responses.push({ at: clock.now(), took });
      if (slowShare(host.responses, RESPONSE_TIMEOUT) > 0.15) host.droppedUntil = clock.now() + PENALTY;
    },
    stateOf(url) {
      const { responses, droppedUntil } = hostOf(url);
      if (clock.now() < droppedUntil) return 'drop';
      return slowShare(responses, RESPONSE_LIMIT) > 0.1 ? 'slow' : 'well';
    },
  };
}
