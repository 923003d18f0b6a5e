import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ORGANISATION, openRoom, type Room, remote } from './world.fixture.ts';

let room: Room;
let host: string;
let subjects = 0;

beforeAll(async () => {
  room = await openRoom();
});
afterAll(() => room.close());

beforeEach(async () => {
  room.remoteSide.identity = { subject: `subject-${subjects++}`, email: null };
  room.remoteSide.calendars = [remote('main', { primary: true }), remote('side')];
  host = await room.addHost();
  await room.connectHost(host);
});

const select = (calendar: string, selected: boolean) =>
  room.connect.selectCalendar(ORGANISATION, calendar, selected);

/** As if a pull had just run and the next one were running. */
async function asRead(calendar: string) {
  const at = new Date(room.time.now);
  await room.store.calendarState.update({
    where: { calendarId: calendar },
    data: { cursor: 'c1', basis: 'POLL', provenAsOf: at, coveredFrom: at, coveredTo: at, leaseId: 'running' },
  });
  await room.store.event.create({
    data: {
      organisationId: ORGANISATION,
      calendarId: calendar,
      externalId: 'event',
      kind: 'BUSY',
      startsAt: at,
      endsAt: at,
      validFrom: at,
    },
  });
}

const NEVER = {
  cursor: null,
  basis: 'NEVER',
  provenAsOf: null,
  coveredFrom: null,
  coveredTo: null,
  leaseId: null,
};

describe('selecting', () => {
  it('forgets a deselected calendar and fences the pull that runs', async () => {
    const main = await room.calendarOf(host, 'main');
    await asRead(main.id);
    room.time.now += 1_000;
    await select(main.id, false);
    const after = await room.calendarOf(host, 'main');
    expect(after).toMatchObject({ selected: false, watchWanted: true, state: { ...NEVER, dueAt: null } });
    expect(after.state.version).toBeGreaterThan(main.state.version);
    expect(await room.store.event.count({ where: { calendarId: main.id, validTo: null } })).toBe(0);
    expect(await room.store.event.count({ where: { calendarId: main.id } })).toBe(1);
    expect(room.tasks(main.id)).toEqual(['watch', 'pull', 'watch']);
  });

  it('begins again as never read, and history tells both spans', async () => {
    const { id } = await room.calendarOf(host, 'main');
    await asRead(id);
    const first = room.time.now;
    room.time.now += 1_000;
    await select(id, false);
    room.time.now += 1_000;
    await select(id, true);
    const after = await room.calendarOf(host, 'main');
    expect(after).toMatchObject({ selected: true, state: NEVER });
    expect(after.state.dueAt?.getTime()).toBe(room.time.now);
    expect(room.tasks(id).slice(-2)).toEqual(['watch', 'pull']);
    const spans = await room.store.calendarSelection.findMany({
      where: { calendarId: id },
      orderBy: { id: 'asc' },
    });
    expect(spans.map(({ validFrom, validTo }) => [validFrom.getTime(), validTo?.getTime()])).toEqual([
      [first, first + 1_000],
      [first + 2_000, undefined],
    ]);
  });

  it('is published to readers before it answers', async () => {
    const { id } = await room.calendarOf(host, 'side');
    room.published.length = 0;
    await select(id, true);
    expect([...room.published].sort()).toEqual([`busy:${id}`, `host:${host}`]);
  });

  it('does nothing twice', async () => {
    const { id } = await room.calendarOf(host, 'side');
    await Promise.all([select(id, true), select(id, true)]);
    await select(id, true);
    expect(room.tasks(id)).toEqual(['watch', 'pull']);
    expect(await room.store.calendarSelection.count({ where: { calendarId: id } })).toBe(1);
  });

  it('refuses what it has no calendar for', async () => {
    const { id, accountId } = await room.calendarOf(host, 'side');
    await expect(room.connect.selectCalendar('org_two', id, true)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(select('cal_unknown', true)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await room.disconnect(accountId);
    await expect(select(id, true)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('knows at once of a calendar that can not be read', async () => {
    const { id, accountId } = await room.calendarOf(host, 'side');
    await room.store.account.update({ where: { id: accountId }, data: { status: 'AUTH_REVOKED' } });
    await select(id, true);
    expect((await room.calendarOf(host, 'side')).state.trouble).toBe('auth_revoked');
  });
});

describe('reading the list again', () => {
  const refresh = async () =>
    room.connect.refreshAccount(ORGANISATION, (await room.calendarOf(host, 'side')).accountId);

  it('takes up new calendars unselected, and changes of old ones', async () => {
    const side = await room.calendarOf(host, 'side');
    room.remoteSide.calendars = [
      remote('main', { primary: true }),
      remote('side', { name: 'Renamed', writable: false, timeZone: null }),
      remote('new'),
    ];
    await refresh();
    expect(await room.calendarOf(host, 'side')).toMatchObject({
      id: side.id,
      name: 'Renamed',
      writable: false,
      timeZone: 'Europe/Berlin',
    });
    expect(await room.calendarOf(host, 'new')).toMatchObject({ selected: false, state: { dueAt: null } });
  });

  it('drops what left the list, and knows it again when it returns', async () => {
    const main = await room.calendarOf(host, 'main');
    room.remoteSide.calendars = [remote('side')];
    await refresh();
    expect(await room.calendarOf(host, 'main')).toMatchObject({ removed: true, selected: false });
    await expect(select(main.id, true)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    room.remoteSide.calendars = [remote('side'), remote('main', { primary: true })];
    await refresh();
    expect(await room.calendarOf(host, 'main')).toMatchObject({
      id: main.id,
      removed: false,
      selected: false,
    });
  });

  it('does not believe in channels that were refused', async () => {
    const { id } = await room.calendarOf(host, 'side');
    await room.store.calendar.update({ where: { id }, data: { watchable: false } });
    await refresh();
    expect(await room.calendarOf(host, 'side')).toMatchObject({ watchable: false });
  });

  it('reads a calendar anew whose zone moved', async () => {
    const { id } = await room.calendarOf(host, 'main');
    await asRead(id);
    room.remoteSide.calendars = [remote('main', { primary: true, timeZone: 'Asia/Tokyo' }), remote('side')];
    await refresh();
    const { state } = await room.calendarOf(host, 'main');
    expect(state).toMatchObject({ cursor: null, leaseId: null, basis: 'POLL' });
    expect(room.tasks(id)).toEqual(['watch', 'pull', 'pull']);
  });

  it('finds no account of another organisation', async () => {
    const { accountId } = await room.calendarOf(host, 'side');
    await expect(room.connect.refreshAccount('org_two', accountId)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('leaves the news of a withdrawn grant to the account', async () => {
    const { accountId } = await room.calendarOf(host, 'side');
    room.peer.reply = () => ({ status: 400, body: { error: 'invalid_grant' } });
    room.time.now += 3_600_000;
    await room.connect.refreshAccount(ORGANISATION, accountId);
    room.peer.reply = room.peer.good;
    expect(await room.accountOf(host)).toMatchObject({ status: 'AUTH_REVOKED' });
  });
});
