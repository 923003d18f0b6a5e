import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cacheKey } from '../../src/cache/keys.ts';
import type { VersionedEntry } from '../../src/cache/port.ts';
import { EMPTY_FORM } from '../../src/form/event-form.ts';
import type { JobQueue, JobRequest } from '../../src/jobs/port.ts';
import { createLog } from '../../src/log.ts';
import { createCacheLoader, decodeEventType, decodeHost } from '../../src/offers/cache-loader.ts';
import { createRulebook, type EventTypeInput, type HostInput } from '../../src/offers/rulebook.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { unpublishedKeys } from '../../src/store/versions.ts';
import { createPublisher } from '../../src/sync/publisher.ts';
import type { Instant } from '../../src/time/clock.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';
import { addOrganisations } from '../store/parents.fixture.ts';
import { rules } from './world.fixture.ts';

const ORG = 'org_one';
let database: FreshDatabase;
let store: Store;
const clock = { at: Date.UTC(2026, 10, 20) as Instant, now: () => clock.at };
const jobs = { asked: [] as JobRequest[] };
/** What the cache received, and what was logged. */
let answered: VersionedEntry[] = [];
let logged: string[] = [];
let cacheIsDown = false;
/** Moves what else is held for a host; the keys that it makes stale. */
let moveTimes: (host: { id: string; timeZone: string }) => string[] = () => [];

function open() {
  const queue: JobQueue = { enqueue: async (_sql, requests) => void jobs.asked.push(...requests) };
  const publisher = createPublisher({
    store,
    jobs: queue,
    clock,
    load: createCacheLoader(store, clock),
    async publishEntries(entries) {
      if (cacheIsDown) throw new Error('no cache');
      answered.push(...entries);
    },
    log: createLog('info', { write: (line) => void logged.push(line) }),
  });
  return createRulebook({ publisher, jobs: queue, moveTimes: async (_tx, host) => moveTimes(host) });
}
let rulebook: ReturnType<typeof open>;

beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url, { max: 6 });
  await addOrganisations(store, ORG, 'org_two');
  rulebook = open();
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});
let count = 0;
beforeEach(() => {
  count++;
  clock.at += 1_000;
  jobs.asked = [];
  answered = [];
  logged = [];
  cacheIsDown = false;
  moveTimes = () => [];
});

const hostInput = (more: Partial<HostInput> = {}): HostInput => ({
  name: 'Ada',
  slug: `ada-${count}`,
  email: null,
  timeZone: 'Europe/Berlin',
  workingHours: null,
  zoneChanges: null,
  ...more,
});
const typeInput = (host: string, more: Partial<EventTypeInput> = {}): EventTypeInput => ({
  owner: `ada-${count}`,
  slug: 'intro',
  title: 'Intro',
  hosts: [host],
  rules: rules(),
  form: EMPTY_FORM,
  ...more,
});
const newHost = async (more: Partial<HostInput> = {}, organisation = ORG) =>
  (await rulebook.createHost(organisation, hostInput(more))).id;

const evenings = { timeZone: 'UTC', weekly: [{ days: [0], start: 1_080, end: 1_200 }], overrides: [] };
const zoneChanges = [{ from: '2026-12-01', timeZone: 'Asia/Tokyo' }];

/** The host as the cache has it. */
function cachedHost(id: string) {
  const entry = answered.findLast(({ key }) => key === cacheKey.host(id));
  const host = entry && decodeHost(entry.bytes);
  if (!host) throw new Error('the cache received nothing');
  return { version: entry.version, ...host };
}

it('an e-mail address that changes makes the selected calendars of its host due, and nothing else does', async () => {
  const { id } = await rulebook.createHost(ORG, hostInput({ email: 'ada@example.com' }));
  const base = { organisationId: ORG, hostId: id, provider: 'feed' as const };
  await store.account.create({ data: { ...base, id: 'acc_mail', subject: 'mail', status: 'CONNECTED' } });
  for (const [calendar, selected] of [
    ['cal_used', true],
    ['cal_unused', false],
  ] as const) {
    const fields = { ...base, id: calendar, accountId: 'acc_mail', externalId: calendar, name: calendar };
    await store.calendar.create({
      data: { ...fields, selected, primary: false, writable: false, watchable: false },
    });
    await store.calendarState.create({
      data: { calendarId: calendar, organisationId: ORG, version: 1n, publishedVersion: 1n },
    });
  }
  const due = async () =>
    (await store.calendarState.findMany({ where: { dueAt: { not: null } } })).map(
      ({ calendarId }) => calendarId,
    );
  await rulebook.updateHost(ORG, id, hostInput({ email: 'ada@example.com', name: 'Ada L.' }));
  expect(await due()).toEqual([]);
  await rulebook.updateHost(ORG, id, hostInput({ email: 'lovelace@example.com' }));
  expect(await due()).toEqual(['cal_used']);
});

