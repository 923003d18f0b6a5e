import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeRetryAt } from '../../../src/booking/writes/retry.ts';
import { createOAuthClient } from '../../../src/connect/oauth-client.ts';
import { createGuardedClient } from '../../../src/net/client.ts';
import { writeCursor } from '../../../src/providers/caldav/cursor.ts';
import { createCalDav } from '../../../src/providers/caldav/index.ts';
import { createFeed } from '../../../src/providers/feed/index.ts';
import { feedIdOf } from '../../../src/providers/feed/secret.ts';
import { createGoogle } from '../../../src/providers/google/index.ts';
import { createIcalReader, READER_VERSION } from '../../../src/providers/ical-reader/reader.ts';
import { createMicrosoft } from '../../../src/providers/microsoft/index.ts';
import { type CalendarProvider, ProviderError, type ProviderFailure } from '../../../src/providers/port.ts';
import { channelRetryAt } from '../../../src/sync/channels/failures.ts';
import { nextPullAfterFailure } from '../../../src/sync/pull/due-times.ts';
import { DAY, HOUR, MINUTE, SECOND, systemClock } from '../../../src/time/clock.ts';
import { freePort } from '../../harness/ports.ts';
import { accessBy } from '../caldav/world.fixture.ts';
import { countedAccess, pagesOf } from '../server.fixture.ts';
import {
  CONSEQUENCES,
  FAILURES,
  type Failing,
  failureTables,
  type Meaning,
  type Operation,
  type TableProvider,
  TOKEN_FAILURES,
} from './table.ts';

