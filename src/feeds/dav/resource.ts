/** Addresses under /dav/: one principal, one home, one calendar of one item per event. */

export type DavResource =
  | { type: 'root' | 'principals' | 'homes' | 'principal' | 'home' | 'calendar' }
  /** By the item's id. */
  | { type: 'item'; id: string };

export const ROOT = '/dav/';
/** The one calendar of a home. */
const CALENDAR = 'busy';

/** Clients that know a host's name alone ask there, and follow redirects badly: they are answered as the root is. */
const ROOT_ALIASES = ['/', '/.well-known/caldav', '/dav'];

/** Absolute path; collections end in a slash. */
export function hrefOf(resource: DavResource, slug: string): string {
  const home = `${ROOT}calendars/${encodeURIComponent(slug)}/`;
  switch (resource.type) {
    case 'root':
      return ROOT;
    case 'principals':
      return `${ROOT}principals/`;
    case 'homes':
      return `${ROOT}calendars/`;
    case 'principal':
      return `${ROOT}principals/${encodeURIComponent(slug)}/`;
    case 'home':
      return home;
    case 'calendar':
      return `${home}${CALENDAR}/`;
    case 'item':
      return `${home}${CALENDAR}/${resource.id}.ics`;
  }
}

/** Null for what is not there, and for what is not this host's: who else has a calendar is not told. */
export function resourceAt(path: string, slug: string): DavResource | null {
  if (ROOT_ALIASES.includes(path)) return { type: 'root' };
  const parts = segmentsOf(path);
  if (parts?.[0] !== 'dav') return null;
  const [, kind, owner, calendar, file, ...rest] = parts;
  if (kind === undefined) return { type: 'root' };
  if (owner === undefined) return kind === 'principals' ? PRINCIPALS : kind === 'calendars' ? HOMES : null;
  if (owner !== slug) return null;
  if (kind === 'principals') return calendar === undefined ? { type: 'principal' } : null;
  if (kind !== 'calendars') return null;
  if (calendar === undefined) return { type: 'home' };
  if (calendar !== CALENDAR || rest.length > 0) return null;
  if (file === undefined) return { type: 'calendar' };
  const id = /^([\da-f]{32})\.ics$/.exec(file)?.[1];
  return id === undefined ? null : { type: 'item', id };
}

const PRINCIPALS: DavResource = { type: 'principals' };
const HOMES: DavResource = { type: 'homes' };

/** Without the slash at the end; null when an escape can't be read. */
function segmentsOf(path: string): string[] | null {
  try {
    return path
      .replace(/^\/+|\/+$/g, '')
      .split('/')
      .map(decodeURIComponent);
  } catch {
    return null;
  }
}

/** The path of a href as a client wrote it: absolute or relative to the server, escaped as it likes. */
export const pathOfHref = (href: string): string =>
  URL.canParse(href, 'http://here') ? new URL(href, 'http://here').pathname : href;

/** What lies directly in a collection, but for a calendar's items. */
export function childResources({ type }: DavResource): DavResource[] {
  switch (type) {
    case 'root':
      return [PRINCIPALS, HOMES];
    case 'principals':
      return [{ type: 'principal' }];
    case 'homes':
      return [{ type: 'home' }];
    case 'home':
      return [{ type: 'calendar' }];
    default:
      return [];
  }
}
