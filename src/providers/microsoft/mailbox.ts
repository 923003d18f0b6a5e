/** Graph's paths: a user's token means `me`, an application's token must name the mailbox. */
import type { Access } from '../port.ts';

/** @returns the path for Graph: `/me` at its beginning becomes the mailbox of the access */
export const mailboxPath = async (access: Access, path: string): Promise<string> =>
  path === '/me' || path.startsWith('/me/')
    ? `/${await mailboxSegment(access, encodeURIComponent)}${path.slice('/me'.length)}`
    : path;

/** A subscription's resource in the mailbox; it is no URL, so nothing is encoded. */
export const subscriptionResource = async (access: Access, calendarId: string): Promise<string> =>
  `${await mailboxSegment(access, String)}/calendars/${calendarId}/events`;

/** @returns a test whether a subscription's resource belongs to the mailbox of the access */
export async function mailboxMatcher(
  access: Access,
): Promise<(resource: string | null | undefined) => boolean> {
  const mailbox = (await access.mailbox?.())?.toLowerCase();
  // Graph may change the spelling around the mailbox id.
  return (resource) => !mailbox || (resource ?? '').toLowerCase().includes(mailbox);
}

async function mailboxSegment(access: Access, encode: (id: string) => string): Promise<string> {
  const mailbox = await access.mailbox?.();
  return mailbox ? `users/${encode(mailbox)}` : 'me';
}
