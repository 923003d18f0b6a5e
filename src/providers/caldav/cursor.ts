/** The cursor of a CalDAV calendar. It is stored as JSON: its field names must not change. */
import { READER_VERSION } from '../ical-reader/reader.ts';
import { ProviderError } from '../port.ts';

/** Etags by object key; null: the server sent none. */
export type Etags = Record<string, string | null>;

export type CalDavCursor = {
  /** Zone (IANA) in which all-day and floating times were read. */
  zone: string;
  /** Lower-case addresses of the calendar's owner, as the server tells them. */
  owner: string[];
  /** The host's and the account's addresses by which events were judged. Absent: none. */
  host?: readonly string[];
  /** Hrefs, as the server writes them, of objects that could not be read completely. */
  partial: string[];
  /** Hrefs of objects that were listed, and not found in the last pull: a second time is believed. Absent: none. */
  missing?: string[];
  /** Hrefs of objects that were not found twice, and may still be listed: they are asked for, and take no time. Absent: none. */
  gone?: string[];
  /** Keys of objects that were read in part, but for which all the time that they may take counts as busy. */
  held: string[];
  /** The version of the reader that read the objects. */
  reader: number;
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
    const isRead = ['sync', 'ctag', 'etags'].includes(cursor.kind);
    if (isRead && cursor.reader === READER_VERSION) return cursor;
    if (isRead) throw new ProviderError('cursor-expired', 'The calendar was read by an earlier version.');
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    // Text that is no JSON is answered below.
  }
  throw new ProviderError('cursor-expired', 'The cursor cannot be read.');
}