describe('a change', () => {
  it('is in the cache, with a job behind it, before it answers', async () => {
    const id = await newHost();
    expect(cachedHost(id)).toMatchObject({
      id,
      name: 'Ada',
      slug: `ada-${count}`,
      organisation: ORG,
      calendars: [],
    });
    expect(cachedHost(id).version).toBeGreaterThan(0);
    expect(jobs.asked).toEqual(
      [cacheKey.host(id), cacheKey.native(id)].map((key) => ({
        task: 'publish',
        key,
        payload: { key },
        runAt: clock.at + 2_000,
      })),
    );
    expect(await unpublishedKeys(store, 10)).toEqual([]);
  });

  it('draws a higher version each time', async () => {
    const id = await newHost();
    const first = cachedHost(id).version;
    await rulebook.setWorkingHours(ORG, id, evenings);
    expect(cachedHost(id).version).toBeGreaterThan(first);
  });

  it('holds while the cache is away; that is logged once, and the job is left', async () => {
    cacheIsDown = true;
    const id = await newHost();
    expect(await store.host.count({ where: { id } })).toBe(1);
    expect(logged.map((line) => JSON.parse(line).level)).toEqual([40]);
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({
      keys: [cacheKey.host(id), cacheKey.native(id)],
      err: { message: 'no cache' },
    });
    expect(jobs.asked).toHaveLength(2);
    expect(await unpublishedKeys(store, 10)).toEqual([cacheKey.host(id), cacheKey.native(id)]);
    cacheIsDown = false;
    await rulebook.setWorkingHours(ORG, id, evenings);
    expect(await unpublishedKeys(store, 10)).toEqual([cacheKey.native(id)]);
  });

  it('that is refused leaves nothing behind', async () => {
    await expect(rulebook.createHost(ORG, hostInput({ slug: 'no slug' }))).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { field: 'slug' },
    });
    expect({ answered, jobs: jobs.asked, logged }).toEqual({ answered: [], jobs: [], logged: [] });
    expect(await store.host.count({ where: { slug: 'no slug' } })).toBe(0);
  });
});

