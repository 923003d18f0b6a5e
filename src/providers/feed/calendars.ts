/** A feed as an account: its address is who it is, and it has one calendar. */

import type { WebFetch } from '../http.ts';
import type { Reader } from '../ical-reader/reader.ts';
import { type Access, type Identity, ProviderError, type RemoteCalendar } from '../port.ts';
import { askFeed } from './client.ts';
import { readFeed } from './map-event.ts';
import { idOf, openSecret } from './secret.ts';

const LONGEST_NAME = 200;
/** Name and zone alone are wanted. */
const NO_TIME = { from: 0, to: 1 };

export const identify = async (access: Access): Promise<Identity> => ({
  subject: idOf(openSecret(await access.token())),
  email: null,
});

/** @throws ProviderError unless there is a calendar */
export async function listCalendars(
  { fetch, reader }: { fetch: WebFetch; reader: Reader },
  access: Access,
): Promise<RemoteCalendar[]> {
  const secret = openSecret(await access.token());
  const answer = await askFeed(fetch, { access, url: secret.url, known: null });
  if (!answer) throw new ProviderError('transient', 'The server told nothing.');
  const { calendar } = await readFeed(reader, answer.body, { zone: 'UTC', owner: [], window: NO_TIME });
  return [
    {
      externalId: idOf(secret),
      name: secret.name ?? (nameIn(calendar.name ?? '') || new URL(secret.url).hostname),
      timeZone: calendar.zone,
      primary: true,
      writable: false,
      watchable: false,
    },
  ];
}

/** Anybody may have written it. */
const nameIn = (text: string) =>
  text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, LONGEST_NAME)
    .toWellFormed();
