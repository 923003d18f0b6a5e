import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProviderName } from '../../src/providers/port.ts';
import { seedDemo } from '../../src/simulator/demo.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { simulatedProviders } from './simulated-providers.fixture.ts';
import { openRoom, PUBLIC_URL, type Room } from './world.fixture.ts';

let simulator: Awaited<ReturnType<typeof createSimulator>>;
let room: Room;

beforeAll(async () => {
  const clock = { now: () => room?.time.now ?? 1_750_000_000_000 };
  simulator = await createSimulator({ clock, seed: (world) => seedDemo(world, clock.now()) });
  room = await openRoom(simulatedProviders(simulator));
});
afterAll(async () => {
  await room.close();
  await simulator.close();
});

describe.each<[ProviderName, string]>([
  ['google', 'ada@example.com'],
  ['microsoft', 'grace@example.com'],
])('a simulated %s account', (provider, email) => {
  const consent = async (host: string, choice: Parameters<typeof simulator.consent>[2] = {}) => {
    const back = await simulator.consent(await room.begin(host, null, provider), email, choice);
    return room.finish(new URL(back), provider);
  };
  const names = async (account: string) => {
    const found = await room.deps.providers.get(provider)?.listCalendars(room.access(account));
    return found?.map(({ name }) => name);
  };

  it('is connected, refreshed, revoked, healed and disconnected', async () => {
    const host = await room.addHost();
    expect(await consent(host)).toBe(`${PUBLIC_URL}/admin`);
    const { id, ...account } = await room.accountOf(host);
    expect(account).toMatchObject({ email, provider, status: 'CONNECTED' });
    const calendars = await room.store.calendar.findMany({ where: { accountId: id } });
    expect(calendars.filter(({ selected }) => selected)).toMatchObject([{ primary: true }]);
    const listed = await names(id);
    expect(listed).toHaveLength(calendars.length);

    simulator.faults.add({ kind: 'expire-access', person: email });
    expect(await names(id)).toEqual(listed);

    simulator.faults.add({ kind: 'revoke', person: email });
    await expect(names(id)).rejects.toMatchObject({ reason: 'auth-revoked' });
    expect(await room.accountOf(host)).toMatchObject({ status: 'AUTH_REVOKED' });

    expect(await consent(host)).toBe(`${PUBLIC_URL}/admin`);
    expect(await room.accountOf(host)).toMatchObject({ id, status: 'CONNECTED' });
    expect(await names(id)).toEqual(listed);

    await room.disconnect(id);
    expect(await room.accountOf(host)).toMatchObject({ status: 'DISCONNECTED', tokens: null });
    expect(await room.store.calendar.count({ where: { accountId: id } })).toBe(calendars.length);
  });

  it('is not connected against its owner', async () => {
    const host = await room.addHost();
    expect(await consent(host, { deny: true })).toBe(`${PUBLIC_URL}/admin?error=access_denied`);
    expect(await consent(host)).toBe(`${PUBLIC_URL}/admin?error=already_connected`);
  });
});

it('asks for every scope that it needs', async () => {
  const host = await room.addHost();
  const page = await room.begin(host);
  const back = await simulator.consent(page, 'ada@example.com', {
    scopes: ['https://www.googleapis.com/auth/calendar.events'],
  });
  expect(await room.finish(new URL(back))).toBe(`${PUBLIC_URL}/admin?error=missing_scope`);
});