describe('a host', () => {
  it('works nine to five in its zone unless it says otherwise', async () => {
    const [plain, own] = [
      await newHost(),
      await newHost({ slug: 'own-hours', workingHours: evenings, zoneChanges }),
    ];
    expect(cachedHost(plain)).toMatchObject({ hours: { timeZone: 'Europe/Berlin' }, zoneChanges: [] });
    expect(cachedHost(own)).toMatchObject({ hours: evenings, zoneChanges });
  });

  it('keeps the hours and zone changes that an update does not name', async () => {
    const id = await newHost({ workingHours: evenings, zoneChanges });
    await rulebook.updateHost(ORG, id, hostInput({ name: 'Ada L.' }));
    expect(cachedHost(id)).toMatchObject({ name: 'Ada L.', hours: evenings, zoneChanges });
    await rulebook.updateHost(ORG, id, hostInput({ zoneChanges: [] }));
    expect(cachedHost(id)).toMatchObject({ hours: evenings, zoneChanges: [] });
    await rulebook.updateHost(ORG, id, hostInput({ workingHours: { ...evenings, weekly: [] } }));
    expect(cachedHost(id).hours.weekly).toEqual([]);
  });

  it('keeps zone changes when its hours are set, and its earlier hours as history', async () => {
    const id = await newHost({ zoneChanges });
    const before = clock.at;
    clock.at += 5_000;
    await rulebook.setWorkingHours(ORG, id, evenings);
    expect(cachedHost(id)).toMatchObject({ hours: evenings, zoneChanges });
    const rows = await store.hostHours.findMany({ where: { hostId: id }, orderBy: { id: 'asc' } });
    expect(rows.map(({ validFrom, validTo }) => [validFrom.getTime(), validTo?.getTime() ?? null])).toEqual([
      [before, before + 5_000],
      [before + 5_000, null],
    ]);
  });

  it('takes changes one after the other, however many come at once', async () => {
    const id = await newHost();
    await Promise.all(
      Array.from({ length: 5 }, (_, i) =>
        i % 2
          ? rulebook.updateHost(ORG, id, hostInput({ zoneChanges }))
          : rulebook.setWorkingHours(ORG, id, evenings),
      ),
    );
    const rows = await store.hostHours.findMany({ where: { hostId: id, validTo: null } });
    // None of them undid what another one set.
    expect(rows).toMatchObject([{ hours: evenings, zoneChanges }]);
  });

  it('has a slug that no other host or team of the installation has', async () => {
    await newHost({ slug: 'mine' });
    const other = await newHost({ slug: 'other' }, 'org_two');
    const taken = { code: 'CONFLICT', message: 'The slug mine is taken.' };
    await expect(newHost({ slug: 'mine' }, 'org_two')).rejects.toMatchObject(taken);
    await expect(rulebook.updateHost('org_two', other, hostInput({ slug: 'mine' }))).rejects.toMatchObject(
      taken,
    );
    await expect(rulebook.createTeam(ORG, { name: 'T', slug: 'mine', members: [] })).rejects.toMatchObject(
      taken,
    );
    await rulebook.updateHost('org_two', other, hostInput({ slug: 'another' }));
    await newHost({ slug: 'other' });
  });

  it('gets a slug that several want at once, or a CONFLICT', async () => {
    const ids = [await newHost({ slug: 'r-1' }), await newHost({ slug: 'r-2' })];
    const outcomes = await Promise.allSettled([
      ...ids.map((id) => rulebook.updateHost(ORG, id, hostInput({ slug: 'wanted' }))),
      rulebook.createHost(ORG, hostInput({ slug: 'wanted' })),
    ]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'CONFLICT' });
    }
  });

  it('of another organisation is NOT_FOUND', async () => {
    const id = await newHost();
    const missing = { code: 'NOT_FOUND' };
    await expect(rulebook.updateHost('org_two', id, hostInput())).rejects.toMatchObject(missing);
    await expect(rulebook.setWorkingHours('org_two', id, evenings)).rejects.toMatchObject(missing);
    await expect(
      rulebook.createTeam('org_two', { name: 'T', slug: `t-${count}`, members: [id] }),
    ).rejects.toMatchObject(missing);
    await expect(rulebook.createEventType('org_two', typeInput(id))).rejects.toMatchObject(missing);
  });
});

describe('a team', () => {
  it('has each member once, and needs no invalidation', async () => {
    const id = await newHost();
    answered = [];
    jobs.asked = [];
    const team = { name: 'Crew', slug: `crew-${count}`, members: [id] };
    await expect(rulebook.createTeam(ORG, { ...team, members: [id, id] })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { field: 'members' },
    });
    expect(await rulebook.createTeam(ORG, team)).toMatchObject({ name: 'Crew', slug: team.slug });
    expect({ answered, asked: jobs.asked }).toEqual({ answered: [], asked: [] });
  });
});

