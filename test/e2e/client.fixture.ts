/** A client of the gateway: asks over HTTP, follows over graphql-ws, and applies deltas as the contract says. */
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { WAIT_LIMIT } from '../harness/eventually.ts';

export type Ask = <T = Record<string, never>>(query: string, variables?: object) => Promise<T>;

export interface GraphqlFailure extends Error {
  errors: { message: string; extensions: { code: string; field?: string } }[];
}

/** Rejects with the answer's errors when it has any. */
export function asker(url: string, token?: string): Ask {
  return async <T>(query: string, variables = {}) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: T; errors?: GraphqlFailure['errors'] };
    if (errors) throw Object.assign(new Error(JSON.stringify(errors)), { errors });
    return data;
  };
}

export interface Slot {
  start: string;
  end: string;
}

export interface LiveEvent {
  __typename: 'AvailabilitySnapshot' | 'AvailabilityDelta';
  etag: string;
  fromEtag?: string;
  availability?: { slots: Slot[]; complete: boolean; issues: { code: string }[] };
  added?: Slot[];
  removed?: Slot[];
  complete?: boolean;
  issues?: { code: string }[];
}

const SUBSCRIPTION = `subscription ($input: AvailabilityInput!, $resumeAfter: String) {
  availability(input: $input, resumeAfter: $resumeAfter) {
    __typename
    ... on AvailabilitySnapshot { etag availability { slots { start end } complete issues { code } } }
    ... on AvailabilityDelta { fromEtag etag added { start end } removed { start end } complete issues { code } }
  }
}`;

export interface Follower {
  /** Rejects when none comes. */
  next(): Promise<LiveEvent>;
  /** What a client holds that applied everything it read. */
  starts(): string[];
  etag(): string;
  close(): Promise<void>;
}

/** `resumeAfter` and `holding`: what the client has of an earlier answer. */
export function follow(
  url: string,
  input: object,
  resumeAfter: string | null = null,
  holding: readonly { start: string }[] = [],
): Follower {
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  const events = client.iterate<{ availability: LiveEvent }>({
    query: SUBSCRIPTION,
    variables: { input, resumeAfter },
  });
  const held = new Set<string>(holding.map(({ start }) => start));
  let etag = resumeAfter ?? '';
  let pending: Promise<LiveEvent> | null = null;

  const take = () => {
    pending ??= (async () => {
      const { value } = await events.next();
      if (!value?.data) throw new Error(`the subscription ended: ${JSON.stringify(value)}`);
      return value.data.availability;
    })();
    return pending;
  };

  function apply(event: LiveEvent) {
    if (event.availability) {
      held.clear();
      for (const { start } of event.availability.slots) held.add(start);
    } else if (event.fromEtag !== etag) throw new Error(`the chain broke: ${event.fromEtag} after ${etag}`);
    for (const { start } of event.removed ?? [])
      if (!held.delete(start)) throw new Error(`${start} was not there`);
    for (const { start } of event.added ?? []) held.add(start);
    etag = event.etag;
  }

  return {
    async next() {
      const event = await within(WAIT_LIMIT, take());
      if (event === null) throw new Error(`no event came within ${WAIT_LIMIT} ms`);
      pending = null;
      apply(event);
      return event;
    },
    starts: () => [...held].sort(),
    etag: () => etag,
    close: async () => client.dispose(),
  };
}

async function within<T>(ms: number, wanted: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms); // real time: a deadline
  });
  return Promise.race([wanted, late]).finally(() => clearTimeout(timer));
}
