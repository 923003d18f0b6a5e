import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { type MadeHost, makeEventType, makeHost } from '../../graphql/world.fixture.ts';
import { readMetrics } from '../../harness/metrics.ts';
import { fresh, TRUSTING } from '../protocol/transports.fixture.ts';
import { setHours, WINDOW } from '../protocol/world.fixture.ts';

let stack: Stack;
let host: MadeHost;
let eventType: string;
beforeAll(async () => {
  stack = await startStack({
    env: { LOG_LEVEL: 'silent', RATE_LIMIT_ANONYMOUS: '40/PT1H', ...TRUSTING },
    sync: false,
  });
  host = await makeHost(stack.admin, 'ada');
  eventType = await makeEventType(stack.admin, host, 'talk');
}, 120_000);
afterAll(() => stack?.close());

const SLOTS = `query ($input: AvailabilityInput!, $more: Boolean = false) {
  availability(input: $input) { etag computedAt slots { start hosts { name } } again: complete @include(if: $more) }
}`;
const JSON_TYPE = 'application/json';
/** Yoga takes this one, and the gateway's own way past it doesn't. */
const YOGAS_TYPE = 'application/graphql+json';

let asked = 0;
/** Text that no request before had: spaces after a question change nothing of it. */
const anew = (query: string) => `${query}${' '.repeat(++asked)}`;

interface Asking {
  query?: string;
  variables?: object;
  input?: object;
  type?: string;
  address?: string;
  headers?: Record<string, string>;
}

