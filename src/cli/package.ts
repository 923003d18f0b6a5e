/** What package.json says of the product. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../store/migrate.ts';

export async function readPackage(): Promise<{ version: string; engines: { node: string } }> {
  return JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8'));
}
