/** The version of the product, read from package.json at once: `--version` must not load the rest of the program. */
import { existsSync, readFileSync } from 'node:fs';

/** Above dist/ when bundled, above src/cli/ when run from source. */
const PLACES = ['../package.json', '../../package.json'];

export function installedVersion(): string {
  const file = PLACES.map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url));
  return file ? JSON.parse(readFileSync(file, 'utf8')).version : 'unknown';
}
