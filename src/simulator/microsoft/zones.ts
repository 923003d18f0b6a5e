/** Time zones as Graph reads and writes them: Windows names and IANA names alike. */
import { localDateTime } from '../../time/local-time.ts';
import { ianaName } from '../../time/zone-names.ts';
import type { SimulatedRequest } from '../http.ts';
import { apiError } from './errors.ts';

/** A zone by the name that the client used, and by its IANA name. */
export interface NamedZone {
  name: string;
  iana: string;
}

const UTC: NamedZone = { name: 'UTC', iana: 'UTC' };

/** @throws HttpError TimeZoneNotSupportedException */
export function parseZone(name: string): NamedZone {
  const iana = ianaName(name);
  if (iana === null) {
    throw apiError(400, 'TimeZoneNotSupportedException', `The time zone '${name}' is not supported.`);
  }
  return { name, iana };
}

/** The value of one preference of the Prefer header; null: absent. */
export function preference(request: SimulatedRequest, name: string): string | null {
  for (const part of (request.headers.prefer ?? '').split(/[,;](?=(?:[^"]*"[^"]*")*[^"]*$)/)) {
    const [key = '', value = ''] = part.split('=').map((each) => each.trim());
    if (key.toLowerCase() === name.toLowerCase()) return value.replace(/^"(.*)"$/, '$1');
  }
  return null;
}

/** The zone of the times in the response: UTC unless the client prefers another. @throws HttpError */
export function preferredZone(request: SimulatedRequest): NamedZone {
  const name = preference(request, 'outlook.timezone');
  return name === null ? UTC : parseZone(name);
}

/** Seven digits of fraction, no offset. */
export const graphTime = (at: number, zone: NamedZone) => ({
  dateTime: `${localDateTime(zone.iana, at)}.0000000`,
  timeZone: zone.name,
});
