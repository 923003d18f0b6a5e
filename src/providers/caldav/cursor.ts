/** Where the next round begins: the best that the server offers to tell changes by. */
import { ProviderError } from '../port.ts';

/** Of objects by their key; null: the server told none. */
export type Etags = Record<string, string | null>;

export type CalDavCursor = {
  /** By which all-day and floating times were read. */
  zone: string;
  /** Addresses of the calendar's owner. */
  owner: string[];
  /** Hrefs, as the server writes them, of objects that could not be read whole. */
  partial: string[];
} & (
  | { kind: 'sync'; token: string }
  | { kind: 'ctag'; token: string; etags: Etags }
  | { kind: 'etags'; etags: Etags }
);

export const writeCursor = (cursor: CalDavCursor): string => JSON.stringify(cursor);

/** @throws ProviderError `cursor-expired` when it is none of ours */
export function readCursor(text: string): CalDavCursor {
  try {
    const cursor = JSON.parse(text) as CalDavCursor;
    if (['sync', 'ctag', 'etags'].includes(cursor.kind)) return cursor;
  } catch {
    // Falls through.
  }
  throw new ProviderError('cursor-expired', 'The cursor means nothing.');
}
