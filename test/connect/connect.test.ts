import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Identity, ProviderError } from '../../src/providers/port.ts';
import { hashSecret } from '../../src/secrets.ts';
import { bookingCalendars } from '../../src/store/bookings/calendars.ts';
import { MINUTE } from '../../src/time/clock.ts';
import { BROWSER, ORGANISATION, openRoom, PUBLIC_URL, type Room, remote } from './world.fixture.ts';

let room: Room;
let host: string;
let subjects = 0;

beforeAll(async () => {
  room = await openRoom();
});
afterAll(() => room.close());

beforeEach(async () => {
  subjects += 1;
  const fresh = await room.addHost();
  host = fresh;
  room.remoteSide.identity = { subject: `subject-${subjects}`, email: 'ada@calendars.example' };
  room.remoteSide.calendars = [remote('main', { primary: true }), remote('side')];
  room.peer.reply = room.peer.good;
});

const start = (over: object = {}) =>
  room.connect.start({
    organisation: ORGANISATION,
    host,
    provider: 'google',
    returnTo: null,
    ...over,
  });

describe('the link', () => {
  it('leads to the consent page, once', async () => {
    const link = new URL(await start());
    expect(link.origin + link.pathname).toBe(`${PUBLIC_URL}/connect/google`);
    const ticket = link.searchParams.get('ticket') ?? '';
    const both = await Promise.allSettled([
      room.connect.redirect('google', ticket, BROWSER),
      room.connect.redirect('google', ticket, BROWSER),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(room.connect.redirect('google', ticket, BROWSER)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    const rows = await room.store.connectAttempt.findMany({ where: { hostId: host } });
    expect(rows.map((row) => row.ticketHash)).toEqual([hashSecret(ticket)]);
  });

  it('names host, organisation and what is asked for, and is not used up by that', async () => {
    const ticket = new URL(await start()).searchParams.get('ticket') ?? '';
    const request = { provider: 'google', host: 'Ada', organisation: 'org_one', writes: false };
    expect(await room.connect.connectRequest('google', ticket)).toEqual(request);
    expect(await room.connect.connectRequest('google', ticket)).toEqual(request);
    await expect(room.connect.connectRequest('microsoft', ticket)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await room.connect.redirect('google', ticket, BROWSER);
    await expect(room.connect.connectRequest('google', ticket)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('asks for a code with PKCE, offline', async () => {
    const page = new URL(await room.begin(host));
    expect(page.origin + page.pathname).toBe(room.peer.oauth.authorizationEndpoint);
    expect(Object.fromEntries(page.searchParams)).toMatchObject({
      client_id: 'client',
      response_type: 'code',
      access_type: 'offline',
      code_challenge_method: 'S256',
      redirect_uri: `${PUBLIC_URL}/connect/google/callback`,
      scope: room.peer.oauth.scopes.join(' '),
    });
  });

  it('expires after ten minutes', async () => {
    const ticket = new URL(await start()).searchParams.get('ticket') ?? '';
    room.time.now += 10 * MINUTE;
    await expect(room.connect.redirect('google', ticket, BROWSER)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('is refused where it could not end well', async () => {
    await expect(start({ returnTo: 'https://app.example.evil/x' })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { field: 'returnTo' },
    });
    await expect(start({ host: 'host_unknown' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(start({ organisation: 'org_two' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(start({ provider: 'microsoft' })).rejects.toMatchObject({
      details: { field: 'provider' },
      message: expect.stringContaining('MICROSOFT_CLIENT_ID and MICROSOFT_CLIENT_SECRET'),
    });
  });
});

describe('the callback', () => {
  it('makes an account, selects its primary calendar and asks for channel and pull', async () => {
    expect(await room.connectHost(host, 'https://app.example/done?x=1')).toBe(
      `https://app.example/done?x=1&host=${host}&organisation=${ORGANISATION}`,
    );
    const account = await room.accountOf(host);
    expect(account).toMatchObject({
      status: 'CONNECTED',
      email: 'ada@calendars.example',
      provider: 'google',
    });
    const [main, side] = [await room.calendarOf(host, 'main'), await room.calendarOf(host, 'side')];
    expect(main).toMatchObject({ selected: true, accountId: account.id, state: { basis: 'NEVER' } });
    expect(main.state.dueAt?.getTime()).toBe(room.time.now);
    expect(side).toMatchObject({ selected: false, state: { dueAt: null } });
    expect(room.tasks(main.id)).toEqual(['watch', 'pull']);
    expect(room.tasks(side.id)).toEqual([]);
    expect(room.published).toEqual(expect.arrayContaining([`host:${host}`, `busy:${main.id}`]));
  });

  it('proves itself with the verifier and keeps tokens as ciphertext only', async () => {
    await room.connectHost(host);
    const form = room.peer.forms.at(-1);
    expect(form?.get('code_verifier')).toMatch(/^[\w-]{43,}$/);
    expect(form?.get('client_secret')).toBe('client-secret');
    const token = room.remoteSide.seen.at(-1) ?? '';
    expect(token).toMatch(/^access-/);
    const [row] = await room.store.$queryRaw<{ all: string }[]>`
      select account::text as all from account where host_id = ${host}`;
    expect(row?.all).toMatch(/v1\./);
    expect(row?.all).not.toMatch(/access-|refresh-/);
    expect(await room.access((await room.accountOf(host)).id).token()).toBe(token);
  });

  it('ends on the console when nobody said where', async () => {
    expect(await room.connectHost(host)).toBe(`${PUBLIC_URL}/admin`);
  });

  it('knows a state once', async () => {
    const back = room.peer.consent(await room.begin(host));
    await room.finish(back);
    await expect(room.finish(back)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const forged = new URL(back);
    forged.searchParams.set('state', 'made-up');
    await expect(room.finish(forged)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('says that consent was refused', async () => {
    const back = room.peer.consent(await room.begin(host, 'https://app.example/?a=b'), 'access_denied');
    expect(await room.finish(back)).toBe('https://app.example/?a=b&error=access_denied');
    expect(await room.store.account.count({ where: { hostId: host } })).toBe(0);
  });

  it.each([
    ['another browser', 'c'.repeat(43)],
    ['a browser without a cookie', null],
  ])('connects nothing for %s, and asks the provider nothing', async (_title, browser) => {
    const asked = room.peer.forms.length;
    const back = room.peer.consent(await room.begin(host, 'https://app.example/?a=b'));
    expect(await room.connect.finish('google', back, browser, null)).toBe(
      'https://app.example/?a=b&error=other_browser',
    );
    expect(room.peer.forms).toHaveLength(asked);
    expect(await room.store.account.count({ where: { hostId: host } })).toBe(0);
    await expect(room.finish(back)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('keeps the secret of a browser as a hash', async () => {
    await room.begin(host);
    const [row] = await room.store.connectAttempt.findMany({ where: { hostId: host } });
    expect(row?.browserHash).toBe(hashSecret(BROWSER));
  });

  it('says that a scope is missing', async () => {
    room.peer.reply = (form) => {
      const { body } = room.peer.good(form);
      return { body: { ...(body as object), scope: 'openid email' } };
    };
    expect(await room.connectHost(host)).toBe(`${PUBLIC_URL}/admin?error=missing_scope`);
  });

  it('says that it failed, whatever failed', async () => {
    room.peer.reply = () => ({ status: 400, body: { error: 'invalid_grant' } });
    expect(await room.connectHost(host)).toBe(`${PUBLIC_URL}/admin?error=connect_failed`);
    room.peer.reply = () => ({ status: 200, body: '<html>' });
    expect(await room.connectHost(host)).toBe(`${PUBLIC_URL}/admin?error=connect_failed`);
    room.peer.reply = () => ({ body: { access_token: 'a', token_type: 'Bearer' } });
    expect(await room.connectHost(host)).toBe(`${PUBLIC_URL}/admin?error=connect_failed`);
    const back = room.peer.consent(await room.begin(host), 'server_error');
    expect(await room.finish(back)).toBe(`${PUBLIC_URL}/admin?error=connect_failed`);
    expect(await room.store.account.count({ where: { hostId: host } })).toBe(0);
  });

  it('leaves an account with its first host', async () => {
    await room.connectHost(host);
    const other = await room.addHost();
    expect(await room.connectHost(other)).toBe(`${PUBLIC_URL}/admin?error=already_connected`);
    expect(await room.store.account.count({ where: { hostId: other } })).toBe(0);
    expect(await room.store.calendar.count({ where: { hostId: other } })).toBe(0);
  });

  it('heals an account and keeps its ids', async () => {
    await room.connectHost(host);
    const before = { account: await room.accountOf(host), main: await room.calendarOf(host, 'main') };
    await room.store.account.update({ where: { id: before.account.id }, data: { status: 'AUTH_REVOKED' } });
    await room.store.calendarState.update({
      where: { calendarId: before.main.id },
      data: { trouble: 'auth_revoked', failures: 9, error: 'gone', dueAt: null, cursor: 'kept' },
    });
    await room.connectHost(host);
    const after = { account: await room.accountOf(host), main: await room.calendarOf(host, 'main') };
    expect(after.account).toMatchObject({ id: before.account.id, status: 'CONNECTED' });
    expect(after.account.tokens).not.toBe(before.account.tokens);
    expect(after.main.id).toBe(before.main.id);
    expect(after.main.state).toMatchObject({ trouble: null, failures: 0, error: null, cursor: 'kept' });
    expect(after.main.state.dueAt?.getTime()).toBe(room.time.now);
    expect(after.main.state.version).toBeGreaterThan(before.main.state.version);
    expect(room.tasks(before.main.id)).toEqual(['watch', 'pull', 'watch', 'pull']);
  });

  it('keeps the refresh token of the first consent when a later one brings none', async () => {
    await room.connectHost(host);
    const { id } = await room.accountOf(host);
    room.peer.reply = (form) => {
      const { refresh_token: _, ...body } = room.peer.good(form).body as Record<string, unknown>;
      return { body };
    };
    expect(await room.connectHost(host)).toBe(`${PUBLIC_URL}/admin`);
    const rejected = await room.access(id).token();
    expect(await room.access(id).token(rejected)).not.toBe(rejected);
    expect(room.peer.forms.at(-1)?.get('refresh_token')).toMatch(/^refresh-/);
  });
});

describe('disconnecting', () => {
  it('closes channels, revokes the grant, erases tokens and keeps the rows', async () => {
    await room.connectHost(host);
    const account = await room.accountOf(host);
    const main = await room.calendarOf(host, 'main');
    const revoked = room.peer.revoked.length;
    await room.disconnect(account.id);
    expect(room.closed).toContain(`${main.id} before ${revoked} revoked`);
    expect(room.peer.revoked.slice(revoked)).toEqual([expect.stringMatching(/^refresh-/)]);
    expect(await room.accountOf(host)).toMatchObject({ status: 'DISCONNECTED', tokens: null });
    expect(await room.calendarOf(host, 'main')).toMatchObject({ selected: false, state: { dueAt: null } });
    await expect(room.access(account.id).token()).rejects.toBeInstanceOf(ProviderError);
    await room.disconnect(account.id);
    expect(room.peer.revoked).toHaveLength(revoked + 1);
  });

  it('is undone by connecting again', async () => {
    await room.connectHost(host);
    const { id } = await room.accountOf(host);
    await room.disconnect(id);
    await room.connectHost(host);
    expect(await room.accountOf(host)).toMatchObject({ id, status: 'CONNECTED' });
    expect(await room.calendarOf(host, 'main')).toMatchObject({ selected: true });
  });

  it('finds no account of another organisation', async () => {
    await room.connectHost(host);
    const { id } = await room.accountOf(host);
    await expect(room.disconnect(id, 'org_two')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('an account whose address is not its host’s', () => {
  const ADDRESS = 'ada@host.example';
  const BROWSER_OF_ANOTHER = 'c'.repeat(43);
  beforeEach(async () => {
    host = await room.addHost(ADDRESS);
  });
  const confirmed = async () => !(await room.accountOf(host)).awaitsConfirmation;
  const selected = async () =>
    (await room.store.calendar.findMany({ where: { hostId: host, selected: true } })).map(
      ({ externalId }) => externalId,
    );
  const bookedInto = async () => (await bookingCalendars(room.store, [host])).get(host)?.externalId;

  it('counts for nothing: it is not read, not watched, and takes no bookings', async () => {
    const end = new URL(await room.connectHost(host, 'https://app.example/done'));
    const { id } = await room.accountOf(host);
    expect(end.href).toBe(`${PUBLIC_URL}/admin?account=${id}`);
    expect([await confirmed(), await selected(), await bookedInto()]).toEqual([false, [], undefined]);
    for (const name of ['main', 'side']) {
      const calendar = await room.calendarOf(host, name);
      expect(calendar.state.dueAt).toBeNull();
      expect(room.tasks(calendar.id)).toEqual([]);
    }
    await room.connectHost(host);
    expect([await confirmed(), await selected()]).toEqual([false, []]);
  });

  it('counts once its owner confirms it in the same browser', async () => {
    await room.connectHost(host, 'https://app.example/done?host=mine');
    const { id } = await room.accountOf(host);
    const result = { provider: 'google', host: 'Ada', organisation: 'org_one', account: id };
    const email = 'ada@calendars.example';
    expect(await room.connect.connectResult(BROWSER, id)).toEqual({
      ...result,
      email,
      awaitsConfirmation: true,
    });
    expect(await room.connect.connectResult(BROWSER_OF_ANOTHER, id)).toBeNull();
    await expect(room.connect.confirmAccount(BROWSER_OF_ANOTHER, id, true, null)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await selected()).toEqual([]);
    const end = `https://app.example/done?host=mine&organisation=${ORGANISATION}`;
    expect(await room.connect.confirmAccount(BROWSER, id, true, '192.0.2.7')).toBe(end);
    const entries = await room.store.auditEntry.findMany({ where: { action: 'confirmAccount' } });
    expect(entries).toMatchObject([{ subject: id, address: '192.0.2.7' }]);
    expect([await confirmed(), await selected(), await bookedInto()]).toEqual([true, ['main'], 'main']);
    expect(room.tasks((await room.calendarOf(host, 'main')).id)).toEqual(['watch', 'pull']);
    expect(await room.connect.connectResult(BROWSER, null)).toMatchObject({ awaitsConfirmation: false });
  });

  it('is answered for once: a later answer changes nothing', async () => {
    await room.connectHost(host);
    const { id } = await room.accountOf(host);
    await room.connect.confirmAccount(BROWSER, id, true, null);
    await room.connect.selectCalendar(ORGANISATION, (await room.calendarOf(host, 'main')).id, false);
    await room.connect.confirmAccount(BROWSER, id, true, null);
    await room.connect.confirmAccount(BROWSER, id, false, null);
    expect([await selected(), (await room.accountOf(host)).status]).toEqual([[], 'CONNECTED']);
    room.time.now += 60 * MINUTE;
    await expect(room.connect.confirmAccount(BROWSER, id, true, null)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('is disconnected, its grant revoked, when its owner says no', async () => {
    await room.connectHost(host, 'https://app.example/done');
    const { id } = await room.accountOf(host);
    const revoked = room.peer.revoked.length;
    expect(await room.connect.confirmAccount(BROWSER, id, false, null)).toBe(
      'https://app.example/done?error=access_denied',
    );
    expect(await room.accountOf(host)).toMatchObject({ status: 'DISCONNECTED', tokens: null });
    expect(room.peer.revoked).toHaveLength(revoked + 1);
    await expect(room.connect.confirmAccount(BROWSER, id, true, null)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('counts once an operator selects one of its calendars', async () => {
    await room.connectHost(host);
    await room.connect.selectCalendar(ORGANISATION, (await room.calendarOf(host, 'side')).id, true);
    expect([await confirmed(), await selected(), await bookedInto()]).toEqual([true, ['side'], 'main']);
    await room.connectHost(host);
    expect([await confirmed(), await selected()]).toEqual([true, ['side']]);
  });

  it.each<[string, Identity]>([
    ['in other letters', { subject: 'letters', email: 'ADA@Host.Example' }],
    ['as one of its others', { subject: 'others', email: 'x@y.example', otherAddresses: [ADDRESS] }],
  ])('is none whose address is the host’s %s', async (_title, identity) => {
    room.remoteSide.identity = identity;
    expect(await room.connectHost(host)).toBe(`${PUBLIC_URL}/admin`);
    expect([await confirmed(), await selected()]).toEqual([true, ['main']]);
  });

  it('is one whose address the provider does not tell', async () => {
    room.remoteSide.identity = { subject: 'untold', email: null };
    await room.connectHost(host);
    expect([await confirmed(), await selected()]).toEqual([false, []]);
  });
});
