/** Hrefs as servers write them: relative or absolute, and percent-encoded in different ways. */

/** Absolute and encoded in one way, so that equal resources have equal texts. Null: no http URL. */
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

/** Key of an object: its href relative to the calendar; the whole href when the object lies elsewhere. */
export function objectKey(calendar: string, object: string): string {
  const prefix = `${withoutSlash(calendar)}/`;
  return object.startsWith(prefix) ? object.slice(prefix.length) : object;
}