const ask = ({
  query = SLOTS,
  input,
  variables,
  type = JSON_TYPE,
  address = fresh(),
  headers = {},
}: Asking) =>
  fetch(`${stack.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': type, 'x-forwarded-for': address, ...headers },
    body: JSON.stringify({ query, variables: variables ?? { input: { eventType, ...WINDOW, ...input } } }),
  });

/** All of an answer but when it came and was computed. */
async function whole(response: Response) {
  const headers = Object.fromEntries(response.headers);
  delete headers.date;
  const text = (await response.text()).replace(/"computedAt":"[^"]*"/g, '"computedAt":""');
  return { status: response.status, headers, text };
}

/** Answers by source so far. */
async function counted() {
  const text = await readMetrics(stack.url);
  const of = (source: string) =>
    Number(new RegExp(`^slotwire_answers_total\\{source="${source}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  return { kept: of('kept'), shared: of('shared'), computed: of('computed') };
}

/** Answers by source while `work` was done. */
async function sourcesOf(work: () => Promise<unknown>) {
  const before = await counted();
  await work();
  const after = await counted();
  return {
    kept: after.kept - before.kept,
    shared: after.shared - before.shared,
    computed: after.computed - before.computed,
  };
}

describe('an answer about availability', () => {
  it.each<[string, Record<string, string>]>([
    ['nothing else', {}],
    ['a page of another origin', { origin: 'https://shop.example' }],
    ['a client of GraphQL over HTTP', { accept: 'application/graphql-response+json, application/json' }],
    ['a client that takes JSON', { accept: 'application/json; charset=utf-8' }],
    ['a client that takes anything', { accept: 'text/html;q=0.9, */*;q=0.8' }],
    ['a client that takes the newer type alone', { accept: 'APPLICATION/graphql-response+json' }],
  ])('is the same to the letter as Yoga’s, computed or kept, for %s', async (_name, headers) => {
    const query = anew(SLOTS);
    const yogas = await whole(await ask({ query, headers, type: YOGAS_TYPE }));
    expect(yogas.status).toBe(200);
    const sources = await sourcesOf(async () => {
      for (let n = 0; n < 3; n++) expect(await whole(await ask({ query, headers }))).toEqual(yogas);
    });
    // On a machine that is out of breath a second may pass in between.
    expect(sources.computed + sources.kept).toBe(3);
  });

  it('is computed once for callers who ask at the same time', async () => {
    const query = anew(SLOTS);
    const answers: string[] = [];
    const sources = await sourcesOf(async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => ask({ query })));
      answers.push(...(await Promise.all(all.map((response) => response.text()))));
    });
    expect(answers).toHaveLength(20);
    expect(answers.every((text) => text.startsWith('{"data":{"availability":{"etag"'))).toBe(true);
    expect(sources.kept + sources.shared).toBeGreaterThan(0);
  });

  it('is another one for other variables, and another one after each change of this process', async () => {
    const query = anew(SLOTS);
    const textOf = async (asking: Asking = {}) => (await ask({ query, ...asking })).text();
    for (const [start, end] of [
      ['09:00', '12:00'],
      ['13:00', '14:00'],
      ['09:00', '17:00'],
    ] as const) {
      await textOf();
      await setHours(stack, host, start, end);
      expect(await textOf()).toContain(`{"start":"2050-01-03T${start}:00.000Z"`);
    }
    expect(await textOf({ input: { to: '2050-01-03T09:30:00Z' } })).toMatch(
      /"slots":\[\{[^[\]]*\[[^[\]]*\]\}\]/,
    );
  });

  it('is given to the public alone: a caller with a key has its own', async () => {
    const query = anew(SLOTS);
    const sources = await sourcesOf(async () => {
      for (let n = 0; n < 3; n++) await ask({ query, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    });
    expect(sources).toEqual({ kept: 0, shared: 0, computed: 0 });
    const refused = await ask({ query, headers: { authorization: 'Bearer wrong' } });
    expect(await refused.text()).toContain('UNAUTHENTICATED');
  });

  it('that asks for anything else, or more than the cache, is never kept', async () => {
    const strict = { query: anew(SLOTS), input: { consistency: 'STRICT' } };
    const aged = { query: anew(SLOTS), input: { maxAge: 'PT1H' } };
    const beside = {
      query: anew(SLOTS.replace(/\}$/, '  viewer { kind } }')),
    };
    const sources = await sourcesOf(async () => {
      for (const asking of [strict, strict, aged, aged, beside, beside]) {
        const response = await ask(asking);
        expect(await response.text()).toMatch(/^\{"data":\{"availability":\{"etag"/);
      }
    });
    expect(sources.kept + sources.shared).toBe(0);
  });
});

describe('what is no answer', () => {
  it.each<[string, Asking]>([
    ['an event type that is none', { input: { eventType: 'et_none' } }],
    ['a window that is backwards', { input: { to: WINDOW.from } }],
    ['a variable that is missing', { variables: {} }],
    ['a field that is none', { query: '{ availability { none } }' }],
    ['no syntax', { query: '{ availability(' }],
    ['no text', { variables: { query: 5 } }],
  ])('is refused as Yoga refuses it, again and again: %s', async (_name, asking) => {
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const headers = { accept };
      const yogas = await whole(await ask({ ...asking, headers, type: YOGAS_TYPE }));
      expect(yogas.text).toContain('"errors"');
      for (let n = 0; n < 2; n++) expect(await whole(await ask({ ...asking, headers }))).toEqual(yogas);
    }
  });

  it('is counted like any other operation', async () => {
    const address = fresh();
    const statuses: number[] = [];
    for (let n = 0; n < 42; n++)
      statuses.push((await ask({ address, input: { eventType: 'et_none' } })).status);
    expect(statuses.slice(0, 40)).not.toContain(429);
    expect(statuses.slice(40)).toEqual([429, 429]);
  });
});

describe('a limit', () => {
  it.each([
    ['a question that costs one point', { input: {} }],
    ['a question that costs several', { input: { to: '2050-02-24T00:00:00Z' } }],
  ])('takes as much for a kept answer as for a computed one: %s', async (_name, asking) => {
    const query = anew(
      SLOTS.replace('slots {', 'slots { a: start b: start c: start d: start e: end f: end g: end'),
    );
    const refusedAt = async (type: string) => {
      const address = fresh();
      for (let n = 0; ; n++) {
        const response = await ask({ ...asking, query, type, address });
        if (response.status !== 429) continue;
        const { headers, text, status } = await whole(response);
        return { n, status, text: text.replace(/\d+/g, '#'), names: Object.keys(headers) };
      }
    };
    const byYoga = await refusedAt(YOGAS_TYPE);
    expect(byYoga.n).toBeGreaterThan(1);
    expect(await refusedAt(JSON_TYPE)).toEqual(byYoga);
  });
});
