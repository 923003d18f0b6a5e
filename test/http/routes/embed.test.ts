import { createContext, runInContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Stack, startStack } from '../../e2e/stack.fixture.ts';

let stack: Stack;
let url: string;
beforeAll(async () => {
  stack = await startStack({ env: { PUBLIC_URL: 'https://slots.example' }, sync: false });
  url = `http://127.0.0.1:${stack.environment.PORT}/embed.js`;
}, 120_000);
afterAll(() => stack?.close());

it('is a script that other sites may load, as a module too, and keep for an hour', async () => {
  const response = await fetch(url);
  expect([
    response.status,
    ...[
      'content-type',
      'cache-control',
      'access-control-allow-origin',
      'cross-origin-resource-policy',
      'vary',
    ].map((name) => response.headers.get(name)),
  ]).toEqual([
    200,
    'text/javascript; charset=utf-8',
    'public, max-age=3600, stale-while-revalidate=86400',
    '*',
    'cross-origin',
    'Accept-Encoding',
  ]);
  const etag = response.headers.get('etag') ?? '';
  expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
});

it('has the origin of PUBLIC_URL in it, compressed or not', async () => {
  const plain = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
  const text = await plain.text();
  expect(text).toContain('https://slots.example');
  expect(text).not.toContain('gateway.invalid');
  const gzipped = await fetch(url);
  expect(gzipped.headers.get('content-encoding')).toBe('gzip');
  expect(await gzipped.text()).toBe(text);
});

it('defines its element once, however often it is loaded, and leaves no names in the page', async () => {
  const script = await (await fetch(url)).text();
  const defined = new Map<string, unknown>();
  const page = {
    HTMLElement: class {},
    HTMLScriptElement: class {},
    document: { currentScript: null },
    customElements: {
      get: (name: string) => defined.get(name),
      define: (name: string, element: unknown) => defined.set(name, element),
    },
  };
  const names = Object.keys(page);
  const context = createContext(page);
  runInContext(script, context);
  const [element] = defined.values();
  runInContext(script, context);
  expect([...defined.keys()]).toEqual(['slotwire-booking']);
  expect([...defined.values()]).toEqual([element]);
  expect(Object.keys(page)).toEqual(names);
});
