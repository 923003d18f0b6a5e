/** Hrefs as servers write them: relative or absolute, and percent-encoded as each of them likes. */

/** Absolute, encoded in one way, so that two that mean the same are the same text. Null: no http URL. */
export function normaliseHref(href: string, base: string): string | null {
  const text = href.trim();
  if (!URL.canParse(text, base)) return null;
  const url = new URL(text, base);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  url.hash = '';
  url.username = '';
  url.password = '';
  url.pathname = url.pathname.split('/').map(normaliseSegment).join('/');
  return url.href;
}

function normaliseSegment(text: string): string {
  try {
    return encodeURIComponent(decodeURIComponent(text));
  } catch {
    return text;
  }
}

const withoutSlash = (url: string) => (url.endsWith('/') ? url.slice(0, -1) : url);

export const sameResource = (one: string, other: string) => withoutSlash(one) === withoutSlash(other);

/** Short name of an object: its href within the calendar, or all of it when it lies elsewhere. */
export function objectKey(calendar: string, object: string): string {
  const prefix = `${withoutSlash(calendar)}/`;
  return object.startsWith(prefix) ? object.slice(prefix.length) : object;
}
