/** Ids in the form of each provider. Equal names give equal ids, so that a world can be reproduced. */
import { createHash } from 'node:crypto';
import type { SimulatedProvider } from './world.ts';

const digest = (parts: readonly string[]) => createHash('sha256').update(parts.join('\n')).digest();

export function personId(provider: SimulatedProvider, email: string): string {
  const bytes = digest(['person', email]);
  if (provider === 'google')
    return BigInt(`0x${bytes.subarray(0, 8).toString('hex')}`)
      .toString()
      .slice(0, 21);
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** The primary calendar of Google goes by its owner's address. */
export function calendarId(
  provider: SimulatedProvider,
  owner: string,
  name: string,
  primary: boolean,
): string {
  const bytes = digest(['calendar', owner, name]);
  if (provider === 'microsoft') return `AAMkAG${bytes.toString('base64url')}AAA=`;
  return primary ? owner : `c_${bytes.toString('hex').slice(0, 32)}@group.calendar.google.com`;
}

/** Google: base32hex. Microsoft: base64url that ends with "=". */
export function eventId(provider: SimulatedProvider, calendar: string, count: number): string {
  const bytes = digest(['event', calendar, String(count)]);
  if (provider === 'microsoft') return `AAMkAD${bytes.toString('base64url')}AAA=`;
  return Array.from(bytes.subarray(0, 26), (byte) => (byte % 32).toString(32)).join('');
}
