/** Paths under /dav/: one principal, one calendar home, and one calendar with an item per event. */

export type DavResource =
  | { type: 'root' | 'principals' | 'homes' | 'principal' | 'home' | 'calendar' }
  /** By item id. */
  | { type: 'item'; id: string };

export const ROOT = '/dav/';
/** Name of the one calendar in a home. */
const CALENDAR = 'busy';

/**
 * Clients that know only a host name begin at these paths, and follow redirects badly: they are answered as the root.
 */
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

/** Null for unknown paths and for other hosts' resources, whose existence is not revealed. */
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

/** Decoded segments; null when an escape can't be decoded. */
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

/** The path of a client's href, which may be absolute or relative. */
export const pathOfHref = (href: string): string =>
  URL.canParse(href, 'http://here') ? new URL(href, 'http://here').pathname : href;

/** Members of a collection, without a calendar's items. */
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
