/** What the page's address says: whose event type, and which time is chosen. */

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

/** The chosen start of `#start=…`, epoch milliseconds; null when there is none or it is no instant. */
export function readChosen(hash: string): number | null {
  const text = new URLSearchParams(hash.replace(/^#/, '')).get('start');
  if (!text || !/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text)) return null;
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? null : instant;
}

/** The inverse of readChosen; empty for none. */
export const writeChosen = (start: number | null): string =>
  start === null ? '' : `#start=${new Date(start).toISOString()}`;
