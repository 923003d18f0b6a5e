import { once } from 'node:events';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createGuardedClient, type GuardedRequest } from '../../src/net/client.ts';
import type { Address, Resolve } from '../../src/net/destination.ts';
import { NetError } from '../../src/net/failure.ts';
import { freePort } from '../harness/ports.ts';
import { CERTIFICATE } from './certificate.fixture.ts';
import { type LocalServer, startServer } from './server.fixture.ts';

const LIMITS = { timeout: 30_000, maxBytes: 1_000 };
const LOOPBACK: Address = { address: '127.0.0.1', family: 4 };
const PUBLIC: Address = { address: '192.0.2.1', family: 4 };

let server: LocalServer;
let secure: LocalServer;
beforeAll(async () => {
  [server, secure] = [await startServer(), await startServer({ secure: true })];
});
afterAll(() => Promise.all([server?.close(), secure?.close()]));
afterEach(() => {
  for (const one of [server, secure]) {
    one.asked.length = 0;
    one.answer((_request, response) => response.end('ok'));
  }
});

/** Names of the test's own: all of them lead to the loopback interface. */
const open = createGuardedClient({ allowPrivate: true, resolve: async () => [LOOPBACK], ca: CERTIFICATE });
const at = (path = '/', host = 'feed.example') => `http://${host}:${server.port}${path}`;
const closed = (resolve: Resolve) => createGuardedClient({ allowPrivate: false, resolve });

async function reasonOf(answer: Promise<unknown>): Promise<string> {
  const error = await answer.then(
    (value) => new Error(`was answered: ${JSON.stringify(value)}`),
    (failure: unknown) => failure,
  );
  if (!(error instanceof NetError)) throw error;
  return error.reason;
}

