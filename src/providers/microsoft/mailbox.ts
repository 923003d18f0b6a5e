/** Graph's paths: `me` is for tokens of a user, an application must name whose mailbox it means. */
import type { Access } from '../port.ts';

/** @returns the path as Graph is to be asked for it; `/me` at its beginning stands for the access's mailbox. */
export const ofMailbox = async (access: Access, path: string): Promise<string> =>
  path === '/me' || path.startsWith('/me/')
    ? `/${await mailboxOf(access, encodeURIComponent)}${path.slice('/me'.length)}`
    : path;

/** The same for a subscription's resource, which is no URL: nothing is encoded. */
export const resourceOf = async (access: Access, calendarId: string): Promise<string> =>
  `${await mailboxOf(access, String)}/calendars/${calendarId}/events`;

/** Tells which subscriptions' resources belong to the access's mailbox. */
export async function isOfMailbox(access: Access): Promise<(resource: string | null | undefined) => boolean> {
  const mailbox = (await access.mailbox?.())?.toLowerCase();
  // Graph may spell what is before and around the id in its own way.
  return (resource) => !mailbox || (resource ?? '').toLowerCase().includes(mailbox);
}

async function mailboxOf(access: Access, form: (id: string) => string): Promise<string> {
  const mailbox = await access.mailbox?.();
  return mailbox ? `users/${form(mailbox)}` : 'me';
}
