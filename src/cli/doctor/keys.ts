/** The encryption keys: how many of the stored secrets they open. */
import type { KeyRing } from '../../secrets.ts';
import { countSealed, readSealed, type SealedCount } from '../../store/access/sealed-columns.ts';
import type { Store } from '../../store/client.ts';
import { type Finding, findingsOf } from './finding.ts';

const ACCOUNTS = ['account.tokens', 'organisation_connection.secret'];
/** Accounts that are opened for a try. Of all others a key's id in the sealed text says whether the key is there. */
const TRIED = 200;

const total = (of: readonly SealedCount[]) => of.reduce((sum, { count }) => sum + count, 0);

/** @param keyRing the keys, or why there are none */
export async function diagnoseKeys(store: Store, keyRing: KeyRing | string): Promise<Finding[]> {
  const { ok, warning, failed } = findingsOf('encryption keys');
  const counts = await countSealed(store);
  if (typeof keyRing === 'string') {
    const finding = `${keyRing}; ${total(counts)} stored secrets wait for them`;
    return [failed(finding, 'Set ENCRYPTION_KEYS as the gateway has it.')];
  }
  const opens = (each: SealedCount) => keyRing.ids.includes(each.key);
  const isAccount = (each: SealedCount) => ACCOUNTS.includes(each.column);
  const [accounts, others] = [counts.filter(isAccount), counts.filter((each) => !isAccount(each))];
  const altered = await countAltered(store, keyRing);
  const tally = (of: readonly SealedCount[], broken: number) => {
    const open = total(of.filter(opens)) - broken;
    return `${open} open, ${total(of) - open} don't`;
  };
  const keys = keyRing.ids.length === 1 ? '1 key' : `${keyRing.ids.length} keys`;
  const finding = `${keys}; of ${total(accounts)} connected accounts ${tally(accounts, altered)}; of ${total(others)} other secrets ${tally(others, 0)}`;
  const missing = [...new Set(counts.filter((each) => !opens(each)).map(({ key }) => key))];
  if (missing.length > 0) {
    return [
      failed(
        `${finding}; missing: ${missing.join(', ')}`,
        'Put the missing key back into ENCRYPTION_KEYS, or have those hosts connect again (docs/operations.md, Keys).',
      ),
    ];
  }
  if (altered > 0) {
    return [failed(finding, 'Those secrets were altered in the database: have their hosts connect again.')];
  }
  const [current] = keyRing.ids;
  if (counts.some(({ key }) => key !== current)) {
    return [
      warning(`${finding}; some are sealed with another key than the first`, 'Run: slotwire keys rotate'),
    ];
  }
  return [ok(finding)];
}

/** Of accounts whose key is there, as far as they are tried: those that it doesn't open. */
async function countAltered(store: Store, keyRing: KeyRing): Promise<number> {
  const rows = await readSealed(store, 'account.tokens', keyRing.ids, TRIED);
  return rows.filter(({ id, sealed }) => {
    try {
      keyRing.decrypt(sealed, 'account.tokens', id);
      return false;
    } catch {
      return true;
    }
  }).length;
}
