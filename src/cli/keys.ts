/** slotwire keys rotate: seals everything with the first encryption key, beside running gateways or without one. */
import { readConfig } from '../config.ts';
import { StartError } from '../errors.ts';
import { createLog } from '../log.ts';
import type { KeyRing } from '../secrets.ts';
import {
  countSealed,
  resealColumn,
  SEALED_COLUMNS,
  type SealedCount,
} from '../store/access/sealed-columns.ts';
import { checkKeys } from '../store/access/sealed-keys.ts';
import { openBookingSigner } from '../store/access/signing-keys.ts';
import { insertAuditEntry } from '../store/audit/entries.ts';
import { closeStore, createStore, type Store } from '../store/client.ts';
import { commandLine } from './actor.ts';
import { openInstallation, prepareDatabase, withDatabase } from './installation.ts';

/** @throws StartError when secrets are left that another key than the first seals. */
export async function rotateKeys(): Promise<void> {
  const config = readConfig();
  const log = createLog(config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL);
  const installation = await openInstallation(config, log);
  const { keyRing } = installation;
  try {
    await prepareDatabase(installation, config, log);
    const store = createStore(installation.databaseUrl, { max: 2 });
    try {
      await withDatabase(installation, log, async () => {
        await checkKeys(store, { keyRing, allowLost: config.ALLOW_LOST_KEYS, log });
        // Links that an encryption key signed itself are taken over before that key is called free.
        await openBookingSigner(store, keyRing);
        // Before the work, which takes many transactions: none of it is done without an entry.
        await insertAuditEntry(store, {
          ...{ ...commandLine(), organisation: null, action: 'keys rotate', subject: null },
          ...{ before: null, after: { key: keyRing.ids[0] ?? null } },
        });
        await sealAll(store, keyRing);
        report(keyRing, await countSealed(store));
      });
    } finally {
      await closeStore(store);
    }
  } finally {
    await installation.close();
  }
}

const say = (text: string) => process.stdout.write(`${text}\n`);

async function sealAll(store: Store, keyRing: KeyRing): Promise<void> {
  for (const column of SEALED_COLUMNS) {
    for await (const { sealed, unopened } of resealColumn(store, keyRing, column)) {
      const failed = unopened.length > 0 ? `, ${unopened.length} that no key opens` : '';
      say(`${column}: ${sealed} sealed anew${failed}`);
    }
  }
}

const NTH = ['first', 'second', 'third', 'fourth', 'fifth'];
const nameOf = ({ ids }: KeyRing, key: string) => {
  const at = ids.indexOf(key);
  return at < 0 ? `Key ${key}, which ENCRYPTION_KEYS lacks,` : `The ${NTH[at] ?? `${at + 1}th`} key (${key})`;
};

/** Says of each key what it seals. @throws StartError when another key than the first still seals something */
function report(keyRing: KeyRing, counts: readonly SealedCount[]): void {
  const sealedBy = (key: string) => counts.filter((each) => each.key === key);
  const total = (of: readonly SealedCount[]) => of.reduce((sum, { count }) => sum + count, 0);
  const [current = '', ...others] = keyRing.ids;
  say(`${nameOf(keyRing, current)} seals ${total(sealedBy(current))} secrets.`);
  for (const key of others.filter((each) => total(sealedBy(each)) === 0)) {
    say(
      `${nameOf(keyRing, key)} seals nothing: it can be taken out of ENCRYPTION_KEYS once every process has been restarted with the first key in front.`,
    );
  }
  const rest = [...new Set(counts.map(({ key }) => key))].filter((key) => key !== current);
  if (rest.length === 0) return;
  const lines = rest.map((key) => {
    const where = sealedBy(key).map(({ column, count }) => `${column} ${count}`);
    return `${nameOf(keyRing, key)} still seals ${total(sealedBy(key))} secrets: ${where.join(', ')}.`;
  });
  throw new StartError(
    `${lines.join('\n')}\nRun it again when no process has that key in front. What a missing key sealed is opened by that key alone: put it back, or have those hosts connect again.`,
  );
}
