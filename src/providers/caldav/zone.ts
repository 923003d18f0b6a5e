/** The zone of a calendar, as servers tell it: an iCalendar object with one VTIMEZONE (RFC 4791 §5.2.2), or a name (RFC 7809). */
import { ianaName, zoneAtEnd } from '../../time/zone-names.ts';

/** IANA name; null when nothing in it names a zone that is known. */
export function parseCalendarZone(name: string, icalendar: string): string | null {
  const named = /^(?:TZID|X-LIC-LOCATION)(?:;[^:\r\n]*)?:(.*)$/gim;
  const lines = icalendar.replace(/\r?\n[ \t]/g, '');
  const names = [name, ...[...lines.matchAll(named)].map(([, value = '']) => value)];
  for (const one of names) {
    const zone = ianaName(one.trim()) ?? zoneAtEnd(one.trim());
    if (zone) return zone;
  }
  return null;
}
