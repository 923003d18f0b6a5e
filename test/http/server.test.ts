import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../e2e/stack.fixture.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
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

  it('is measured for Prometheus', async () => {
    const response = await ask('/metrics');
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toMatch(/^# TYPE slotwire_subscriptions gauge$/m);
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

  it('show GraphiQL to a browser at /graphql', async () => {
    const response = await ask('/graphql', { headers: { accept: 'text/html,*/*' } });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ]);
    expect(await response.text()).toContain('graphiql');
  });

  it('take HEAD where they take GET, without a body', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics', '/book/ada/talk', '/assets/book.js']) {
      const response = await ask(path, { method: 'HEAD' });
      expect([path, response.status, await response.text()]).toEqual([path, 200, '']);
    }
  });

  it.each([
    '/nothing',
    '/book/ada',
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
      ['PUT', '/graphql', 'GET, POST, OPTIONS'],
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
