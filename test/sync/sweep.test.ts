import { afterAll, beforeAll, expect, test } from 'vitest';
import { markDirty } from '../../src/store/calendars/states.ts';
import { createSweep, type Sweep } from '../../src/sync/sweep.ts';
import { DAY, MINUTE, SECOND } from '../../src/time/clock.ts';
import { createWorld, NOW, type World } from './world.fixture.ts';

let world: World;
let sweep: Sweep;
const ids: Record<'due' | 'dirty' | 'quiet', string> = { due: '', dirty: '', quiet: '' };

beforeAll(async () => {
  world = await createWorld();
  sweep = createSweep(world.deps);
  for (const name of ['due', 'dirty', 'quiet'] as const) ids[name] = (await world.addCalendar()).id;
  const { store } = world;
  await store.calendar.updateMany({ data: { watchWanted: false } });
  const data = { dueAt: new Date(NOW + MINUTE), dirtySince: null };
  await store.$executeRaw`update calendar_state set published_version = version`;
  await store.calendarState.updateMany({ data });
});
afterAll(() => world.close());

const keys = async () => {
  const found = (await world.jobs()).map(({ key }) => key);
  await world.store.$executeRaw`delete from graphile_worker._private_jobs`;
  return found;
};

test('the sweep enqueues calendars that are due, and claims them for 15 seconds', async () => {
  await sweep.tick();
  expect(await keys()).toEqual([]);
  await world.store.calendarState.update({ where: { calendarId: ids.due }, data: { dueAt: new Date(NOW) } });
  await markDirty(world.store, [ids.dirty], NOW);
  await sweep.tick();
  expect(await keys()).toEqual([`pull:${ids.due}`]);
  world.clock.at += 6 * SECOND;
  await sweep.tick();
  expect(await keys()).toEqual([`pull:${ids.dirty}`]);
  await sweep.tick();
  expect(await keys()).toEqual([]);
  world.clock.at += 9 * SECOND;
  await sweep.tick();
  expect(await keys()).toEqual([`pull:${ids.due}`]);
});

test('sweeps that run at once share the work', async () => {
  await keys();
  world.clock.at += 10 * MINUTE;
  const other = createSweep(world.deps);
  await Promise.all([sweep.tick(), other.tick()]);
  expect(await keys()).toEqual(
    Object.values(ids)
      .map((id) => `pull:${id}`)
      .sort(),
  );
});

test('a calendar that was last pulled in the future is due once the clock was set back', async () => {
  const { store, clock } = world;
  const at = clock.at + MINUTE;
  await store.calendarState.updateMany({
    data: { dueAt: new Date(at + 10 * MINUTE), lastStartedAt: new Date(at) },
  });
  await store.calendarState.update({
    where: { calendarId: ids.due },
    data: { lastStartedAt: new Date(at + DAY), dueAt: new Date(at + DAY + 5 * MINUTE) },
  });
  await keys();
  clock.at = at;
  await sweep.tick();
  await keys();
  clock.at += SECOND;
  await sweep.tick();
  expect((await keys()).filter((key) => key.startsWith('pull:'))).toEqual([`pull:${ids.due}`]);
});

test('the sweep enqueues calendars whose channels are due, missing or not wanted', async () => {
  const [, dirty, quiet] = [ids.due, ids.dirty, ids.quiet];
  const channel = (id: string, calendarId: string, dueAt: number) => ({
    id,
    organisationId: 'org',
    calendarId,
    accountId: 'acc',
    provider: 'google' as const,
    secretHash: '',
    status: 'open' as const,
    dueAt: new Date(dueAt),
  });
  const { store, clock } = world;
  await store.watchChannel.createMany({
    data: [channel('a', dirty, clock.at + DAY), channel('b', quiet, clock.at)],
  });
  await store.calendar.updateMany({ where: { id: { in: [ids.due, quiet] } }, data: { watchWanted: true } });
  world.clock.at += MINUTE;
  await keys();
  await sweep.tick();
  expect((await keys()).filter((key) => key.startsWith('watch'))).toEqual(
    [`watch:${ids.due}`, `watch:${dirty}`, `watch:${quiet}`].sort(),
  );
});

test('the sweep publishes a change that has not reached the cache', async () => {
  world.clock.at += 5 * SECOND;
  await world.store.calendarState.update({
    where: { calendarId: ids.quiet },
    data: { publishedVersion: 0n },
  });
  await sweep.tick();
  expect(await keys()).toContain(`publish:busy:${ids.quiet}`);
});

test('the sweep deletes history and deliveries past their retention', async () => {
  const { store, clock } = world;
  const row = { organisationId: 'org', calendarId: ids.quiet };
  const span = { startsAt: new Date(NOW), endsAt: new Date(NOW), validFrom: new Date(0) };
  const event = (externalId: string, validTo: Date | null) => ({
    ...row,
    ...span,
    externalId,
    kind: 'BUSY' as const,
    validTo,
  });
  const delivery = (id: string, age: number) => ({
    ...row,
    id,
    provider: 'google' as const,
    channelId: 'a',
    receivedAt: new Date(clock.at - age),
    headers: {},
    body: '',
    verdict: 'IGNORED' as const,
  });
  await store.event.createMany({
    data: [
      event('old', new Date(clock.at - 31 * DAY)),
      event('new', new Date(clock.at - DAY)),
      event('now', null),
    ],
  });
  await store.delivery.createMany({ data: [delivery('old', 8 * DAY), delivery('new', DAY)] });
  clock.at += MINUTE;
  await sweep.tick();
  const events = await store.event.findMany({ orderBy: { externalId: 'asc' } });
  expect(events.map(({ externalId }) => externalId)).toEqual(['new', 'now']);
  expect((await store.delivery.findMany()).map(({ id }) => id)).toEqual(['new']);
});
