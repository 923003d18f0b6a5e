/** Finds the host whose calendar a mail is addressed to. */
import { withoutSubaddress } from '../../ical/itip.ts';
import { hostsByMail } from '../../store/bookings/invitations.ts';
import type { Tx } from '../../store/client.ts';
import type { MailParts } from './parts.ts';

export interface Addressee {
  host: string;
  /** Lower-case mailboxes of the host; the one that received the mail comes first. */
  mailboxes: string[];
}

/**
 * Envelope recipients take precedence over To and Cc, which name other people too. In To and Cc, a host's own e-mail
 * address takes precedence over a matching slug. An address shared by several hosts matches none.
 */
export async function addresseeOf(
  tx: Tx,
  { envelope, headerRecipients }: MailParts,
): Promise<Addressee | null> {
  const untagged = [...envelope, ...headerRecipients].map(withoutSubaddress);
  const hosts = await hostsByMail(tx, untagged.map(localOf), [...untagged, ...envelope, ...headerRecipients]);
  const bySlug = (mailbox: string) => hosts.find(({ slug }) => slug === localOf(withoutSubaddress(mailbox)));
  const byEmail = (mailbox: string) => {
    const found = [mailbox, withoutSubaddress(mailbox)].map((one) =>
      hosts.filter(({ email }) => email?.toLowerCase() === one),
    );
    return found.find(({ length }) => length === 1)?.[0];
  };
  const candidates = [
    ...envelope.map((mailbox) => ({ mailbox, host: bySlug(mailbox) ?? byEmail(mailbox) })),
    ...headerRecipients.map((mailbox) => ({ mailbox, host: byEmail(mailbox) })),
    ...headerRecipients.map((mailbox) => ({ mailbox, host: bySlug(mailbox) })),
  ];
  const found = candidates.find(({ host }) => host);
  if (!found?.host) return null;
  const { id, slug, email } = found.host;
  const slugMailboxes = [...envelope, ...headerRecipients].filter(
    (one) => localOf(withoutSubaddress(one)) === slug,
  );
  const mailboxes = [found.mailbox, ...slugMailboxes, ...(email ? [email.toLowerCase()] : [])];
  return { host: id, mailboxes: [...new Set(mailboxes.flatMap((one) => [one, withoutSubaddress(one)]))] };
}

const localOf = (mailbox: string) => mailbox.slice(0, mailbox.lastIndexOf('@'));
