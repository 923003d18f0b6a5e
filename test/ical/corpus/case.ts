/** One question to the corpus: a calendar, a window, and who agrees with the answer. */

export interface CorpusCase {
  name: string;
  /** The components of the calendar, with bare line feeds. */
  ics: string;
  /** IANA: of floating times and whole days. */
  zone: string;
  /** UTC, `YYYY-MM-DD` or with a time. */
  from: string;
  to: string;
  /** Who is right: recurring_ical_events unless stated, else dateutil; `none` when neither, and `expect` stands. */
  engine: 'events' | 'dateutil' | 'none';
  /** `start/end` in UTC, of what takes time. */
  expect?: string[];
  /** The engines may agree, by the zone data that they find. */
  mayAgree?: true;
  /** What RFC 5545 says, where recurring_ical_events reads it otherwise. */
  why?: string;
  /** What can't be read is reported. */
  partial: boolean;
  owner: string[];
}

type Rest = Partial<Omit<CorpusCase, 'name' | 'ics'>>;

/** Two weeks around the end of summer time in Berlin unless stated. */
export const ask = (name: string, ics: string, rest: Rest = {}): CorpusCase => ({
  name,
  ics: ics.trim(),
  zone: 'Europe/Berlin',
  from: '2026-10-20',
  to: '2026-11-05',
  engine: rest.expect ? 'none' : 'events',
  partial: false,
  owner: [],
  ...rest,
});

/** A VEVENT of these lines. */
export const event = (lines: string, uid = 'a') =>
  `BEGIN:VEVENT\nUID:${uid}\nDTSTAMP:20260101T000000Z\n${lines.trim()}\nEND:VEVENT`;

export const calendarOf = (ics: string) =>
  `BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Corpus//EN\n${ics}\nEND:VCALENDAR\n`.replaceAll('\n', '\r\n');
