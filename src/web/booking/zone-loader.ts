/** The search for zones, a part of the page that is loaded only when a visitor looks for one. */

import { pageLocale } from '../words.ts';
import type { ZoneSearch } from '../zones/search.ts';
import { type HourCycle, visitorZone } from './zones.ts';

/** Another address for each try: browsers remember that a module could not be loaded. */
let tries = 0;
let loading: Promise<typeof import('../zones/search.ts')> | null = null;

/** Without the part, what the browser itself lists is searched by name. */
export async function loadZoneSearch(hours: HourCycle | null): Promise<ZoneSearch> {
  // The file lies beside the page's script.
  loading ??= import(new URL(`zones.js${tries++ > 0 ? `?${tries}` : ''}`, import.meta.url).href);
  try {
    return (await loading).createZoneSearch({ locale: pageLocale(), hours });
  } catch {
    loading = null;
    return plainSearch;
  }
}

const plainSearch: ZoneSearch = {
  find: (query) =>
    [visitorZone(), 'UTC', ...Intl.supportedValuesOf('timeZone')]
      .filter((id) => id.toLowerCase().replaceAll('_', ' ').includes(query.toLowerCase()))
      .map((id) => ({ id, city: id.replaceAll('_', ' '), country: '', offset: '', time: '' }))
      .slice(0, 50),
};
