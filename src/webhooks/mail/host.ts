/** Whose calendar a mail came to. */
import { withoutTag } from '../../ical/itip.ts';
import { hostsByMail } from '../../store/bookings/invitations.ts';
import type { Tx } from '../../store/client.ts';
import type { MailParts } from './parts.ts';

export interface Addressee {
  host: string;
  /** All that the host may be invited by, lower case, the one that the mail came to first. */
  mailboxes: string[];
}

/**
 * What the relay noted goes before To and Cc, which name others too. There, a host's own e-mail address goes before what
 * only looks like a slug. An address that several hosts share is nobody's.
 */
export async function addresseeOf(tx: Tx, { envelope, named }: MailParts): Promise<Addressee | null> {
  const all = [...envelope, ...named].map(withoutTag);
  const hosts = await hostsByMail(tx, all.map(localOf), [...all, ...envelope, ...named]);
  const bySlug = (mailbox: string) => hosts.find(({ slug }) => slug === localOf(withoutTag(mailbox)));
  const byEmail = (mailbox: string) => {
    const found = [mailbox, withoutTag(mailbox)].map((one) =>
      hosts.filter(({ email }) => email?.toLowerCase() === one),
    );
    return found.find(({ length }) => length === 1)?.[0];
  };
  const tries = [
    ...envelope.map((mailbox) => ({ mailbox, host: bySlug(mailbox) ?? byEmail(mailbox) })),
    ...named.map((mailbox) => ({ mailbox, host: byEmail(mailbox) })),
    ...named.map((mailbox) => ({ mailbox, host: bySlug(mailbox) })),
  ];
  const found = tries.find(({ host }) => host);
  if (!found?.host) return null;
  const { id, slug, email } = found.host;
  const own = [...envelope, ...named].filter((one) => localOf(withoutTag(one)) === slug);
  const mailboxes = [found.mailbox, ...own, ...(email ? [email.toLowerCase()] : [])];
  return { host: id, mailboxes: [...new Set(mailboxes.flatMap((one) => [one, withoutTag(one)]))] };
}

const localOf = (mailbox: string) => mailbox.slice(0, mailbox.lastIndexOf('@'));
