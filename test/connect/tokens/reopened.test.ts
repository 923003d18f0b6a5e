import { afterAll, beforeAll, expect, it } from 'vitest';
import { createReopenAccounts } from '../../../src/connect/tokens/reopened.ts';
import { createKeyRing } from '../../../src/secrets.ts';
import { markRevoked } from '../../../src/store/access/accounts.ts';
import { MINUTE } from '../../../src/time/clock.ts';
import { openRoom, type Room } from '../world.fixture.ts';

let room: Room;
beforeAll(async () => {
  room = await openRoom();
});
afterAll(() => room.close());

async function connected(subject: string): Promise<{ host: string; account: string }> {
  const host = await room.addHost();
  room.remoteSide.identity = { subject, email: null };
  await room.connectHost(host);
  return { host, account: (await room.accountOf(host)).id };
}

const reopenWith = (...keys: number[]) =>
  createReopenAccounts({
    ...room.deps,
    keyRing: createKeyRing(keys.map((byte) => Buffer.alloc(32, byte))),
  })(room.time.now);

/** As the version before recorded a missing key. */
const recordMissingKey = (account: string) =>
  markRevoked(room.store, account, 'auth-revoked: no key of ENCRYPTION_KEYS opens the tokens');

it('connects an account again that was taken for revoked while its key was missing', async () => {
  const { host, account } = await connected('one');
  await recordMissingKey(account);
  await reopenWith(9);
  expect(await room.accountOf(host)).toMatchObject({ status: 'AUTH_REVOKED' });
  room.jobs.asked.length = 0;
  await reopenWith(9, 7);
  expect(await room.accountOf(host)).toMatchObject({ status: 'CONNECTED' });
  const main = await room.calendarOf(host, 'main');
  // Only a pull proves that the grant stands.
  expect(main.state).toMatchObject({ trouble: 'unreachable', dueAt: new Date(room.time.now) });
  expect(room.tasks(main.id)).toEqual(['watch', 'pull']);
  expect(room.published).toContain(`busy:${main.id}`);
  expect((await room.calendarOf(host, 'side')).state).toMatchObject({ trouble: 'unreachable', dueAt: null });
});

it('leaves an account alone whose grant was withdrawn', async () => {
  const { host, account } = await connected('two');
  await markRevoked(room.store, account, 'Access was withdrawn: the host must connect this account again.');
  await reopenWith(7);
  expect(await room.accountOf(host)).toMatchObject({ status: 'AUTH_REVOKED' });
});

it('looks again while the process runs, for one of an earlier version may run beside it', async () => {
  const { host, account } = await connected('three');
  const run = createReopenAccounts(room.deps);
  await run(room.time.now);
  await recordMissingKey(account);
  await run(room.time.now + MINUTE - 1);
  expect(await room.accountOf(host)).toMatchObject({ status: 'AUTH_REVOKED' });
  await run(room.time.now + MINUTE);
  expect(await room.accountOf(host)).toMatchObject({ status: 'CONNECTED' });
});