/** Answers each request as the row that is run has it. */
let server: Server;
let failing: Failing = { status: 500 };
let port = 0;
let closedPort = 0;
beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    if (typeof failing === 'string') return void request.socket.destroy();
    const { status, body = '', headers = {} } = failing;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const type = typeof body === 'string' ? 'text/html' : 'application/json';
    response.writeHead(status, { 'content-type': type, ...headers });
    response.end(status === 304 ? undefined : text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  closedPort = await freePort();
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

/** Where the failing provider is. */
function rootOf(of: Failing): string {
  if (of === 'refused') return `http://127.0.0.1:${closedPort}`;
  if (of === 'unknown name') return 'http://provider.invalid';
  return `${of === 'no TLS' ? 'https' : 'http'}://127.0.0.1:${port}`;
}

const clients = { clientId: 'id', clientSecret: 'secret' };
const net = { fetch: createGuardedClient({ allowPrivate: true }), reader: createIcalReader() };
const created: Record<TableProvider, (root: string) => CalendarProvider> = {
  google: (root) => createGoogle({ ...clients, authUrl: root, tokenUrl: root, apiUrl: root }),
  microsoft: (root) =>
    createMicrosoft({ ...clients, tenant: 'common', loginUrl: root, graphUrl: root, eventGrid: undefined }),
  caldav: () => createCalDav({ ...net, allowHttp: true }),
  feed: () => createFeed({ ...net, clock: systemClock, allowHttp: true }),
};

/** The calendar, its cursor and the access to it, as each provider has them. */
function accountAt(name: TableProvider, provider: CalendarProvider, root: string) {
  if (name === 'caldav') {
    const externalId = `${root}/work/`;
    const known = { zone: 'UTC', owner: [], partial: [], held: [], reader: READER_VERSION };
    const cursor = writeCursor({ kind: 'sync', token: 't', ...known });
    const secret = provider.secret?.parse({ url: root, username: 'ada', password: 'hush' }) ?? '';
    return { externalId, cursor, access: () => accessBy(secret) };
  }
  if (name === 'feed') {
    const secret = provider.secret?.parse({ url: `${root}/feed.ics` }) ?? '';
    return { externalId: feedIdOf(JSON.parse(secret)), cursor: null, access: () => accessBy(secret) };
  }
  const cursor = name === 'google' ? 's1' : '/me/calendars/c/calendarView/delta?$deltatoken=d';
  return { externalId: 'c', cursor, access: countedAccess };
}

async function meaningOf(name: TableProvider, of: Failing, operation: Operation): Promise<Meaning> {
  failing = of;
  const provider = created[name](rootOf(of));
  const { externalId, cursor, access } = accountAt(name, provider, rootOf(of));
  const base = { access: access(), calendar: { externalId, timeZone: 'UTC' } };
  const window = { from: 0, to: DAY };
  const channel = { channelId: 'chan', remoteId: 'remote', resourceId: 'resource' };
  const event = { start: 0, end: HOUR, timeZone: 'UTC', title: 'x' };
  const own = { ...base, ownId: 'own_1', externalId: 'event' };
  const secret = 'secret';
  const run: Record<Operation, () => Promise<unknown> | undefined> = {
    pull: () => pagesOf(provider.pullChanges({ ...base, cursor: null, window })),
    'pull with cursor': () => pagesOf(provider.pullChanges({ ...base, cursor, window })),
    open: () =>
      provider.watch?.open({
        ...base,
        channelId: 'chan',
        secret,
        address: 'https://gw.example/hook',
        now: 0,
      }),
    renew: () => provider.watch?.renew?.({ access: base.access, channel, now: 0 }),
    close: () => provider.watch?.close({ access: base.access, channel }),
    create: () => provider.write?.create({ ...own, event }),
    update: () => provider.write?.update({ ...own, event }),
    delete: () => provider.write?.delete(own),
  };
  try {
    const running = run[operation]();
    if (!running) throw new Error(`${name} has no ${operation}`);
    await running;
    return 'done';
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return operation === 'update' && error.reason === 'rejected' && error.status === 410
      ? 'event gone'
      : error.reason;
  }
}

describe.each(Object.keys(FAILURES) as TableProvider[])('%s fails', (name) => {
  it.each(FAILURES[name])('by $answer: $operations means $meaning', async (row) => {
    for (const operation of row.operations) {
      expect([operation, await meaningOf(name, row.failing, operation)]).toEqual([operation, row.meaning]);
    }
  });
});

describe('a token endpoint fails', () => {
  it.each(TOKEN_FAILURES)('by $answer: a refresh means $meaning', async (row) => {
    failing = row.failing;
    const { oauth } = created.google(rootOf(row.failing));
    if (!oauth) throw new Error('no OAuth');
    const client = createOAuthClient(oauth, { clock: systemClock, allowPrivate: true });
    await expect(client.refresh('token')).rejects.toMatchObject({ reason: row.meaning });
  });
});

describe('what follows from a reason', () => {
  const waits = (reason: ProviderFailure, failures: number, retryAfter: number | null = null) => {
    const error = new ProviderError(reason, 'No.', { retryAfter });
    return {
      pull: nextPullAfterFailure(0, failures, error, 5 * MINUTE),
      write: writeRetryAt(0, failures, error),
      channel: channelRetryAt(0, error),
    };
  };
  const between = (value: number, low: number, high: number) => {
    expect(value).toBeGreaterThanOrEqual(low);
    expect(value).toBeLessThanOrEqual(high);
  };

  it('is as the table says, from the first failure to the twentieth', () => {
    between(waits('transient', 1).pull, 3 * SECOND, 5 * SECOND);
    between(waits('transient', 20).pull, 3 * MINUTE, 5 * MINUTE);
    between(waits('transient', 1).write, 3 * SECOND, 5 * SECOND);
    between(waits('transient', 20).write, 0.7 * HOUR, HOUR);
    between(waits('transient', 1).channel, MINUTE, 1.1 * MINUTE);
    between(waits('rate-limited', 1, DAY).pull, HOUR, HOUR);
    between(waits('rate-limited', 1, 2 * DAY).write, DAY, DAY);
    between(waits('rate-limited', 1, DAY).channel, HOUR, 1.1 * HOUR);
    between(waits('rejected', 20).pull, 3 * MINUTE, 5 * MINUTE);
    between(waits('rejected', 1).write, 6 * HOUR, 6.6 * HOUR);
    between(waits('rejected', 1).channel, HOUR, 1.1 * HOUR);
    between(waits('auth-revoked', 1).pull, 20 * SECOND, 30 * SECOND);
    between(waits('auth-revoked', 20).pull, 0.7 * HOUR, HOUR);
    between(waits('sealed', 20).pull, 20 * SECOND, 30 * SECOND);
    between(waits('sealed', 1).write, 3 * SECOND, 5 * SECOND);
    between(waits('sealed', 1).channel, MINUTE, 1.1 * MINUTE);
  });

  it('is known for every meaning in the tables', () => {
    const meanings = [...Object.values(FAILURES).flat(), ...TOKEN_FAILURES].map(({ meaning }) => meaning);
    expect(meanings.filter((meaning) => !(meaning in CONSEQUENCES))).toEqual([]);
  });
});

it('docs/providers.md has these tables, word for word', async () => {
  const page = await readFile(new URL('../../../docs/providers.md', import.meta.url), 'utf8');
  const [, after = ''] = page.split('\n## What heals a failure\n');
  const [section = ''] = after.split('\n## ');
  expect(section.slice(section.indexOf('| Reason')).trim()).toBe(failureTables());
});
