/** What the page's address says: whose event type, and, in the fragment, where the visitor is on the way to a booking. */
import { formatInstant } from '../../time/instant-text.ts';

export interface PageAddress {
  readonly owner: string;
  readonly slug: string;
}

/** Reads /book/{owner}/{slug}; null for any other path. */
export function readPath(pathname: string): PageAddress | null {
  const match = /^\/book\/([^/]+)\/([^/]+)\/?$/.exec(pathname);
  if (!match) return null;
  try {
    return { owner: decodeURIComponent(match[1] ?? ''), slug: decodeURIComponent(match[2] ?? '') };
  } catch {
    return null;
  }
}

export const writePath = ({ owner, slug }: PageAddress): string =>
  `/book/${encodeURIComponent(owner)}/${encodeURIComponent(slug)}`;

export type Doing = 'show' | 'cancel' | 'move';

/** `start`: the chosen time, epoch milliseconds. `token`: a booking's secret; in the fragment it reaches no server. */
export type Route =
  | { readonly at: 'times'; readonly start: number | null }
  | { readonly at: 'booking'; readonly token: string; readonly doing: Doing; readonly start: number | null };

/** Reads `#start=…` and `#booking=…&do=…&start=…`; what can't be read is left out. */
export function readRoute(hash: string): Route {
  const said = new URLSearchParams(hash.replace(/^#/, ''));
  const start = instantOf(said.get('start'));
  const token = said.get('booking');
  if (!token) return { at: 'times', start };
  const wish = said.get('do');
  const doing = wish === 'cancel' || wish === 'move' ? wish : 'show';
  return { at: 'booking', token, doing, start: doing === 'move' ? start : null };
}

/** The inverse of readRoute; empty for the times without a chosen one. */
export function writeRoute(route: Route): string {
  const said: string[] = [];
  if (route.at === 'booking') {
    said.push(`booking=${encodeURIComponent(route.token)}`);
    if (route.doing !== 'show') said.push(`do=${route.doing}`);
  }
  if (route.start !== null) said.push(`start=${formatInstant(route.start)}`);
  return said.length > 0 ? `#${said.join('&')}` : '';
}

function instantOf(text: string | null): number | null {
  if (!text || !/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text)) return null;
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? null : instant;
}
