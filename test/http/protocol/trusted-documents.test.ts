import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { PAGE_DOCUMENTS } from '../../../src/graphql/page-documents.ts';
import * as generated from '../../../src/web/gql/documents.ts';
import { createLiveClient } from '../../../src/web/live/client.ts';
import { ADMIN_TOKEN, type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { makeEventType, makeHost } from '../../graphql/world.fixture.ts';
import { connectSocket } from '../raw-socket.fixture.ts';
import { TRANSPORTS, TRUSTING } from './transports.fixture.ts';
import { FOLLOW, UNLIMITED, WINDOW } from './world.fixture.ts';

let open: Stack;
let closed: Stack;
let eventType: string;
const start = async (env: Record<string, string>) => {
  const stack = await startStack({ env: { ...UNLIMITED, ...TRUSTING, ...env }, sync: false });
  eventType = await makeEventType(stack.admin, await makeHost(stack.admin, 'ada'), 'talk');
  return stack;
};
beforeAll(async () => {
  open = await start({});
  closed = await start({ TRUSTED_DOCUMENTS: 'only' });
});
afterAll(async () => {
  await open?.close();
  await closed?.close();
});

const { EventTypePageDocument, AvailabilityLiveDocument } = generated;
const idOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const PAGE = idOf(String(EventTypePageDocument));
const variables = { owner: 'ada', slug: 'talk' };

const get = (stack: Stack, params: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${stack.url}/graphql?${new URLSearchParams(params)}`, { headers });
const post = (stack: Stack, body: object, headers: Record<string, string> = {}) =>
  fetch(`${stack.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const codeOf = async (response: Response) => {
  const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
  return [response.status, errors?.[0]?.extensions.code];
};

describe('the documents of the pages', () => {
  it('are known to the gateway by the identifiers that the pages send', () => {
    const sent = Object.values(generated).flatMap((value) => {
      const meta = value instanceof generated.TypedDocumentString ? value.__meta__ : undefined;
      return meta && 'documentId' in meta ? [[String(meta.documentId), String(value)]] : [];
    });
    expect(sent.length).toBeGreaterThan(8);
    expect(new Set(sent)).toEqual(new Set(PAGE_DOCUMENTS.map((text) => [idOf(text), text])));
  });
});

describe('a document’s identifier', () => {
  it('stands in place of the query, by POST and by GET', async () => {
    const posted = await post(open, { documentId: PAGE, variables });
    const got = await get(open, { documentId: PAGE, variables: JSON.stringify(variables) });
    for (const response of [posted, got]) {
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ data: { eventType: { slug: 'talk' } } });
    }
  });

  it('stands in place of the query in a body of each type that is taken', async () => {
    const json = JSON.stringify({ documentId: PAGE, variables });
    const parts = new FormData();
    parts.set('operations', json);
    const form = new URLSearchParams({ documentId: PAGE, variables: JSON.stringify(variables) });
    const bodies: [BodyInit, string?][] = [
      [json, 'application/json; charset=utf-8'],
      [json, 'application/graphql+json'],
      [form],
      [String(form), 'application/x-www-form-urlencoded'],
      [parts],
    ];
    for (const stack of [open, closed]) {
      for (const [body, type] of bodies) {
        const headers = type === undefined ? {} : { 'content-type': type };
        const response = await fetch(`${stack.url}/graphql`, { method: 'POST', headers, body });
        expect([type, await response.json()]).toMatchObject([
          type,
          { data: { eventType: { slug: 'talk' } } },
        ]);
      }
    }
  });

  it('by GET has an ETag, and 304 while the answer is the same', async () => {
    const params = { documentId: PAGE, variables: JSON.stringify(variables) };
    const first = await get(open, params);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^(W\/)?"[\w-]+"$/);
    const again = await get(open, params, { 'if-none-match': `"other", ${etag}` });
    expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
    const other = await get(
      open,
      { ...params, variables: JSON.stringify({ ...variables, slug: 'none' }) },
      {
        'if-none-match': etag,
      },
    );
    expect(other.status).toBe(200);
  });

  it('is followed as an event stream and on a socket', async () => {
    const documentId = idOf(String(AvailabilityLiveDocument));
    const input = { eventType: '', ...WINDOW };
    const { eventType: found } = await open.anyone<{ eventType: { id: string } }>(
      '{ eventType(owner: "ada", slug: "talk") { id } }',
    );
    input.eventType = found.id;
    const accept = { accept: 'text/event-stream' };
    const streams = [
      await post(open, { documentId, variables: { input } }, accept),
      await get(open, { documentId, variables: JSON.stringify({ input }) }, accept),
    ];
    for (const stream of streams) {
      expect(stream.headers.get('content-type')).toContain('text/event-stream');
      await stream.body?.cancel();
    }
    const socket = await connectSocket(open.url);
    for (const place of [{ documentId }, { extensions: { documentId } }]) {
      socket.say({ id: 'a', type: 'subscribe', payload: { query: '', ...place, variables: { input } } });
      expect(await socket.hear('a')).toMatchObject({ type: 'next' });
      socket.say({ id: 'a', type: 'complete' });
    }
    await socket.close();
  });

  it('that is unknown, no text, or beside a query is refused', async () => {
    const unknown = `sha256:${'0'.repeat(64)}`;
    expect(await codeOf(await post(open, { documentId: unknown }))).toEqual([404, 'NOT_FOUND']);
    expect(await codeOf(await get(open, { documentId: unknown }))).toEqual([404, 'NOT_FOUND']);
    expect(await codeOf(await post(open, { documentId: 5 }))).toEqual([400, 'BAD_USER_INPUT']);
    expect(await codeOf(await post(open, { documentId: PAGE, query: '{ viewer { kind } }' }))).toEqual([
      400,
      'BAD_USER_INPUT',
    ]);
  });
});

