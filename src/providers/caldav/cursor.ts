/** The cursor of a CalDAV calendar. It is stored as JSON: its field names must not change. */
import { ProviderError } from '../port.ts';

/** Etags by object key; null: the server sent none. */
export type Etags = Record<string, string | null>;

export type CalDavCursor = {
  /** Zone (IANA) in which all-day and floating times were read. */
  zone: string;
  /** Lower-case addresses of the calendar's owner. */
  owner: string[];
  /** Hrefs, as the server writes them, of objects that could not be read completely. */
  partial: string[];
  /** Hrefs of objects that were listed, and not found in the last pull: a second time is believed. Absent: none. */
  missing?: string[];
  /** Hrefs of objects that were not found twice, and may still be listed: they are asked for, and take no time. Absent: none. */
  gone?: string[];
} & (
  | { kind: 'sync'; token: string }
  | { kind: 'ctag'; token: string; etags: Etags }
  | { kind: 'etags'; etags: Etags }
);

export const writeCursor = (cursor: CalDavCursor): string => JSON.stringify(cursor);

/** @throws ProviderError `cursor-expired` when the text is no cursor of this provider */
export function readCursor(text: string): CalDavCursor {
  try {
    const cursor = JSON.parse(text) as CalDavCursor;
    if (['sync', 'ctag', 'etags'].includes(cursor.kind)) return cursor;
  } catch {
    // Text that is no JSON is answered below.
  }
  throw new ProviderError('cursor-expired', 'The cursor cannot be read.');
}
