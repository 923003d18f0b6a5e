/** An event stream read by hand: every line is held against what a gateway may send (docs/api.md). */
import type { LiveEvent } from '../../e2e/client.fixture.ts';

export interface Result {
  data?: { availability: LiveEvent } | null;
  errors?: { message: string; extensions: Record<string, unknown> }[];
}

export type SentEvent = { type: 'next'; id: string | null; result: Result } | { type: 'complete' };

export interface EventFeed {
  /** Takes the next bytes. */
  read(bytes: Uint8Array): void;
  /** The stream has ended. */
  end(): void;
  /** The next event not taken yet. Rejects when the stream ended, or broke the rules. */
  next(): Promise<SentEvent>;
  /** How many events came and were not taken. */
  waiting(): number;
  comments(): number;
  retries(): readonly number[];
}

export function createFeed(): EventFeed {
  const decoder = new TextDecoder();
  const events: SentEvent[] = [];
  const wanted: { resolve(event: SentEvent): void; reject(error: unknown): void }[] = [];
  const retries: number[] = [];
  let [text, comments] = ['', 0];
  let over: Error | null = null;

  function stop(error: Error) {
    over ??= error;
    for (const { reject } of wanted.splice(0)) reject(over);
  }

  function take(block: string) {
    if (block === ':') return void comments++;
    const retry = /^retry: (\d+)$/.exec(block)?.[1];
    if (retry !== undefined) return void retries.push(Number(retry));
    const event = eventOf(block);
    const first = wanted.shift();
    if (first) first.resolve(event);
    else events.push(event);
  }

  return {
    read(bytes) {
      const blocks = (text + decoder.decode(bytes, { stream: true })).split('\n\n');
      text = blocks.pop() ?? '';
      try {
        for (const block of blocks) take(block);
      } catch (error) {
        stop(error instanceof Error ? error : new Error(String(error)));
      }
    },
    end: () => stop(new Error(text === '' ? 'the stream ended' : `the stream ended within ${text}`)),
    next() {
      const event = events.shift();
      if (event) return Promise.resolve(event);
      if (over) return Promise.reject(over);
      return new Promise((resolve, reject) => wanted.push({ resolve, reject }));
    },
    waiting: () => events.length,
    comments: () => comments,
    retries: () => retries,
  };
}

function eventOf(block: string): SentEvent {
  if (block === 'event: complete\ndata:') return { type: 'complete' };
  const [, id = null, data] = /^event: next\n(?:id: (\S+)\n)?data: (.+)$/.exec(block) ?? [];
  if (data === undefined) throw new Error(`no event of ours: ${block}`);
  const result = JSON.parse(data) as Result;
  const etag = result.data?.availability?.etag;
  if (etag !== undefined && etag !== id) throw new Error(`the id ${id} is not the etag ${etag}`);
  return { type: 'next', id, result };
}

export interface EventReader extends EventFeed {
  response: Response;
  /** The next event, of an answer. */
  answer(): Promise<LiveEvent>;
  leave(): void;
}

export interface Asked {
  query: string;
  variables?: object;
}

const ACCEPT = { accept: 'text/event-stream' };

export const eventsAddress = (url: string, { query, variables = {} }: Asked) =>
  `${url}/graphql?${new URLSearchParams({ query, variables: JSON.stringify(variables) })}`;

/** By POST unless `method` says otherwise. */
export async function readEvents(
  url: string,
  asked: Asked,
  { headers = {}, method = 'POST' }: { headers?: Record<string, string>; method?: 'GET' | 'POST' } = {},
): Promise<EventReader> {
  const reading = new AbortController();
  const { signal } = reading;
  const response =
    method === 'GET'
      ? await fetch(eventsAddress(url, asked), { headers: { ...ACCEPT, ...headers }, signal })
      : await fetch(`${url}/graphql`, {
          method,
          headers: { ...ACCEPT, 'content-type': 'application/json', ...headers },
          body: JSON.stringify(asked),
          signal,
        });
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    throw new Error(`answered ${response.status}: ${await response.text()}`);
  }
  const feed = createFeed();
  const { body } = response;
  void (async () => {
    for await (const bytes of body ?? []) feed.read(bytes);
  })()
    .catch(() => {})
    .finally(feed.end);
  return {
    ...feed,
    response,
    leave: () => reading.abort(),
    async answer() {
      const event = await feed.next();
      if (event.type !== 'next' || !event.result.data) throw new Error(`no answer: ${JSON.stringify(event)}`);
      return event.result.data.availability;
    },
  };
}

/** What a reader holds that applied everything. @throws when the chain is broken */
export function createHeld() {
  const starts = new Set<string>();
  let etag = '';
  return {
    etag: () => etag,
    starts: () => [...starts].sort(),
    apply(event: LiveEvent) {
      if (event.availability) {
        starts.clear();
        for (const { start } of event.availability.slots) starts.add(start);
      } else if (event.fromEtag !== etag) throw new Error(`the chain broke: ${event.fromEtag} after ${etag}`);
      for (const { start } of event.removed ?? []) {
        if (!starts.delete(start)) throw new Error(`${start} was not there`);
      }
      for (const { start } of event.added ?? []) starts.add(start);
      etag = event.etag;
    },
  };
}
