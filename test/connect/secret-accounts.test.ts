import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { badInput } from '../../src/errors.ts';
import { withAccessToken } from '../../src/providers/access-token.ts';
import {
  type Access,
  type CalendarProvider,
  ProviderError,
  type ProviderName,
  type RemoteCalendar,
} from '../../src/providers/port.ts';
import { createKeyRing } from '../../src/secrets.ts';
import { clearRefusal } from '../../src/store/access/accounts.ts';
import { SECOND } from '../../src/time/clock.ts';
import { failureOf } from '../providers/server.fixture.ts';
import { ORGANISATION, openRoom, type Room, remote } from './world.fixture.ts';

/** A provider that knows one password, and answers as instructed. */
function lockedProvider() {
  const side = {
    password: 'open sesame',
    calendars: [remote('first'), remote('default', { primary: true, watchable: false })] as RemoteCalendar[],
    failure: null as ProviderError | null,
    refused: 0,
  };
  const proven = <T>(access: Access, answer: () => T) =>
    withAccessToken(access, async (secret) => {
      if (side.failure) throw side.failure;
      const { user, password } = JSON.parse(secret);
      if (password !== side.password) {
        side.refused += 1;
        throw new ProviderError('auth-revoked', 'wrong', { status: 401 });
      }
      return { user, answer: answer() };
    });
  const provider: CalendarProvider = {
    name: 'caldav',
    secret: {
      parse({ user = '', password = '' }) {
        if (user === '') throw badInput('user', 'must not be empty');
        return JSON.stringify({ user, password });
      },
    },
    async identify(access) {
      const { user } = await proven(access, () => null);
      return { subject: `principal of ${user}`, email: `${user}@example.com` };
    },
    listCalendars: async (access) => (await proven(access, () => side.calendars)).answer,
    async *pullChanges() {},
  };
  return { side, provider };
}

let room: Room;
let locked: ReturnType<typeof lockedProvider>;
let host: string;

beforeEach(async () => {
  locked = lockedProvider();
  room = await openRoom(new Map<ProviderName, CalendarProvider>([['caldav', locked.provider]]));
  host = await room.addHost();
});
afterEach(() => room.close());

const connect = (given: Record<string, string> = {}, to = host) =>
  room.connect.connectSecret(ORGANISATION, {
    host: to,
    provider: 'caldav',
    given: { user: 'ada', password: 'open sesame', ...given },
  });

