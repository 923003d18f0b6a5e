/** Graph's paths: `me` is for tokens of a user, an application must name whose mailbox it means. */
import type { Access } from '../port.ts';

/** @returns the path as Graph is to be asked for it; `/me` at its beginning stands for the access's mailbox. */
export const mailboxPath = async (access: Access, path: string): Promise<string> =>
  path === '/me' || path.startsWith('/me/')
    ? `/${await mailboxSegment(access, encodeURIComponent)}${path.slice('/me'.length)}`
    : path;

/** The same for a subscription's resource, which is no URL: nothing is encoded. */
export const subscriptionResource = async (access: Access, calendarId: string): Promise<string> =>
  `${await mailboxSegment(access, String)}/calendars/${calendarId}/events`;

/** Tells which subscriptions' resources belong to the access's mailbox. */
export async function mailboxMatcher(
  access: Access,
): Promise<(resource: string | null | undefined) => boolean> {
  const mailbox = (await access.mailbox?.())?.toLowerCase();
  // Graph may spell what is before and around the id in its own way.
  return (resource) => !mailbox || (resource ?? '').toLowerCase().includes(mailbox);
}

async function mailboxSegment(access: Access, encode: (id: string) => string): Promise<string> {
  const mailbox = await access.mailbox?.();
  return mailbox ? `users/${encode(mailbox)}` : 'me';
}
