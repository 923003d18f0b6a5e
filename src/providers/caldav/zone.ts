/** The zone of a calendar, as servers tell it: an iCalendar object with one VTIMEZONE (RFC 4791 §5.2.2), or a name (RFC 7809). */
import { findIana } from 'windows-iana';
import { isZone } from '../../time/local-time.ts';

/** IANA name; null when nothing in it names a zone that is known. */
export function zoneOf(name: string, object: string): string | null {
  const named = /^(?:TZID|X-LIC-LOCATION)(?:;[^:\r\n]*)?:(.*)$/gim;
  const lines = object.replace(/\r?\n[ \t]/g, '');
  const names = [name, ...[...lines.matchAll(named)].map(([, value = '']) => value)];
  for (const one of names) {
    const zone = ianaOf(one.trim());
    if (zone) return zone;
  }
  return null;
}

function ianaOf(name: string): string | null {
  if (name === '' || name.length > 200) return null;
  if (isZone(name)) return name;
  const [windows] = findIana(name);
  if (windows && isZone(windows)) return windows;
  // Some put their own name before it: /freeassociation.sourceforge.net/Europe/Berlin.
  const parts = name.split('/').filter(Boolean);
  for (let count = Math.min(3, parts.length - 1); count >= 2; count -= 1) {
    const tail = parts.slice(-count).join('/');
    if (isZone(tail)) return tail;
  }
  return null;
}