describe('an account by secret', () => {
  it('is made: its secret sealed, its calendars listed, the primary one selected and read', async () => {
    const outcome = await connect();
    const account = await room.accountOf(host);
    expect(outcome).toMatchObject({ granted: { id: account.id } });
    expect(account).toMatchObject({
      provider: 'caldav',
      subject: 'principal of ada',
      email: 'ada@example.com',
      status: 'CONNECTED',
      connectionId: null,
      tokensExpireAt: null,
    });
    expect(account.tokens).not.toContain('sesame');
    expect(await room.calendarOf(host, 'first')).toMatchObject({ selected: false });
    const selected = await room.calendarOf(host, 'default');
    expect(selected).toMatchObject({ selected: true, state: { dueAt: expect.any(Date) } });
    expect(room.tasks(selected.id)).toContain('pull');
    expect(await room.access(account.id).token()).toBe('{"user":"ada","password":"open sesame"}');
  });

  it('is not made by what the provider refuses, and the words are ours', async () => {
    expect(await connect({ password: 'wrong' })).toEqual({
      refused: 'The server did not accept the user name and password.',
    });
    const publicMessage = 'Ask elsewhere.';
    locked.side.failure = new ProviderError('rejected', 'secret path /x', { status: 404 });
    expect(await connect()).toEqual({ refused: expect.not.stringContaining('/x') });
    locked.side.failure = new ProviderError('rejected', 'secret path /x', { publicMessage });
    expect(await connect()).toEqual({ refused: publicMessage });
    locked.side.failure = null;
    locked.side.calendars = [];
    expect(await connect()).toEqual({ refused: expect.stringContaining('no calendar') });
    expect(await room.store.account.count()).toBe(0);
  });

  it('is asked for before anything is asked of the provider', async () => {
    await expect(connect({ user: '' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(connect({}, 'host_unknown')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const elsewhere = { host, provider: 'caldav' as const, given: { user: 'a', password: 'b' } };
    await expect(room.connect.connectSecret('org_other', elsewhere)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(
      room.connect.connectSecret(ORGANISATION, { ...elsewhere, provider: 'feed' }),
    ).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(locked.side.refused).toBe(0);
  });

  it('belongs to one host', async () => {
    await connect();
    await expect(connect({}, await room.addHost())).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('is not revoked by a server that refuses its password within one pull', async () => {
    await connect();
    const account = await room.accountOf(host);
    locked.side.password = 'changed';
    for (let requests = 0; requests < 4; requests++) {
      expect(await failureOf(room.connect.refreshAccount(ORGANISATION, account.id))).toMatchObject({
        reason: 'transient',
        status: 401,
      });
      room.time.now += 100;
    }
    expect(await room.accountOf(host)).toMatchObject({ status: 'CONNECTED' });
    locked.side.password = 'open sesame';
    await room.connect.refreshAccount(ORGANISATION, account.id);
    expect(await room.calendarOf(host, 'default')).toMatchObject({ state: { trouble: null } });
  });

  it('counts refusals anew after a pull that succeeded', async () => {
    await connect();
    const account = await room.accountOf(host);
    locked.side.password = 'changed';
    await failureOf(room.connect.refreshAccount(ORGANISATION, account.id));
    await clearRefusal(room.store, account.id);
    room.time.now += 11 * SECOND;
    await failureOf(room.connect.refreshAccount(ORGANISATION, account.id));
    expect(await room.accountOf(host)).toMatchObject({
      status: 'CONNECTED',
      refusedSince: new Date(room.time.now),
    });
  });

  it('is revoked by a password that no longer works, and healed by connecting again', async () => {
    await connect();
    const account = await room.accountOf(host);
    const calendar = await room.calendarOf(host, 'default');
    locked.side.password = 'changed';
    await failureOf(room.connect.refreshAccount(ORGANISATION, account.id));
    room.time.now += 10 * SECOND;
    await room.connect.refreshAccount(ORGANISATION, account.id);
    expect(await room.accountOf(host)).toMatchObject({ status: 'AUTH_REVOKED' });
    expect((await room.calendarOf(host, 'default')).state).toMatchObject({ trouble: 'auth_revoked' });
    expect(room.published).toContain(`busy:${calendar.id}`);
    // It is tried again by pulls alone.
    await room.connect.refreshAccount(ORGANISATION, account.id);
    expect(locked.side.refused).toBe(2);
    const secret = await room.access(account.id).token();
    expect(await failureOf(room.access(account.id).token(secret))).toMatchObject({ reason: 'auth-revoked' });
    locked.side.calendars.push(remote('third'));
    expect(await connect({ password: 'changed' })).toMatchObject({ granted: { id: account.id } });
    const healed = await room.calendarOf(host, 'default');
    expect(healed).toMatchObject({ id: calendar.id, selected: true, state: { trouble: null } });
    await room.connect.refreshAccount(ORGANISATION, account.id);
    expect(await room.calendarOf(host, 'third')).toMatchObject({ selected: false });
  });

  it('takes the secret that another process was given meanwhile', async () => {
    await connect();
    const { id } = await room.accountOf(host);
    const elsewhere = room.newAccess()(id);
    const old = await elsewhere.token();
    locked.side.password = 'changed';
    await connect({ password: 'changed' });
    expect(JSON.parse(await elsewhere.token(old))).toMatchObject({ password: 'changed' });
    expect(JSON.parse(await elsewhere.token())).toMatchObject({ password: 'changed' });
    expect(await room.accountOf(host)).toMatchObject({ status: 'CONNECTED' });
  });

  it('is disconnected: its secret is erased, its calendars count no more', async () => {
    await connect();
    const { id } = await room.accountOf(host);
    await room.disconnect(id);
    expect(await room.accountOf(host)).toMatchObject({ status: 'DISCONNECTED', tokens: null });
    expect(await room.calendarOf(host, 'default')).toMatchObject({ selected: false });
    expect(await failureOf(room.access(id).token())).toMatchObject({ reason: 'auth-revoked' });
  });

  it('is sealed anew under the key that encrypts now', async () => {
    await connect();
    const { id, tokens } = await room.accountOf(host);
    const keys = [Buffer.alloc(32, 8), Buffer.alloc(32, 7)];
    const secret = await room
      .newAccess({ keyRing: createKeyRing(keys) })(id)
      .token();
    expect((await room.accountOf(host)).tokens).not.toBe(tokens);
    const alone = room.newAccess({ keyRing: createKeyRing(keys.slice(0, 1)) });
    expect(await alone(id).token()).toBe(secret);
  });
});
