/** Time zones as Graph takes and tells them: Windows names and IANA names alike. */
import { localDateTime } from '../../time/local-time.ts';
import { ianaName } from '../../time/zone-names.ts';
import type { Exchange } from '../exchange.ts';
import { refusal } from './errors.ts';

/** A zone as the client named it, and what it is. */
export interface NamedZone {
  name: string;
  iana: string;
}

const UTC: NamedZone = { name: 'UTC', iana: 'UTC' };

/** @throws Refusal TimeZoneNotSupportedException */
export function zoneNamed(name: string): NamedZone {
  const iana = ianaName(name);
  if (iana === null) {
    throw refusal(400, 'TimeZoneNotSupportedException', `The time zone '${name}' is not supported.`);
  }
  return { name, iana };
}

/** The value of one preference of the Prefer header; null: not asked for. */
export function preference(exchange: Exchange, name: string): string | null {
  for (const part of (exchange.headers.prefer ?? '').split(/[,;](?=(?:[^"]*"[^"]*")*[^"]*$)/)) {
    const [key = '', value = ''] = part.split('=').map((each) => each.trim());
    if (key.toLowerCase() === name.toLowerCase()) return value.replace(/^"(.*)"$/, '$1');
  }
  return null;
}

/** Zone of the answer's times: UTC unless the client prefers another. @throws Refusal */
export function preferredZone(exchange: Exchange): NamedZone {
  const name = preference(exchange, 'outlook.timezone');
  return name === null ? UTC : zoneNamed(name);
}

/** Seven digits of fraction, no offset. */
export const graphTime = (at: number, zone: NamedZone) => ({
  dateTime: `${localDateTime(zone.iana, at)}.0000000`,
  timeZone: zone.name,
});