describe('a request', () => {
  it('is made as asked, and answered', async () => {
    server.answer((_request, response) => {
      response.writeHead(201, { 'x-a': ['1', '2'], etag: '"e"' }).end('made');
    });
    const answer = await open(at('/a?b=c#d'), {
      ...LIMITS,
      method: 'PUT',
      headers: { 'X-Mine': 'yes', Host: 'other.example', Connection: 'upgrade' },
      body: 'größer',
    });
    expect(server.asked).toEqual([
      {
        method: 'PUT',
        path: '/a?b=c',
        body: 'größer',
        headers: {
          host: `feed.example:${server.port}`,
          connection: 'close',
          'x-mine': 'yes',
          'accept-encoding': 'identity',
          'content-length': '8',
        },
      },
    ]);
    expect(answer).toMatchObject({ status: 201, url: at('/a?b=c') });
    expect(answer.body.toString()).toBe('made');
    expect([answer.headers.get('x-a'), answer.headers.get('etag')]).toEqual(['1, 2', '"e"']);
  });

  it('takes user and password of the URL as a header', async () => {
    await open(`http://ada:p%40ss@feed.example:${server.port}/`, LIMITS);
    expect(server.asked[0]?.headers.authorization).toBe(`Basic ${btoa('ada:p@ss')}`);
    expect(server.asked[0]?.path).toBe('/');
  });

  it('over TLS is for the name, not for the address that was checked', async () => {
    const url = `https://hooks.example:${secure.port}/`;
    expect((await open(url, LIMITS)).status).toBe(200);
    expect(secure.asked[0]?.headers.host).toBe(`hooks.example:${secure.port}`);
    expect(await reasonOf(open(`https://other.example:${secure.port}/`, LIMITS))).toBe('network');
    const strangers = createGuardedClient({ allowPrivate: true, resolve: async () => [LOOPBACK] });
    expect(await reasonOf(strangers(url, LIMITS))).toBe('network');
    expect(secure.asked).toHaveLength(1);
  });

  it('that ends in nothing says so without naming an address', async () => {
    const refused = open(`http://feed.example:${await freePort()}/`, LIMITS);
    await expect(refused).rejects.toMatchObject({
      reason: 'network',
      message: 'The connection failed: ECONNREFUSED.',
    });
    const unknown = createGuardedClient({
      allowPrivate: false,
      resolve: () => Promise.reject(new Error('ENOTFOUND secret.internal')),
    });
    await expect(unknown('http://feed.example/', LIMITS)).rejects.toMatchObject({
      reason: 'network',
      message: 'The host name is unknown.',
    });
    server.answer((_request, response) => response.destroy());
    expect(await reasonOf(open(at(), LIMITS))).toBe('network');
  });

  it('that is answered by something else than HTTP is over', async () => {
    const other = createTcpServer((socket) => void socket.end('220 mail.example ESMTP\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    expect(await reasonOf(open(`http://feed.example:${port}/`, LIMITS))).toBe('network');
    other.close();
  });

  it('that is answered by another protocol is over, and so is the connection', async () => {
    const sockets: Socket[] = [];
    const other = createTcpServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.on('data', () => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhello');
      });
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    expect(await reasonOf(open(`http://feed.example:${port}/`, LIMITS))).toBe('network');
    await Promise.all(sockets.map((socket) => socket.closed || once(socket, 'close')));
    other.close();
  });

  it.each(['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 'HTTP/1.1 100 Continue\r\n\r\n', ''])(
    'ends in time when all that comes is %j',
    async (said) => {
      const other = createTcpServer((socket) => {
        socket.on('error', () => {});
        socket.resume().write(said);
      });
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const { port } = other.address() as { port: number };
      const answer = open(`http://feed.example:${port}/`, { ...LIMITS, timeout: 100 });
      expect(await reasonOf(answer)).toBe('timeout');
      await new Promise((resolve) => other.close(resolve));
    },
  );

  it('ends with its caller', async () => {
    server.answer(() => {});
    const caller = new AbortController();
    const answer = open(at(), { ...LIMITS, signal: caller.signal });
    caller.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
  });
});

describe('what may not be asked', () => {
  const never: Resolve = async () => [PUBLIC];
  it.each([
    'ftp://feed.example/',
    'file:///etc/passwd',
    'data:text/plain,x',
    'no url',
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://017700000001/',
    'http://127.0.0.1./',
    'http://0/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://localhost/',
    'http://LOCALHOST./',
    'http://db.localhost/',
    'http://feed.example:25/',
    'https://feed.example:6379/',
  ])('%s', async (url) => {
    expect(await reasonOf(closed(never)(url, LIMITS))).toBe('blocked');
  });

  it('is a name that leads to a private address, whatever else it leads to', async () => {
    const url = at();
    for (const address of ['127.0.0.1', '10.0.0.1', '169.254.169.254']) {
      const client = closed(async () => [{ address, family: 4 }]);
      await expect(client(url, LIMITS)).rejects.toMatchObject({
        reason: 'blocked',
        message: 'The address is not on the public internet.',
      });
    }
    const six = closed(async () => [{ address: '::ffff:127.0.0.1', family: 6 }]);
    expect(await reasonOf(six(url, LIMITS))).toBe('blocked');
    // The private one is left out: the public one, where nobody answers, is all that is tried.
    const both = closed(async () => [LOOPBACK, PUBLIC_BUT_DEAD]);
    expect(['timeout', 'network']).toContain(await reasonOf(both(url, { ...LIMITS, timeout: 300 })));
    expect(server.asked).toEqual([]);
  });

  it('is asked all the same on a private network that is allowed', async () => {
    const system = createGuardedClient({ allowPrivate: true });
    expect((await system(`http://localhost:${server.port}/`, LIMITS)).status).toBe(200);
    expect((await system(`http://127.0.0.1:${server.port}/`, LIMITS)).status).toBe(200);
  });
});

/** Of the public internet as far as addresses tell; nobody is there. */
const PUBLIC_BUT_DEAD: Address = { address: '1.2.3.4', family: 4 };

describe('a name that changes its mind', () => {
  /** Public when it is checked, private whenever it is asked again. */
  function rebinding() {
    let times = 0;
    const resolve: Resolve = async () => [++times === 1 ? PUBLIC_BUT_DEAD : LOOPBACK];
    return { resolve, times: () => times };
  }

  it('is connected to where it was checked', async () => {
    const name = rebinding();
    const client = closed(name.resolve);
    expect(['timeout', 'network']).toContain(await reasonOf(client(at(), { ...LIMITS, timeout: 300 })));
    expect(name.times()).toBe(1);
    expect(await reasonOf(client(at(), LIMITS))).toBe('blocked');
    expect(server.asked).toEqual([]);
  });

  it('without a route fails the request, not the process', async () => {
    const broadcast = { address: '255.255.255.255', family: 4 } as const;
    const nowhere = createGuardedClient({ allowPrivate: true, resolve: async () => [broadcast] });
    expect(await reasonOf(nowhere(at(), LIMITS))).toBe('network');
  });

  it('is checked anew at every hop', async () => {
    const names: string[] = [];
    const seen = createGuardedClient({
      allowPrivate: true,
      resolve: async (host) => {
        names.push(host);
        return [LOOPBACK];
      },
    });
    server.answer(({ path }, response) => {
      if (path === '/') response.writeHead(302, { location: `http://next.example:${server.port}/there` });
      response.end();
    });
    await seen(at(), { ...LIMITS, maxRedirects: 3 });
    expect(names).toEqual(['feed.example', 'next.example']);
  });
});

describe('a redirect', () => {
  const to = (location: string, status = 302) =>
    server.answer(({ path }, response) => {
      if (path === '/') response.writeHead(status, { location });
      response.end('there');
    });

  it('is an answer unless it is to be followed', async () => {
    to('/there');
    expect((await open(at(), LIMITS)).status).toBe(302);
    expect(await reasonOf(open(at(), { ...LIMITS, maxRedirects: 0 }))).toBe('redirects');
    const answer = await open(at(), { ...LIMITS, maxRedirects: 1 });
    expect([answer.status, answer.url]).toEqual([200, at('/there')]);
  });

  it('is followed so often and no more', async () => {
    server.answer((_request, response) => response.writeHead(302, { location: '/' }).end());
    expect(await reasonOf(open(at(), { ...LIMITS, maxRedirects: 4 }))).toBe('redirects');
    expect(server.asked).toHaveLength(5);
  });

  it.each(['file:///etc/passwd', 'http://feed.example:22/', 'http://'])(
    'to %s is not followed',
    async (location) => {
      to(location);
      const answer = open(at(), { ...LIMITS, maxRedirects: 1 });
      expect(await reasonOf(answer)).toBe(location === 'http://' ? 'network' : 'blocked');
    },
  );

  it('from https to http is not followed', async () => {
    secure.answer((_request, response) => response.writeHead(302, { location: at() }).end());
    const answer = open(`https://hooks.example:${secure.port}/`, { ...LIMITS, maxRedirects: 1 });
    expect(await reasonOf(answer)).toBe('blocked');
    expect(server.asked).toEqual([]);
  });

  const SECRETS = { Authorization: 'Bearer s', Cookie: 'c=1', Depth: '1' };

  it('keeps credentials on the same origin', async () => {
    to('/there');
    await open(at(), { ...LIMITS, headers: SECRETS, maxRedirects: 1 });
    expect(server.asked[1]?.headers).toMatchObject({ authorization: 'Bearer s', cookie: 'c=1', depth: '1' });
  });

  it('drops them on another one, and those that it brings itself', async () => {
    to(`http://mallory:x@other.example:${server.port}/there`);
    await open(at(), { ...LIMITS, headers: SECRETS, maxRedirects: 1 });
    expect(server.asked[1]?.headers).toMatchObject({ host: `other.example:${server.port}`, depth: '1' });
    expect(server.asked[1]?.headers).not.toHaveProperty('authorization');
    expect(server.asked[1]?.headers).not.toHaveProperty('cookie');
  });

  it.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [303, 'HEAD', 'HEAD', ''],
    [302, 'PROPFIND', 'PROPFIND', '<x/>'],
    [307, 'POST', 'POST', '<x/>'],
    [308, 'PUT', 'PUT', '<x/>'],
  ])('%i makes %s a %s', async (status, method, then, body) => {
    to('/there', status);
    const sent: Partial<GuardedRequest> =
      method === 'HEAD' ? {} : { body: '<x/>', headers: { 'Content-Type': 'text/xml' } };
    await open(at(), { ...LIMITS, ...sent, method, maxRedirects: 1 });
    expect(server.asked[1]).toMatchObject({ method: then, body });
    expect(server.asked[1]?.headers['content-type']).toBe(body ? 'text/xml' : undefined);
  });
});

