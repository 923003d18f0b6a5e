/** The page's address: the path names the event type, the fragment the step that the visitor has reached. */
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

export const formatPath = ({ owner, slug }: PageAddress): string =>
  `/book/${encodeURIComponent(owner)}/${encodeURIComponent(slug)}`;

export type BookingAction = 'show' | 'cancel' | 'move';

/** `start`: the chosen time, epoch milliseconds. `token`: a booking's secret; in the fragment it reaches no server. */
export type PageRoute =
  | { readonly at: 'times'; readonly start: number | null }
  | {
      readonly at: 'booking';
      readonly token: string;
      readonly action: BookingAction;
      readonly start: number | null;
    };

/** Parses `#start=…` and `#booking=…&do=…&start=…`; a malformed part is ignored. */
export function parseRoute(hash: string): PageRoute {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const start = parseInstant(params.get('start') ?? '');
  const token = params.get('booking');
  if (!token) return { at: 'times', start };
  const requested = params.get('do');
  const action = requested === 'cancel' || requested === 'move' ? requested : 'show';
  return { at: 'booking', token, action, start: action === 'move' ? start : null };
}

/** The inverse of parseRoute; empty for the list of times without a chosen one. */
export function formatRoute(route: PageRoute): string {
  const params: string[] = [];
  if (route.at === 'booking') {
    params.push(`booking=${encodeURIComponent(route.token)}`);
    if (route.action !== 'show') params.push(`do=${route.action}`);
  }
  if (route.start !== null) params.push(`start=${formatInstant(route.start)}`);
  return params.length > 0 ? `#${params.join('&')}` : '';
}
