/** The identity of a Microsoft account, and its calendars. */
import type { Calendar, User } from '@microsoft/microsoft-graph-types';
import { type Access, type Identity, ProviderError, type RemoteCalendar } from '../port.ts';
import type { GraphClient } from './client.ts';
import { readAll } from './pages.ts';
import { mailboxZone } from './zone.ts';

export async function identify(client: GraphClient, access: Access): Promise<Identity> {
  const user = await readUser(client, access);
  if (user?.id) {
    const { id, mail, userPrincipalName } = user;
    return {
      subject: id,
      email: mail ?? userPrincipalName ?? null,
      otherAddresses: mail && userPrincipalName ? [userPrincipalName] : [],
    };
  }
  const calendars = await readCalendars(client, access);
  const owner = calendars.find((calendar) => calendar.isDefaultCalendar)?.owner?.address;
  if (!owner)
    throw new ProviderError(
      'rejected',
      'Microsoft names neither the user nor the owner of a default calendar.',
    );
  return { subject: owner.toLowerCase(), email: owner };
}

async function readUser(client: GraphClient, access: Access): Promise<User | null> {
  try {
    return await client.get<User>(access, '/me');
  } catch (error) {
    if (error instanceof ProviderError && error.reason === 'rejected' && error.status !== 401) return null;
    throw error;
  }
}

export async function listCalendars(client: GraphClient, access: Access): Promise<RemoteCalendar[]> {
  const calendars = await readCalendars(client, access);
  const timeZone = await mailboxZone(client, access);
  return calendars.flatMap(({ id, name, isDefaultCalendar, canEdit }) =>
    id
      ? [
          {
            externalId: id,
            name: name ?? id,
            timeZone,
            primary: isDefaultCalendar === true,
            writable: canEdit === true,
            watchable: true,
          },
        ]
      : [],
  );
}

const readCalendars = (client: GraphClient, access: Access) =>
  readAll<Calendar>(client, access, '/me/calendars', { query: { $top: '100' } });
