import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AvailabilityNowDocument } from '../../../src/web/gql/documents.ts';
import { ADMIN_TOKEN, type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { type MadeHost, makeEventType, makeHost } from '../../graphql/world.fixture.ts';
import { until } from '../../harness/eventually.ts';
import { readMetrics } from '../../harness/metrics.ts';
import { fresh, TRUSTING } from '../protocol/transports.fixture.ts';
import { setHours, UNLIMITED, WINDOW } from '../protocol/world.fixture.ts';

const start = () => startStack({ env: { ...UNLIMITED, ...TRUSTING, SOCKETS_PER_ADDRESS: '2' }, sync: false });

let stack: Stack;
let host: MadeHost;
let eventType: string;
beforeAll(async () => {
  stack = await start();
  host = await makeHost(stack.admin, 'ada');
  eventType = await makeEventType(stack.admin, host, 'talk');
}, 120_000);
afterAll(() => stack?.close());

const documentId = `sha256:${createHash('sha256').update(String(AvailabilityNowDocument)).digest('hex')}`;

interface Getting {
  url?: string;
  input?: object;
  after?: string;
  headers?: Record<string, string>;
  address?: string;
  signal?: AbortSignal;
}

function get({ url = stack.url, input, after, headers, address = fresh(), signal }: Getting = {}) {
  const variables = JSON.stringify({ input: { eventType, ...WINDOW, ...input } });
  const params = new URLSearchParams({ documentId, variables, ...(after === undefined ? {} : { after }) });
  return fetch(`${url}/graphql?${params}`, {
    headers: { 'x-forwarded-for': address, ...headers },
    ...(signal ? { signal } : {}),
  });
}

const tagOf = (response: Response) => response.headers.get('etag') ?? expect.fail('no ETag');
const untilWaiting = (count: number, at = stack) =>
  until(async () => {
    const text = await readMetrics(at.url);
    return Number(/^slotwire_streams\{transport="long poll"\} (\d+)$/m.exec(text)?.[1] ?? 0) === count;
  });

interface Body {
  data: { availability: { etag: string; slots: { start: string }[] } };
}
const read = async (response: Response) => ((await response.json()) as Body).data.availability;

describe('an answer to an address', () => {
  it('may be kept by caches for a second, for pages of every origin', async () => {
    const response = await get({ headers: { origin: 'https://shop.example' } });
    expect(response.status).toBe(200);
    expect(tagOf(response)).toMatch(/^W\/"[\w-]{22}"$/);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'public, max-age=1, stale-while-revalidate=5',
      vary: 'accept, authorization',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'etag, retry-after',
    });
    expect((await read(response)).slots).toHaveLength(16);
  });

  it('is 304 for as long as it says the same, though it is computed anew, and another one after a change', async () => {
    const first = await get();
    const etag = tagOf(first);
    await setHours(stack, host, '09:00', '17:00');
    const same = await get({ headers: { 'if-none-match': `"other", ${etag}` } });
    expect([same.status, tagOf(same), await same.text()]).toEqual([304, etag, '']);
    expect(same.headers.get('cache-control')).toBe('public, max-age=1, stale-while-revalidate=5');
    await setHours(stack, host, '09:00', '12:00');
    const other = await get({ headers: { 'if-none-match': etag } });
    expect(other.status).toBe(200);
    expect(tagOf(other)).not.toBe(etag);
    await setHours(stack, host, '09:00', '17:00');
    expect(tagOf(await get())).toBe(etag);
    const window = { to: '2050-01-05T00:00:00Z' };
    expect(tagOf(await get({ input: window }))).not.toBe(etag);
  });

  it('is not for caches where its caller has a key, asks for more than the cache, or is refused', async () => {
    const own = await get({ headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    const strict = await get({ input: { consistency: 'STRICT' } });
    for (const response of [own, strict]) {
      expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    }
    const refused = await get({ input: { eventType: 'et_none' } });
    expect(await refused.text()).toContain('NOT_FOUND');
    expect(refused.headers.get('cache-control') ?? 'no-cache').toBe('no-cache');
  });
});

describe('a request that waits', () => {
  it('is answered at once where the caller has another answer', async () => {
    const response = await get({ after: 'another' });
    expect([response.status, (await read(response)).slots.length]).toEqual([200, 16]);
  });

  it.each(['ETag', 'bare ETag', 'etag of the slots'])(
    'is answered when the slots change, by the %s',
    async (kind) => {
      const first = await get();
      const tag = tagOf(first);
      const { etag } = await read(first);
      const after = { ETag: tag, 'bare ETag': tag.slice(3, -1), 'etag of the slots': etag }[kind] ?? '';
      const answers = Array.from({ length: 4 }, () => get({ after }));
      await untilWaiting(4);
      await setHours(stack, host, '13:00', '14:00');
      for (const response of await Promise.all(answers)) {
        expect(response.status).toBe(200);
        expect(tagOf(response)).not.toBe(tag);
        expect(await read(response)).toMatchObject({ slots: [{ start: '2050-01-03T13:00:00.000Z' }, {}] });
      }
      await untilWaiting(0);
      await setHours(stack, host, '09:00', '17:00');
    },
  );

  it('takes one of the places that its address has for streams, and gives it back', async () => {
    const address = fresh();
    const after = tagOf(await get());
    const gone = new AbortController();
    const waiting = [1, 2].map(() => get({ address, after, signal: gone.signal }).catch(() => null));
    await untilWaiting(2);
    const refused = await get({ address, after });
    expect(await refused.text()).toContain('RATE_LIMITED');
    expect(refused.headers.get('retry-after')).toBe('10');
    gone.abort();
    expect(await Promise.all(waiting)).toEqual([null, null]);
    await untilWaiting(0);
  });

  it('hears that nothing is new when the gateway stops', async () => {
    const other = await start();
    const made = await makeHost(other.admin, 'bob');
    const input = { eventType: await makeEventType(other.admin, made, 'talk') };
    const after = tagOf(await get({ url: other.url, input }));
    const waiting = get({ url: other.url, input, after });
    await untilWaiting(1, other);
    const closed = other.close();
    const response = await waiting;
    expect([response.status, tagOf(response), response.headers.get('cache-control')]).toEqual([
      304,
      after,
      'no-store',
    ]);
    await closed;
  }, 120_000);
});
