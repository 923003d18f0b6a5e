/** Sealing a column anew, to its end. */
import type { KeyRing, SealedColumn } from '../../../src/secrets.ts';
import { resealColumn } from '../../../src/store/access/sealed-columns.ts';
import type { Store } from '../../../src/store/client.ts';

/** @returns ids of the rows whose secret no key opens */
export async function resealed(store: Store, keyRing: KeyRing, column: SealedColumn): Promise<string[]> {
  let unopened: string[] = [];
  for await (const progress of resealColumn(store, keyRing, column)) unopened = progress.unopened;
  return unopened;
}
