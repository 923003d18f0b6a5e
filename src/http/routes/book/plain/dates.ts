/** Times and days as the server writes them in a visitor's zone and language. */
import type { PageLanguage } from '../language.ts';

export interface PlainDates {
  readonly zone: string;
  /** "Thursday 5 June 2025" */
  day(at: number): string;
  /** "14:30" */
  time(at: number): string;
  /** The same with the zone's short name, where a clock shows one time twice. */
  timeWithZone(at: number): string;
  /** "Thursday 5 June 2025, 14:30 – 15:00" */
  span(start: number, end: number): string;
}

/** @param zone IANA */
export function plainDates(
  zone: string,
  { words, locale }: Pick<PageLanguage, 'words' | 'locale'>,
): PlainDates {
  const write = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale ?? words.language, { timeZone: zone, ...options });
  const day = write({ dateStyle: 'full' });
  const time = write({ timeStyle: 'short' });
  return {
    zone,
    day: (at) => day.format(at),
    time: (at) => time.format(at),
    timeWithZone: (at) => write({ hour: 'numeric', minute: '2-digit', timeZoneName: 'short' }).format(at),
    span: (start, end) => write({ dateStyle: 'full', timeStyle: 'short' }).formatRange(start, end),
  };
}