describe('an answer', () => {
  it('that takes too long is none, wherever it dawdles', async () => {
    const short = { ...LIMITS, timeout: 100 };
    server.answer(() => {});
    expect(await reasonOf(open(at(), short))).toBe('timeout');
    server.answer((_request, response) => void response.writeHead(200).write('a'));
    expect(await reasonOf(open(at(), short))).toBe('timeout');
    const lost = createGuardedClient({ allowPrivate: true, resolve: () => new Promise(() => {}) });
    expect(await reasonOf(lost(at(), short))).toBe('timeout');
  });

  it('may be as long as is wanted, and no longer', async () => {
    server.answer((_request, response) => response.end('x'.repeat(1_000)));
    expect((await open(at(), LIMITS)).body).toHaveLength(1_000);
    server.answer((_request, response) => response.end('x'.repeat(1_001)));
    expect(await reasonOf(open(at(), LIMITS))).toBe('too-large');
    server.answer((_request, response) => {
      response.write('x'.repeat(600));
      response.end('x'.repeat(600));
    });
    expect(await reasonOf(open(at(), LIMITS))).toBe('too-large');
  });

  it('is whole, in however many parts it comes', async () => {
    const parts = Array.from({ length: 3_000 }, (_, at) => `${at} `.repeat(1 + (at % 50)));
    server.answer((_request, response) => {
      for (const part of parts) response.write(part);
      response.end();
    });
    const { body } = await open(at(), { ...LIMITS, maxBytes: 1_000_000 });
    expect(body.toString()).toBe(parts.join(''));
    expect(body.length).toBeGreaterThan(200_000);
  });

  it('may be of any length when only its status is wanted', async () => {
    server.answer((_request, response) => response.writeHead(204).end());
    expect((await open(at(), { ...LIMITS, maxBytes: 'ignored' })).status).toBe(204);
    server.answer((_request, response) => void response.writeHead(200).write('x'.repeat(100_000)));
    const answer = await open(at(), { ...LIMITS, maxBytes: 'ignored' });
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
  });

  it('is unpacked when that was asked for', async () => {
    server.answer((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(900)));
    });
    const answer = await open(at(), { ...LIMITS, gzip: true });
    expect(answer.body.toString()).toBe('x'.repeat(900));
    expect(server.asked[0]?.headers['accept-encoding']).toBe('gzip');
    expect(await reasonOf(open(at(), LIMITS))).toBe('network');
  });

  it('without a body may speak of the one that it left out', async () => {
    server.answer((_request, response) => {
      response.writeHead(304, { 'content-length': '5000', 'content-encoding': 'gzip', etag: '"e"' }).end();
    });
    const { status, body } = await open(at(), { ...LIMITS, gzip: true });
    expect([status, body.length]).toEqual([304, 0]);
  });

  it('that unpacks to more than is wanted is not unpacked to its end', async () => {
    const packed = gzipSync(Buffer.alloc(10_000_000));
    server.answer((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed),
    );
    expect(await reasonOf(open(at(), { ...LIMITS, maxBytes: 50_000, gzip: true }))).toBe('too-large');
    const nothing = Buffer.concat(Array.from({ length: 200 }, () => gzipSync('')));
    server.answer((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).write(nothing);
    });
    expect(await reasonOf(open(at(), { ...LIMITS, gzip: true }))).toBe('too-large');
  });

  it('that is packed and broken is none', async () => {
    server.answer((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('no'));
    expect(await reasonOf(open(at(), { ...LIMITS, gzip: true }))).toBe('network');
    server.answer((_request, response) => {
      response
        .writeHead(200, { 'content-encoding': 'gzip' })
        .write(gzipSync('x'.repeat(900)).subarray(0, 12), () => response.destroy());
    });
    expect(await reasonOf(open(at(), { ...LIMITS, gzip: true }))).toBe('network');
  });
});
