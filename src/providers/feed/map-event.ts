/** Parses a feed and maps its events, or says why the content is not usable. */
import { createHash } from 'node:crypto';
import {
  type CalendarRead,
  type IcalEvent,
  type ReadOptions,
  UnreadableCalendar,
} from '../../ical/read/calendar.ts';
import type { IcalReader } from '../ical-reader/reader.ts';
import { ProviderError, type ProviderFailure, type RemoteEvent } from '../port.ts';

/**
 * @param detour where redirects led, for the message
 * @throws ProviderError when the content is no readable calendar: the busy time of the last pull stays
 */
export async function parseFeed(
  reader: IcalReader,
  body: Buffer,
  options: ReadOptions,
  detour: string,
): Promise<CalendarRead> {
  try {
    return await reader.read(body, options);
  } catch (error) {
    if (!(error instanceof UnreadableCalendar)) throw error;
    const isWebPage = error.reason === 'not-a-calendar' && startsTag(body);
    const [reason, sentence] = isWebPage ? WEB_PAGE : UNREADABLE[error.reason];
    const publicMessage = sentence.replace(/\.$/, `${detour}.`);
    throw new ProviderError(reason, publicMessage, { publicMessage, cause: error });
  }
}

const WEB_PAGE = ['rejected', 'What this address answers is a web page, not a calendar.'] as const;
const UNREADABLE: Record<UnreadableCalendar['reason'], readonly [ProviderFailure, string]> = {
  'not-a-calendar': ['rejected', 'What this address answers is no calendar.'],
  empty: ['transient', 'What this address answers is empty.'],
  truncated: ['transient', 'What this address answers was cut off.'],
  'too-large': ['rejected', 'What this address answers is too much to be read.'],
};

/** A web page may begin with a byte order mark and spaces. */
const startsTag = (body: Buffer) => /^[^\x21-\x7e]*</.test(body.toString('latin1', 0, 1_000));

/** Maps one instance. UIDs may hold any character, but the last `#` separates the instance. */
export const mapEvent = ({ uid, recurrenceId, start, end, allDay, kind, title }: IcalEvent): RemoteEvent => ({
  externalId: `${uid}#${recurrenceId ?? ''}`,
  seriesId: recurrenceId === null ? null : uid,
  kind,
  start,
  end,
  allDay,
  title,
  ownId: null,
});

/** Fingerprint of the busy time: equal for equal time. */
export function fingerprintOf(events: readonly IcalEvent[]): string {
  const times = events.map(({ start, end, kind }) => `${start} ${end} ${kind}`).sort();
  return createHash('sha256').update(times.join('\n')).digest('base64url');
}
