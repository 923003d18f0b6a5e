import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeyRing } from '../../../src/secrets.ts';
import { openBookingSigner } from '../../../src/store/access/signing-keys.ts';
import { closeStore, createStore, type Store } from '../../../src/store/client.ts';
import { type FreshDatabase, freshDatabase } from '../../harness/postgres.ts';
import { resealed } from './resealed.fixture.ts';

const [old, next, last] = [randomBytes(32), randomBytes(32), randomBytes(32)];

let database: FreshDatabase;
let store: Store;
beforeEach(async () => {
  database = await freshDatabase();
  store = createStore(database.url, { max: 4 });
});
afterEach(async () => {
  await closeStore(store);
  await database.drop();
});

const open = (...keys: Buffer[]) => openBookingSigner(store, createKeyRing(keys));

/** A booking of an hour ago, so that it is older than the signing key. */
const book = () =>
  store.$executeRaw`
    with org as (insert into organisation (id, name) values ('org', 'Org')),
      type as (insert into event_type (id, organisation_id, owner_id, slug, version) values ('et', 'org', 'host', 'intro', 1))
    insert into booking (id, organisation_id, event_type_id, hold_id, status, starts_at, ends_at, hosts, title, attendee_name,
      attendee_email, attendee_time_zone, created_at, updated_at)
    values ('bkg_1', 'org', 'et', 'hold', 'CONFIRMED', now(), now(), '{}', 't', 'n', 'e', 'UTC', now() - interval '1 hour', now())`;

describe('the key that signs links of bookings', () => {
  it('is made once, however many processes ask at once', async () => {
    const signers = await Promise.all([open(old), open(old), open(old)]);
    expect(new Set(signers.map((signer) => signer.sign('bkg_1'))).size).toBe(1);
    expect(await store.signingKey.count()).toBe(1);
  });

  it('outlives every encryption key that sealed it', async () => {
    const signature = (await open(old)).sign('bkg_1');
    for (const keys of [
      [next, old],
      [last, next],
    ]) {
      await resealed(store, createKeyRing(keys), 'signing_key.secret');
      expect((await open(...keys)).sign('bkg_1')).toBe(signature);
    }
    expect((await open(last)).verifies('bkg_1', signature)).toBe(true);
    expect(await store.signingKey.count()).toBe(1);
  });

  it('lets links that an encryption key signed itself outlive that key', async () => {
    await book();
    const signature = createKeyRing([old]).sign('bkg_1', 'booking');
    expect((await open(next, old)).verifies('bkg_1', signature)).toBe(true);
    await resealed(store, createKeyRing([next, old]), 'signing_key.secret');
    const signer = await open(next);
    expect(signer.verifies('bkg_1', signature)).toBe(true);
    expect(signer.sign('bkg_1')).not.toBe(signature);
    expect(signer.verifies('bkg_2', signature)).toBe(false);
  });

  it('is no encryption key where no booking is older', async () => {
    const signature = createKeyRing([old]).sign('bkg_1', 'booking');
    expect((await open(old)).verifies('bkg_1', signature)).toBe(false);
  });

  it('is made anew when no key opens it, and comes back with that key', async () => {
    const signature = (await open(old)).sign('bkg_1');
    expect((await open(next)).verifies('bkg_1', signature)).toBe(false);
    expect((await open(next, old)).verifies('bkg_1', signature)).toBe(true);
  });
});
