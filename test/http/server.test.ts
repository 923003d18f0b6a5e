import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../e2e/stack.fixture.ts';
import { makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { METRICS_TOKEN } from '../harness/metrics.ts';
import { freePort } from '../harness/ports.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ env: { GRAPHIQL: 'true' } });
  await makeEventType(stack.admin, await makeHost(stack.admin, 'ada'), 'talk');
});
afterAll(() => stack?.close());

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`${stack.url}${path}`, { redirect: 'manual', ...init });

/** As it stands: fetch would tidy the target. */
const statusOf = (target: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    const { hostname, port } = new URL(stack.url);
    request({ hostname, port, path: target }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });

describe('health', () => {
  it('is counted by status', async () => {
    for (const path of ['/healthz', '/readyz']) expect((await ask(path)).status).toBe(200);
  });

  it('is measured for Prometheus, for who has the token', async () => {
    const response = await ask('/metrics', { headers: { authorization: `Bearer ${METRICS_TOKEN}` } });
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toMatch(/^# TYPE slotwire_subscriptions gauge$/m);
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: METRICS_TOKEN }]) {
      const refused = await ask('/metrics', { headers });
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    }
  });
});

describe('the pages', () => {
  it('show the booking page under a strict policy', async () => {
    const response = await ask('/book/ada/talk');
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    const assets = [...(await response.text()).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(
      ([, path]) => path ?? '',
    );
    expect(assets.length).toBeGreaterThan(1);
    for (const path of assets) expect((await ask(path)).status).toBe(200);
  });

  it('show GraphiQL to a browser at /graphql, its files cached and compressed', async () => {
    const response = await ask('/graphql', { headers: { accept: 'text/html,*/*' } });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ]);
    const assets = [...(await response.text()).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(
      ([, path]) => path ?? '',
    );
    expect(assets.toSorted()).toEqual([
      '/assets/graphiql.css',
      '/assets/graphiql.ico',
      '/assets/graphiql.js',
    ]);
    const script = await ask('/assets/graphiql.js', { headers: { 'accept-encoding': 'gzip' } });
    expect(script.headers.get('cache-control')).toBe('public, max-age=86400');
    expect(script.headers.get('content-encoding')).toBe('gzip');
    expect(Number(script.headers.get('content-length'))).toBeLessThan(2_500_000);
    expect(await script.text()).toContain('renderYogaGraphiQL');
    const again = await ask('/assets/graphiql.js', {
      headers: { 'accept-encoding': 'gzip', 'if-none-match': script.headers.get('etag') ?? '' },
    });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const plain = await ask('/assets/graphiql.js', { headers: { 'accept-encoding': 'identity' } });
    expect([plain.headers.get('content-encoding'), (await plain.text()).length > 5_000_000]).toEqual([
      null,
      true,
    ]);
  });

  it('have no GraphiQL unless GRAPHIQL is true, while the API answers', async () => {
    const bare = await startStack({ env: { GRAPHIQL: 'false', METRICS_TOKEN: '' }, sync: false });
    const html = { headers: { accept: 'text/html,*/*;q=0.8' } };
    for (const path of ['/graphql', '/assets/graphiql.js', '/assets/graphiql.html']) {
      expect([path, (await fetch(`${bare.url}${path}`, html)).status]).toEqual([path, 404]);
    }
    const asked = await fetch(`${bare.url}/graphql?query={viewer{kind}}`, html);
    expect([asked.status, await asked.json()]).toEqual([200, { data: { viewer: { kind: 'ANONYMOUS' } } }]);
    expect((await fetch(`${bare.url}/metrics`)).status).toBe(404);
    await bare.close();
  });

  it('have the metrics on METRICS_PORT alone when it is set', async () => {
    const port = await freePort();
    const apart = await startStack({ env: { METRICS_PORT: String(port), METRICS_TOKEN: '' }, sync: false });
    const statusAt = async (url: string) => (await fetch(url)).status;
    expect(await statusAt(`${apart.url}/metrics`)).toBe(404);
    expect(await statusAt(`http://127.0.0.1:${port}/metrics`)).toBe(200);
    expect(await statusAt(`http://127.0.0.1:${port}/graphql`)).toBe(404);
    for (const path of ['/healthz', '/readyz'])
      expect(await statusAt(`http://127.0.0.1:${port}${path}`)).toBe(200);
    await apart.close();
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
  });

  it('take HEAD where they take GET, without a body', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics', '/book/ada/talk', '/assets/book.js']) {
      const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
      const response = await ask(path, { method: 'HEAD', headers });
      expect([path, response.status, await response.text()]).toEqual([path, 200, '']);
    }
  });

  it.each([
    '/nothing',
    '/book/nobody',
    '/assets/none.css',
    '/assets/..%2Fslotwire.js',
    '/webhooks/other',
    '/connect/other',
    '/book/%E0%A4%A/x',
  ])('say 404 to %s', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  it('answer a target that is no address', async () => {
    for (const target of ['//', '//elsewhere/x', '/%', '/book/..//']) {
      const status = await statusOf(target);
      expect([target, status && status < 500]).toEqual([target, true]);
    }
  });

  it('name the methods they take instead', async () => {
    for (const [method, path, allow] of [
      ['PUT', '/graphql', 'GET, HEAD, POST, OPTIONS'],
      ['POST', '/healthz', 'GET, HEAD'],
      ['GET', '/webhooks/google', 'POST, OPTIONS'],
      // What uses something up is not spent by a preview.
      ['HEAD', '/connect/google/callback?state=x', 'GET'],
    ] as const) {
      const response = await ask(path, { method });
      expect([path, response.status, response.headers.get('allow')]).toEqual([path, 405, allow]);
    }
  });
});

describe('a webhook', () => {
  it('takes no body past its cap', async () => {
    const body = 'x'.repeat(1024 * 1024 + 1);
    for (const path of ['/webhooks/google', '/webhooks/microsoft', '/webhooks/microsoft/lifecycle']) {
      expect((await ask(path, { method: 'POST', body })).status).toBe(413);
    }
  });

  it('echoes a validation token as text alone', async () => {
    const response = await ask('/webhooks/microsoft?validationToken=a%3Cb%3E%20c', { method: 'POST' });
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      expect.stringMatching(/^text\/plain/),
      'a<b> c',
    ]);
  });
});

describe('the way through consent', () => {
  it('ends at a page for a link that was spent or never made', async () => {
    for (const path of [
      '/connect/google',
      '/connect/google?ticket=x',
      '/connect/microsoft/callback?state=x&code=y',
    ]) {
      const response = await ask(path);
      expect([path, response.status, response.headers.get('content-type')]).toEqual([
        path,
        404,
        'text/html; charset=utf-8',
      ]);
    }
  });
});
