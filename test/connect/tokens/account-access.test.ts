import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createKeyRing } from '../../../src/secrets.ts';
import { HOUR } from '../../../src/time/clock.ts';
import { openRoom, type Room } from '../world.fixture.ts';

let room: Room;
let host: string;
let account: string;
let subjects = 0;

beforeAll(async () => {
  room = await openRoom();
});
afterAll(() => room.close());

beforeEach(async () => {
  room.peer.reply = room.peer.good;
  room.remoteSide.identity = { subject: `subject-${subjects++}`, email: null };
  host = await room.addHost();
  await room.connectHost(host);
  account = (await room.accountOf(host)).id;
});

async function waitingForLocks(): Promise<number> {
  const [row] = await room.store.$queryRaw<{ waiting: number }[]>`
    select count(*)::int as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;
  return row?.waiting ?? 0;
}

it('gives the same token while it lives, without asking anybody', async () => {
  const before = room.peer.forms.length;
  const access = room.newAccess()(account);
  const token = await access.token();
  expect(await access.token()).toBe(token);
  room.time.now += HOUR - 61_000;
  expect(await access.token()).toBe(token);
  expect(room.peer.forms).toHaveLength(before);
  room.time.now += 1_000;
  expect(await access.token()).not.toBe(token);
  expect(room.peer.forms).toHaveLength(before + 1);
});

it('refreshes once for all callers of all processes', async () => {
  const [one, two] = [room.newAccess(), room.newAccess()];
  const before = room.peer.refreshes();
  room.time.now += HOUR;
  // The answer comes when the other process waits for it, or asks for its own.
  room.peer.reply = async (form) => {
    while (room.peer.refreshes() === before + 1 && (await waitingForLocks()) === 0);
    return room.peer.good(form);
  };
  const tokens = await Promise.all([one, two, one, two].map((access) => access(account).token()));
  expect(new Set(tokens).size).toBe(1);
  expect(room.peer.refreshes()).toBe(before + 1);
});

it('refreshes once for a rejected token, and takes what another process stored', async () => {
  const [one, two] = [room.newAccess(), room.newAccess()];
  const rejected = await one(account).token();
  await two(account).token();
  const before = room.peer.refreshes();
  const fresh = await one(account).token(rejected);
  expect(fresh).not.toBe(rejected);
  expect(await two(account).token(rejected)).toBe(fresh);
  expect(room.peer.refreshes()).toBe(before + 1);
});

it('stores a rotated refresh token and keeps the old one when none comes', async () => {
  const access = room.access(account);
  let rejected = await access.token();
  rejected = await access.token(rejected);
  const rotated = room.peer.forms.at(-1)?.get('refresh_token');
  room.peer.reply = () => ({ body: { access_token: 'plain-1', token_type: 'Bearer', expires_in: 3600 } });
  expect(await access.token(rejected)).toBe('plain-1');
  const second = room.peer.forms.at(-1)?.get('refresh_token');
  expect(second).not.toBe(rotated);
  room.peer.reply = () => ({ body: { access_token: 'plain-2', token_type: 'Bearer', expires_in: 3600 } });
  expect(await access.token('plain-1')).toBe('plain-2');
  expect(room.peer.forms.at(-1)?.get('refresh_token')).toBe(second);
});

it('gives up a withdrawn grant: account, calendars and readers know', async () => {
  const main = await room.calendarOf(host, 'main');
  const rejected = await room.access(account).token();
  const before = room.peer.refreshes();
  room.peer.reply = () => ({ status: 400, body: { error: 'invalid_grant', error_description: 'Revoked.' } });
  await expect(room.access(account).token(rejected)).rejects.toMatchObject({ reason: 'auth-revoked' });
  expect(await room.accountOf(host)).toMatchObject({ status: 'AUTH_REVOKED' });
  const after = await room.calendarOf(host, 'main');
  expect(after.state).toMatchObject({ trouble: 'auth_revoked' });
  expect(after.state.version).toBeGreaterThan(main.state.version);
  expect(room.published).toContain(`busy:${main.id}`);
  // From here on nobody asks the provider.
  await expect(room.access(account).token()).rejects.toMatchObject({ reason: 'auth-revoked' });
  expect(room.peer.refreshes()).toBe(before + 1);
});

it.each([
  [{ status: 401, body: { error: 'invalid_client' } }, { reason: 'rejected' }],
  [{ status: 401, headers: { 'www-authenticate': 'Basic realm="x"' }, body: '' }, { reason: 'rejected' }],
  [{ status: 503, body: 'busy' }, { reason: 'transient' }],
  [{ status: 400, body: { error: 'temporarily_unavailable' } }, { reason: 'transient' }],
  [{ status: 200, body: '<html>' }, { reason: 'transient' }],
  [
    { status: 429, headers: { 'retry-after': '7' }, body: 'slow down' },
    { reason: 'rate-limited', retryAfter: 7_000 },
  ],
])('says what %o means, and changes nothing', async (reply, failure) => {
  const rejected = await room.access(account).token();
  room.peer.reply = () => reply;
  await expect(room.access(account).token(rejected)).rejects.toMatchObject(failure);
  expect(await room.accountOf(host)).toMatchObject({ status: 'CONNECTED' });
  room.peer.reply = room.peer.good;
  expect(await room.access(account).token(rejected)).not.toBe(rejected);
});

it('calls it transient when nobody answers', async () => {
  const provider = room.deps.providers.get('google');
  if (!provider?.oauth) throw new Error('the provider has no grant');
  const away = { ...provider, oauth: { ...provider.oauth, tokenEndpoint: 'http://127.0.0.1:1/token' } };
  const access = room.newAccess({ providers: new Map([['google', away]]) });
  const rejected = await access(account).token();
  await expect(access(account).token(rejected)).rejects.toMatchObject({ reason: 'transient' });
});

it('sends nothing over plain http to a stranger', async () => {
  const provider = room.deps.providers.get('google');
  if (!provider?.oauth) throw new Error('the provider has no grant');
  const open = { ...provider, oauth: { ...provider.oauth, tokenEndpoint: 'http://calendars.example/token' } };
  const access = room.newAccess({ providers: new Map([['google', open]]) });
  const rejected = await access(account).token();
  await expect(access(account).token(rejected)).rejects.toMatchObject({ reason: 'rejected' });
});

it('changes nothing when no key opens the tokens', async () => {
  const access = room.newAccess({ keyRing: createKeyRing([Buffer.alloc(32, 8)]) });
  const before = await room.accountOf(host);
  for (const rejected of [undefined, 'a token']) {
    await expect(access(account).token(rejected)).rejects.toMatchObject({
      reason: 'sealed',
      message: expect.stringContaining('ENCRYPTION_KEYS'),
    });
  }
  expect(await room.accountOf(host)).toEqual(before);
});
