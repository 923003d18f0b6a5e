/** Where zones come from in a browser: `#zones` of package.json names this file for pages, and installed-zones.ts for Node. */
import { readIntlZone } from './intl-zones.ts';
import type { ZoneReader } from './zone-reader.ts';

const found = new Map<string, ZoneReader>();

/** Null for a name that is no zone's. */
function findBrowserZone(name: string): ZoneReader | null {
  const known = found.get(name);
  if (known) return known;
  const reader = readIntlZone(name);
  if (reader) found.set(name, reader);
  return reader;
}

export { findBrowserZone as findZone };
