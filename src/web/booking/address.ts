/**
 * The page's address: the path names the event type, or a booking by its token; the fragment the step that the visitor has
 * reached.
 */
import { formatInstant, parseInstant } from '../../time/instant-text.ts';

export interface PageAddress {
  readonly owner: string;
  readonly slug: string;
}

/** Parses /book/{owner}/{slug}; null for any other path. */
export function parsePath(pathname: string): PageAddress | null {
  const match = /^\/book\/([^/]+)\/([^/]+)\/?$/.exec(pathname);
  if (!match) return null;
  try {
    return { owner: decodeURIComponent(match[1] ?? ''), slug: decodeURIComponent(match[2] ?? '') };
  } catch {
    return null;
  }
}

/** Parses /book/b/{token}; null for any other path. An event type of an owner `b` is none. */
export const parseBookingToken = (pathname: string): string | null =>
  /^\/book\/b\/(bkg_\w+\.[\w-]+)\/?$/.exec(pathname)?.[1] ?? null;

export const formatPath = ({ owner, slug }: PageAddress): string =>
  `/book/${encodeURIComponent(owner)}/${encodeURIComponent(slug)}`;

/** The parameters that say how a page is shown and that it is in a frame, for a link to another page of ours; empty for none. */
export function lookOf(search: string): string {
  const params = new URLSearchParams(search);
  const kept = new URLSearchParams(
    ['embed', 'theme', 'color', 'locale'].flatMap((name) => {
      const value = params.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  return kept.size > 0 ? `?${kept}` : '';
}

export type BookingAction = 'show' | 'cancel' | 'move';

/** `start`: the chosen time, epoch milliseconds. `token`: a booking's secret. */
export type PageRoute =
  | { readonly at: 'times'; readonly start: number | null }
  | {
      readonly at: 'booking';
      readonly token: string;
      readonly action: BookingAction;
      readonly start: number | null;
    };

/**
 * Parses `#start=…` and `#booking=…&do=…&start=…`; a malformed part is ignored.
 * @param pathToken the token that the path names; null: none
 */
export function parseRoute(hash: string, pathToken: string | null = null): PageRoute {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const start = parseInstant(params.get('start') ?? '');
  const token = params.get('booking') || pathToken;
  if (!token) return { at: 'times', start };
  const requested = params.get('do');
  const action = requested === 'cancel' || requested === 'move' ? requested : 'show';
  return { at: 'booking', token, action, start: action === 'move' ? start : null };
}

/** The inverse of parseRoute; empty for the list of times without a chosen one. */
export function formatRoute(route: PageRoute, pathToken: string | null = null): string {
  const params: string[] = [];
  if (route.at === 'booking') {
    if (route.token !== pathToken) params.push(`booking=${encodeURIComponent(route.token)}`);
    if (route.action !== 'show') params.push(`do=${route.action}`);
  }
  if (route.start !== null) params.push(`start=${formatInstant(route.start)}`);
  return params.length > 0 ? `#${params.join('&')}` : '';
}
