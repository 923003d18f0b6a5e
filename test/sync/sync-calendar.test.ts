import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ProviderError } from '../../src/providers/port.ts';
import { createPuller } from '../../src/sync/pull/pull.ts';
import { createRefresher, type Refresher } from '../../src/sync/strict-refresh.ts';
import { createSyncCalendar } from '../../src/sync/sync-calendar.ts';
import { MINUTE } from '../../src/time/clock.ts';
import { gate } from '../harness/gate.ts';
import { busy } from './provider.fixture.ts';
import { createWorld, HOUR, NOW, type World } from './world.fixture.ts';

let world: World;
let refresher: Refresher;
let id: string;
const sync = (limit = MINUTE) => createSyncCalendar({ ...world.deps, refresh: refresher.refresh, limit });

beforeAll(async () => {
  world = await createWorld();
  refresher = createRefresher({ puller: createPuller(world.deps), log: world.deps.log });
});
afterAll(() => world.close());
beforeEach(async () => {
  world.provider.reset();
  ({ id } = await world.addCalendar());
});

test('answers once the pull was applied', async () => {
  world.provider.script([{ changes: [busy('a', NOW, NOW + HOUR)], cursor: 'c1' }]);
  expect(await sync()(id)).toBeNull();
  expect(await world.busyOf(id)).toEqual([NOW, NOW + HOUR]);
});

test('leaves the reason of a pull that failed to the stored error', async () => {
  world.provider.script([new ProviderError('transient', 'HTTP 503')]);
  expect(await sync()(id)).toBeNull();
  const { error } = await world.store.calendarState.findUniqueOrThrow({ where: { calendarId: id } });
  expect(error).toBe('transient: HTTP 503');
});

test('says after its limit that a server which hangs has not answered, and the read goes on', async () => {
  const { step, open, reached } = gate();
  world.provider.script([step, { changes: [busy('a', NOW, NOW + HOUR)], cursor: 'c1' }]);
  const late = sync(1)(id);
  expect(await late).toMatch(/^(the provider has not answered in full|no read could begin) within 0\.001 s/);
  await reached;
  expect(await sync(1)(id)).toBe('the provider has not answered in full within 0.001 s; the read goes on');
  open();
  await refresher.close();
});

test('tells of a grant that was withdrawn, and of a calendar that is not selected', async () => {
  const { account } = await world.addCalendar();
  const other = await world.addCalendar(account);
  await world.store.account.update({ where: { id: account }, data: { status: 'AUTH_REVOKED' } });
  expect(await sync()(other.id)).toMatch(/no grant/);
  await world.store.calendar.update({ where: { id }, data: { selected: false } });
  expect(await sync()(id)).toMatch(/deselected/);
});
