/** A feed as an account: its address identifies it, and it has one calendar. */

import type { HttpFetch } from '../http.ts';
import type { IcalReader } from '../ical-reader/reader.ts';
import { type Access, type Identity, ProviderError, type RemoteCalendar } from '../port.ts';
import { fetchFeed } from './client.ts';
import { parseFeed } from './map-event.ts';
import { decodeSecret, feedIdOf } from './secret.ts';

const MAX_NAME_LENGTH = 200;
/** Only the feed's name and zone are read here. */
const EMPTY_WINDOW = { from: 0, to: 1 };

export const identify = async (access: Access): Promise<Identity> => ({
  subject: feedIdOf(decodeSecret(await access.token())),
  email: null,
});

/** @throws ProviderError when there is no calendar at the address */
export async function listCalendars(
  { fetch, userAgent, reader }: { fetch: HttpFetch; userAgent: string; reader: IcalReader },
  access: Access,
): Promise<RemoteCalendar[]> {
  const secret = decodeSecret(await access.token());
  const response = await fetchFeed(fetch, { access, url: secret.url, userAgent, known: null });
  if (!response)
    throw new ProviderError('transient', 'The server answered an unconditional request with 304.');
  const options = { zone: 'UTC', owner: [], window: EMPTY_WINDOW };
  const { calendar } = await parseFeed(reader, response.body, options, response.detour);
  return [
    {
      externalId: feedIdOf(secret),
      name: secret.name ?? (cleanName(calendar.name ?? '') || new URL(secret.url).hostname),
      timeZone: calendar.zone,
      primary: true,
      writable: false,
      watchable: false,
    },
  ];
}

/** The name in a feed may be any text: control characters are removed. */
const cleanName = (text: string) =>
  text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, MAX_NAME_LENGTH)
    .toWellFormed();