describe('an event type', () => {
  it('is written to the cache with its hosts and rules', async () => {
    const host = await newHost();
    const id = await rulebook.createEventType(ORG, typeInput(host, { rules: rules({ seats: 4 }) }));
    const entry = answered.find(({ key }) => key === cacheKey.eventType(id));
    expect(decodeEventType(entry?.bytes ?? Buffer.alloc(0))).toEqual({
      id,
      organisation: ORG,
      hosts: [host],
      rules: rules({ seats: 4 }),
    });
  });

  it('may belong to a team, and change owner, hosts and slug', async () => {
    const [host, second] = [await newHost(), await newHost({ slug: `bob-${count}` })];
    await rulebook.createTeam(ORG, { name: 'Crew', slug: `team-${count}`, members: [host] });
    const id = await rulebook.createEventType(ORG, typeInput(host));
    await rulebook.updateEventType(
      ORG,
      id,
      typeInput(second, { owner: `team-${count}`, slug: 'call', rules: rules({ seats: 2 }) }),
    );
    const entry = answered.findLast(({ key }) => key === cacheKey.eventType(id));
    expect(decodeEventType(entry?.bytes ?? Buffer.alloc(0))).toMatchObject({
      hosts: [second],
      rules: { seats: 2 },
    });
    await rulebook.createEventType(ORG, typeInput(host));
  });

  it('has a slug of its own among those of its owner, though many ask at once', async () => {
    const host = await newHost();
    await newHost({ slug: `bob-${count}` });
    await rulebook.createEventType(ORG, typeInput(host));
    await rulebook.createEventType(ORG, typeInput(host, { owner: `bob-${count}` }));
    await expect(rulebook.createEventType(ORG, typeInput(host))).rejects.toMatchObject({ code: 'CONFLICT' });
    const others = [
      await rulebook.createEventType(ORG, typeInput(host, { slug: 'a' })),
      await rulebook.createEventType(ORG, typeInput(host, { slug: 'b' })),
    ];
    const outcomes = await Promise.allSettled([
      ...others.map((id) => rulebook.updateEventType(ORG, id, typeInput(host, { slug: 'wanted' }))),
      rulebook.createEventType(ORG, typeInput(host, { slug: 'wanted' })),
    ]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'CONFLICT' });
    }
  });

  it('may keep its slug in an update', async () => {
    const host = await newHost();
    const id = await rulebook.createEventType(ORG, typeInput(host));
    await expect(rulebook.updateEventType(ORG, id, typeInput(host, { title: 'Again' }))).resolves.toBe(id);
  });

  it('of another organisation, or of an owner or host there, is NOT_FOUND', async () => {
    const host = await newHost();
    const theirs = await newHost({ slug: `eve-${count}` }, 'org_two');
    const id = await rulebook.createEventType(ORG, typeInput(host));
    const missing = { code: 'NOT_FOUND' };
    await expect(rulebook.updateEventType('org_two', id, typeInput(theirs))).rejects.toMatchObject(missing);
    await expect(rulebook.updateEventType(ORG, id, typeInput(theirs))).rejects.toMatchObject(missing);
    await expect(
      rulebook.createEventType(ORG, typeInput(host, { owner: `eve-${count}` })),
    ).rejects.toMatchObject(missing);
    await expect(rulebook.createEventType(ORG, typeInput(host, { owner: 'nobody' }))).rejects.toMatchObject(
      missing,
    );
  });
});

describe('a host who moves to another zone', () => {
  /** Calendars of the host, read already and being read again: one in the host's zone, and one in its own. */
  async function readCalendars(host: string) {
    const of = { organisationId: ORG, hostId: host, provider: 'caldav' } as const;
    const id = `acc-${count}`;
    await store.account.create({ data: { ...of, id, subject: id, status: 'CONNECTED' } });
    const kind = {
      accountId: id,
      name: 'x',
      primary: false,
      writable: false,
      watchable: false,
      selected: true,
    };
    const calendars = { own: `own-${count}`, floating: `floating-${count}` };
    for (const [zone, calendar] of Object.entries(calendars)) {
      const timeZone = zone === 'own' ? 'Asia/Tokyo' : null;
      await store.calendar.create({ data: { ...of, ...kind, id: calendar, externalId: calendar, timeZone } });
      await store.calendarState.create({
        data: {
          ...{ calendarId: calendar, organisationId: ORG, version: 1, cursor: 'c', leaseId: 'running' },
          ...{ provenAsOf: new Date(clock.at), lastStartedAt: new Date(clock.at + 50) },
        },
      });
    }
    return calendars;
  }
  const stateOf = (calendarId: string) => store.calendarState.findUniqueOrThrow({ where: { calendarId } });

  it('has calendars without a zone read again at once, and until then they are partial', async () => {
    const host = await newHost();
    const { own, floating } = await readCalendars(host);
    moveTimes = ({ id, timeZone }) => (timeZone === 'America/Denver' ? [cacheKey.native(id)] : []);
    answered = [];
    await rulebook.updateHost(ORG, host, hostInput({ timeZone: 'America/Denver' }));
    const state = await stateOf(floating);
    // A pull that runs has read it in the old zone: without its lease it can't commit.
    expect(state).toMatchObject({
      trouble: 'partial',
      leaseId: null,
      dueAt: new Date(clock.at),
      cursor: 'c',
    });
    expect(state.dirtySince?.getTime()).toBe(clock.at);
    expect(jobs.asked).toContainEqual({ task: 'pull', payload: { calendar: floating }, key: floating });
    expect(await stateOf(own)).toMatchObject({ trouble: null, leaseId: 'running', dirtySince: null });
    const keys = [cacheKey.host(host), cacheKey.calendar(floating), cacheKey.native(host)];
    expect(answered.map(({ key }) => key).sort()).toEqual(keys.sort());
  });

  it('leaves calendars alone when something else of the host changes', async () => {
    const host = await newHost();
    const { floating } = await readCalendars(host);
    await rulebook.updateHost(ORG, host, hostInput({ name: 'Other' }));
    expect(await stateOf(floating)).toMatchObject({ trouble: null, leaseId: 'running' });
  });
});
