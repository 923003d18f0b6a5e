/**
 * Keys that sign what is out for months, such as links of bookings. They are stored sealed, and sealed anew when encryption keys
 * change, so that a signature outlives every key of ENCRYPTION_KEYS.
 */
import { randomBytes } from 'node:crypto';
import { createSigner, type KeyRing, type Signer } from '../../secrets.ts';
import { SECOND } from '../../time/clock.ts';
import { limitLockWaits, type Store, type Tx } from '../client.ts';
import type { SigningKey } from '../generated/client.ts';

const COLUMN = 'signing_key.secret';
/** What the keys of this version sign: the ids of bookings. */
const BOOKING = 'booking';
/** A process that froze while it held the lock must not hold up the start of another without a word. */
const LOCK_TIMEOUT = 3 * SECOND;

/**
 * The signer of bookings' links, the same in every process. The first call makes its key. Where bookings are older than that, what
 * encryption keys signed themselves until then is kept, too: those links outlive their encryption key from then on.
 */
export async function openBookingSigner(store: Store, keyRing: KeyRing): Promise<Signer> {
  const keys = await store.$transaction(async (tx) => {
    await limitLockWaits(tx, LOCK_TIMEOUT);
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtext('slotwire signing keys'))`;
    const stored = await tx.signingKey.findMany({
      where: { purpose: BOOKING },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
    const own = stored.filter(({ derivedFrom }) => derivedFrom === null);
    const opened = own.filter(({ secret }) => isOpenable(keyRing, secret));
    if (opened.length === 0) opened.push(await insert(tx, keyRing, randomBytes(32), null));
    const [first] = own.length > 0 ? own : opened;
    const older =
      first && (await tx.booking.count({ where: { createdAt: { lt: first.createdAt } }, take: 1 })) > 0;
    const derived = stored.filter(({ derivedFrom }) => derivedFrom !== null);
    for (const { id, key } of older ? keyRing.signingKeys(BOOKING) : []) {
      if (!derived.some(({ derivedFrom }) => derivedFrom === id))
        derived.push(await insert(tx, keyRing, key, id));
    }
    return [...opened, ...derived.filter(({ secret }) => isOpenable(keyRing, secret))];
  });
  return createSigner(
    keys.map(({ id, secret }) => Buffer.from(keyRing.decrypt(secret, COLUMN, id), 'base64url')),
  );
}

const isOpenable = (keyRing: KeyRing, secret: string) => keyRing.ids.includes(secret.split('.')[1] ?? '');

/** @param derivedFrom the id of the encryption key that the key comes from; null: it is random */
function insert(tx: Tx, keyRing: KeyRing, key: Buffer, derivedFrom: string | null): Promise<SigningKey> {
  const id = `${BOOKING} ${derivedFrom ?? randomBytes(8).toString('hex')}`;
  const secret = keyRing.encrypt(key.toString('base64url'), COLUMN, id);
  return tx.signingKey.create({ data: { id, purpose: BOOKING, secret, derivedFrom } });
}
