/** ISO 8601 durations, weeks to seconds. A day is 24 hours; months and years have no length and are refused. */
import { DAY, HOUR, MINUTE, SECOND } from './clock.ts';

const FORM = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,3}))?S)?)?$/;
const WEEK = 7 * DAY;

/** Milliseconds, or null when the text is no such duration. */
export function parseDuration(text: string): number | null {
  const match = FORM.exec(text);
  if (!match || text === 'P') return null;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1, 6)
    .map((part) => Number(part ?? 0));
  const fraction = Number((match[6] ?? '').padEnd(3, '0'));
  const ms = weeks * WEEK + days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND + fraction;
  return Number.isSafeInteger(ms) ? ms : null;
}

/** The shortest form: PT0S, PT90S becomes PT1M30S, P1D for 24 hours. Negative lengths are written as zero. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.round(ms));
  const take = (unit: number) => {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    return count;
  };
  const days = take(DAY);
  const [hours, minutes] = [take(HOUR), take(MINUTE)];
  const seconds = rest / SECOND;
  const time = [hours && `${hours}H`, minutes && `${minutes}M`, seconds && `${seconds}S`]
    .filter(Boolean)
    .join('');
  if (!days && !time) return 'PT0S';
  return `P${days ? `${days}D` : ''}${time ? `T${time}` : ''}`;
}
