/** Bindings of the provider contract to the simulator, by real HTTP. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import {
  type Access,
  type CalendarProvider,
  type InboundNotification,
  ProviderError,
} from '../../src/providers/port.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import type { ProviderBinding } from '../contracts/provider-binding.ts';
import { accessWith } from './unlimited.fixture.ts';

/** Near the end of summer time. */
const NOW = Date.parse('2026-10-20T08:00:00Z');
const ZONE = 'Europe/Berlin';
const EMAIL = 'ada@example.com';

export async function simulated(
  name: 'google' | 'microsoft',
  create: (simulator: Simulator) => CalendarProvider,
  scopes?: string[],
): Promise<ProviderBinding> {
  let time = NOW;
  const simulator = await createSimulator({
    clock: { now: () => time },
    seed(world) {
      world.addPerson({ email: EMAIL, name: 'Ada', provider: name, timeZone: ZONE });
      world.addCalendar({ owner: EMAIL, name: 'Private' });
    },
  });
  const { world, faults } = simulator;
  const provider = create(simulator);
  const webhook = await createWebhook(provider);
  const id = world.calendars(EMAIL)[0]?.id ?? '';
  return {
    provider,
    access: accessTo(provider, simulator.grant(EMAIL, scopes)),
    email: EMAIL,
    now: NOW,
    pass(milliseconds) {
      time += milliseconds;
    },
    calendar: { externalId: id, timeZone: ZONE },
    world: {
      create: (input) => world.createEvent(id, input).id,
      update: (event, changes) => world.updateEvent(id, event, changes),
      move: (event, start, end) => world.moveEvent(id, event, start, end),
      changeInstance: (event, originalStart, change) =>
        world.changeInstance(id, event, originalStart, change),
      remove: (event) => world.deleteEvent(id, event),
      busy: ({ from, to }) => world.busy(id, from, to),
    },
    faults: {
      answer: (answer) => faults.add({ kind: 'answer', path: '/(events|delta)$', ...answer }),
      lose: (kind, how) =>
        faults.add({
          kind: 'answer',
          path: '/events(/[^/]+)?$',
          method: { create: 'POST', update: 'PATCH', delete: 'DELETE' }[kind],
          applied: true,
          ...(how === 'cut' ? { cut: true } : { status: 504 }),
        }),
      expireCursor: () => faults.add({ kind: 'expire-cursors', calendar: id }),
      expireAccess: () => faults.add({ kind: 'expire-access', person: EMAIL }),
      revoke: () => faults.add({ kind: 'revoke', person: EMAIL }),
      pageSize: (size) => faults.add({ kind: 'page-size', size }),
      emptyPages: (count) => faults.add({ kind: 'empty-pages', count }),
    },
    webhook,
    channels: () => simulator.channels().map((channel) => channel.id),
    settled: simulator.onIdle,
    async close() {
      await simulator.close();
      await webhook.close();
    },
  };
}

/** Refreshes at the provider's own token endpoint. */
function accessTo(
  provider: CalendarProvider,
  tokens: { accessToken: string; refreshToken?: string | null },
): Access {
  const { clientId = '', clientSecret = '', tokenEndpoint = '', scopes = [] } = provider.oauth ?? {};
  let { accessToken } = tokens;
  let refreshToken = tokens.refreshToken ?? '';
  return accessWith(async (rejected) => {
    if (rejected !== accessToken) return accessToken;
    const answer = await fetch(tokenEndpoint, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        client_id: clientId,
        client_secret: clientSecret,
        scope: scopes.join(' '),
      }),
    });
    if (answer.status === 400) throw new ProviderError('auth-revoked', 'The grant is gone.');
    const renewed: { access_token: string; refresh_token?: string } = await answer.json();
    accessToken = renewed.access_token;
    refreshToken = renewed.refresh_token ?? refreshToken;
    return accessToken;
  });
}

async function createWebhook(provider: CalendarProvider) {
  const received: InboundNotification[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://webhook');
    const result = provider.watch?.receive({
      method: request.method ?? 'POST',
      path: url.pathname.replace(/^\/webhooks\/[a-z]+/, ''),
      query: url.searchParams,
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: await buffer(request),
    });
    received.push(...(result?.notifications ?? []));
    response.writeHead(result?.reply.status ?? 404, result?.reply.headers).end(result?.reply.body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/webhooks/${provider.name}`,
    received,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
