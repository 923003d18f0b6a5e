import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { type MadeHost, makeEventType, makeHost } from '../../graphql/world.fixture.ts';
import { FOLLOW, setHours, UNLIMITED, untilSubscriptions, WINDOW } from '../protocol/world.fixture.ts';
import { type EventReader, eventsAddress, readEvents } from './event-reader.fixture.ts';

let stack: Stack;
let host: MadeHost;
let eventType: string;
beforeAll(async () => {
  stack = await startStack({ env: UNLIMITED, sync: false });
  host = await makeHost(stack.admin, 'ada');
  eventType = await makeEventType(stack.admin, host, 'talk');
});
afterAll(() => stack?.close());

const asked = (more: object = {}, of = eventType) => ({
  query: FOLLOW,
  variables: { input: { eventType: of, ...WINDOW }, ...more },
});
const read = (headers?: Record<string, string>, more?: object) =>
  readEvents(stack.url, asked(more), headers ? { headers } : {});
const post = (body: object, headers: Record<string, string>) =>
  fetch(`${stack.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** Etags of two answers, the later one present. */
async function twoEtags(): Promise<[string, string]> {
  await setHours(stack, host, '09:00', '17:00');
  const reader = await read();
  const { etag: before } = await reader.answer();
  await setHours(stack, host, '10:00', '17:00');
  const { etag: after } = await reader.answer();
  reader.leave();
  return [before, after];
}

async function ended(reader: EventReader) {
  await expect(reader.next()).rejects.toThrow('the stream ended');
}

describe('an event stream', () => {
  it.each(['GET', 'POST'] as const)('asked for by %s brings what is, then what changes', async (method) => {
    await setHours(stack, host, '09:00', '17:00');
    const reader = await readEvents(stack.url, asked(), { method });
    expect(reader.response.status).toBe(200);
    expect(Object.fromEntries(reader.response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'access-control-allow-origin': '*',
    });
    const first = await reader.answer();
    expect(first.__typename).toBe('AvailabilitySnapshot');
    expect(first.availability?.slots).toHaveLength(16);
    await setHours(stack, host, '09:30', '17:00');
    expect(await reader.answer()).toEqual({
      __typename: 'AvailabilityDelta',
      fromEtag: first.etag,
      etag: expect.not.stringMatching(first.etag),
      removed: [{ start: '2050-01-03T09:00:00.000Z' }],
      added: [],
    });
    reader.leave();
    await untilSubscriptions(stack.url, 0);
  });

  it('begins with a sign of life, and with how long to wait before coming back, by chance', async () => {
    const readers = await Promise.all(Array.from({ length: 8 }, () => read()));
    for (const reader of readers) {
      await reader.next();
      expect(reader.comments()).toBe(1);
      expect(reader.retries()).toEqual([expect.any(Number)]);
    }
    const retries = readers.flatMap((reader) => reader.retries());
    expect(Math.min(...retries)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...retries)).toBeLessThanOrEqual(2_500);
    expect(new Set(retries).size).toBeGreaterThan(1);
    for (const reader of readers) reader.leave();
    await untilSubscriptions(stack.url, 0);
  });

  it('completes after a last event without slots when its event type is deleted', async () => {
    const other = await makeEventType(stack.admin, host, 'other');
    const reader = await readEvents(stack.url, asked({}, other));
    const { etag, availability } = await reader.answer();
    await stack.admin('mutation ($id: ID!) { deleteEventType(id: $id) }', { id: other });
    const last = await reader.answer();
    expect(last).toMatchObject({ fromEtag: etag, added: [] });
    expect(last.removed).toEqual(availability?.slots.map(({ start }) => ({ start })));
    expect(await reader.next()).toEqual({ type: 'complete' });
    await ended(reader);
    await untilSubscriptions(stack.url, 0);
  });

  it.each([
    ['NOT_FOUND', { eventType: 'nothing', ...WINDOW }],
    ['BAD_USER_INPUT', { eventType: 'nothing', from: WINDOW.to, to: WINDOW.from }],
  ])('of what the field itself refuses is one result with %s, then complete', async (code, input) => {
    const reader = await readEvents(stack.url, { query: FOLLOW, variables: { input } });
    expect(reader.response.status).toBe(200);
    expect(await reader.next()).toMatchObject({
      type: 'next',
      id: null,
      result: { errors: [{ path: ['availability'], extensions: { code } }] },
    });
    expect(await reader.next()).toEqual({ type: 'complete' });
    await ended(reader);
    await untilSubscriptions(stack.url, 0);
  });

  it('leaves its connection fit for the next request once it is complete', async () => {
    const input = { eventType: 'nothing', ...WINDOW };
    for (let i = 0; i < 3; i++) {
      const response = await fetch(eventsAddress(stack.url, { query: FOLLOW, variables: { input } }), {
        headers: { accept: 'text/event-stream' },
      });
      expect(response.headers.get('connection')).toBe('keep-alive');
      expect(await response.text()).toMatch(/event: complete\ndata:\n\n$/);
    }
  });
});

describe('Last-Event-ID', () => {
  it('that is the present etag is met with silence until something changes', async () => {
    const [, present] = await twoEtags();
    const reader = await read({ 'last-event-id': present });
    await setHours(stack, host, '11:00', '17:00');
    const first = await reader.answer();
    expect(first).toMatchObject({ __typename: 'AvailabilityDelta', fromEtag: present });
    expect(first.removed).toHaveLength(2);
    reader.leave();
  });

  it('that is remembered is brought to now by one delta', async () => {
    const [past, present] = await twoEtags();
    const reader = await read({ 'last-event-id': past });
    expect(await reader.answer()).toMatchObject({ fromEtag: past, etag: present, added: [] });
    expect(reader.waiting()).toBe(0);
    reader.leave();
  });

  it.each(['never-heard-of', '""', 'é'])('that nobody knows, %j, gets a snapshot', async (id) => {
    const reader = await read({ 'last-event-id': id });
    expect((await reader.answer()).__typename).toBe('AvailabilitySnapshot');
    reader.leave();
  });

  it('is newer than the resumeAfter of a request that is repeated', async () => {
    const [past, present] = await twoEtags();
    const reader = await read({ 'last-event-id': past }, { resumeAfter: present });
    expect(await reader.answer()).toMatchObject({ fromEtag: past, etag: present });
    reader.leave();
    const other = await read({ 'last-event-id': 'never-heard-of' }, { resumeAfter: past });
    expect((await other.answer()).__typename).toBe('AvailabilitySnapshot');
    other.leave();
  });

  it('that is missing or empty leaves resumeAfter to count', async () => {
    const [past, present] = await twoEtags();
    for (const headers of [{}, { 'last-event-id': '' }]) {
      const reader = await read(headers, { resumeAfter: past });
      expect(await reader.answer()).toMatchObject({ fromEtag: past, etag: present });
      reader.leave();
    }
  });

  it('may be said by another site', async () => {
    const preflight = await fetch(`${stack.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,last-event-id',
      },
    });
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type,last-event-id');
  });
});