describe('with TRUSTED_DOCUMENTS=only', () => {
  it.each(Object.entries(TRANSPORTS))(
    'over %s other documents of the public are refused',
    async (_name, ask) => {
      for (const query of ['{ viewer { kind } }', '{ __schema { types { name } } }', FOLLOW, '{']) {
        const answer = await ask({ url: closed.url, query, variables: { input: { eventType, ...WINDOW } } });
        expect(answer.code).toBe('FORBIDDEN');
        if (answer.status !== null) expect(answer.status).toBe(403);
      }
      expect(await ask({ url: closed.url, query: '{ viewer { kind } }', token: ADMIN_TOKEN })).toMatchObject({
        code: null,
      });
    },
  );

  it('others are refused in a body of each type that is taken', async () => {
    const query = '{ viewer { kind } }';
    const json = JSON.stringify({ query });
    const parts = new FormData();
    parts.set('operations', json);
    const bodies: [BodyInit, string?][] = [
      [json, 'application/graphql+json'],
      [query, 'application/graphql'],
      [new URLSearchParams({ query })],
      [parts],
    ];
    for (const [body, type] of bodies) {
      const headers = type === undefined ? {} : { 'content-type': type };
      const response = await fetch(`${closed.url}/graphql`, { method: 'POST', headers, body });
      expect([type, await codeOf(response)]).toEqual([type, [403, 'FORBIDDEN']]);
    }
  });

  it('the pages’ own are answered, by identifier and to the letter', async () => {
    const byId = await get(closed, { documentId: PAGE, variables: JSON.stringify(variables) });
    expect(await byId.json()).toMatchObject({ data: { eventType: { slug: 'talk' } } });
    const byText = await post(closed, { query: String(EventTypePageDocument), variables });
    expect(await byText.json()).toMatchObject({ data: { eventType: { slug: 'talk' } } });
  });
});

describe('the pages’ client', () => {
  it('sends the identifier, and the text to a gateway that doesn’t know it', async () => {
    const bodies: { query?: string; documentId?: string }[] = [];
    let isKnown = true;
    const client = createLiveClient({
      url: `${closed.url}/graphql`,
      webSocketImpl: null,
      fetch: async (url, init) => {
        const body = JSON.parse(String(init?.body)) as { query?: string; documentId?: string };
        bodies.push(body);
        if (isKnown || !body.documentId) return fetch(url, init);
        return fetch(url, { ...init, body: JSON.stringify({ ...body, documentId: 'sha256:0' }) });
      },
    });
    const ask = () => client.request(EventTypePageDocument, variables);
    expect(await ask()).toMatchObject({ ok: true });
    isKnown = false;
    expect(await ask()).toMatchObject({ ok: true });
    expect(await ask()).toMatchObject({ ok: true });
    const text = { query: String(EventTypePageDocument), variables };
    const identifier = { documentId: PAGE, variables };
    expect(bodies).toEqual([identifier, identifier, text, text]);
    client.close();
  });

  it.each([
    ['a WebSocket', WebSocket],
    ['an event stream', null],
  ])(
    'follows over %s by the identifier, and by the text where it is not known',
    async (_over, webSocketImpl) => {
      for (const documentId of [idOf(String(AvailabilityLiveDocument)), 'sha256:0']) {
        const client = createLiveClient({ url: `${closed.url}/graphql`, webSocketImpl });
        const document = { toString: () => String(AvailabilityLiveDocument), __meta__: { documentId } };
        const event = await new Promise<unknown>((resolve) => {
          client.subscribe(
            document,
            { input: { eventType, ...WINDOW } },
            { next: resolve, ended: (fault) => resolve(fault) },
          );
        });
        expect(event).toMatchObject({ availability: { __typename: 'AvailabilitySnapshot' } });
        client.close();
      }
    },
  );
});