describe('what is no subscription', () => {
  const VIEWER = { data: { viewer: { kind: 'ANONYMOUS' } } };
  const STREAM = { accept: 'text/event-stream' };

  it.each([['by POST'], ['by GET']])(
    'is answered as one event when nothing else is accepted: %s',
    async (how) => {
      const query = '{ viewer { kind } }';
      const response =
        how === 'by GET'
          ? await fetch(`${stack.url}/graphql?${new URLSearchParams({ query })}`, { headers: STREAM })
          : await post({ query }, STREAM);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toContain('text/event-stream');
      const [, data = ''] = /^event: next\ndata: (.+)$/m.exec(await response.text()) ?? [];
      expect(JSON.parse(data)).toEqual(VIEWER);
    },
  );

  it('may be a mutation by POST, and none by GET', async () => {
    const query = 'mutation { releaseHold(token: "nothing") }';
    const response = await post({ query }, STREAM);
    expect(await response.text()).toMatch(/^event: next\ndata: \{/m);
    const got = await fetch(`${stack.url}/graphql?${new URLSearchParams({ query })}`, { headers: STREAM });
    expect(got.status).toBe(405);
  });

  it('is JSON where JSON is accepted, too, and a subscription is a stream there', async () => {
    const headers = { accept: 'application/json, text/event-stream' };
    const response = await post({ query: '{ viewer { kind } }' }, headers);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.json()).toEqual(VIEWER);
    const reader = await read(headers);
    expect((await reader.answer()).__typename).toBe('AvailabilitySnapshot');
    reader.leave();
  });

  it.each(['application/json', '*/*'])(
    'is all that %s accepts: a subscription is answered how',
    async (accept) => {
      const response = await post(asked(), { accept });
      expect(await response.json()).toMatchObject({
        errors: [
          {
            message: expect.stringMatching(/WebSocket.*text\/event-stream/),
            extensions: { code: 'BAD_USER_INPUT' },
          },
        ],
      });
    },
  );
});
