/** Parses a mail: its recipients, and the calendars it contains. */
import PostalMime, { addressParser, type Email } from 'postal-mime';
import { decodeCalendar } from '../../ical/read/calendar.ts';

export interface MailParts {
  /** Lower-case envelope recipients, as the relay recorded them; the last hop comes first. */
  envelope: string[];
  /** Lower-case mailboxes of To and Cc. */
  headerRecipients: string[];
  /** Calendar texts without duplicates. */
  calendars: string[];
}

/** The mail can't be parsed. */
export class UnreadableMail extends Error {
  override readonly name = 'UnreadableMail';
  readonly reason: string;

  constructor(reason: string) {
    super(`unreadable mail: ${reason}`);
    this.reason = reason;
  }
}

const ENVELOPE_HEADERS = new Set(['x-envelope-to', 'envelope-to', 'x-original-to', 'delivered-to']);
const RECIPIENT_HEADERS = new Set(['to', 'cc']);
/** Limits of one mail. */
const MAX_ADDRESSES = 200;
const MAX_CALENDARS = 20;

/** @throws UnreadableMail */
export async function readMail(raw: Buffer): Promise<MailParts> {
  if (raw.length === 0) throw new UnreadableMail('empty');
  const mail = await PostalMime.parse(raw, {
    maxNestingDepth: 50,
    // A mail attached to the mail, as in a bounce, is not an invitation of this host.
    forceRfc822Attachments: true,
  }).catch(() => {
    throw new UnreadableMail('malformed');
  });
  if (mail.headers.length === 0) throw new UnreadableMail('malformed');
  const calendars = mail.attachments.filter(isCalendar).slice(0, MAX_CALENDARS).map(textOf);
  return {
    envelope: mailboxesOf(mail, ENVELOPE_HEADERS),
    headerRecipients: mailboxesOf(mail, RECIPIENT_HEADERS),
    calendars: [...new Set(calendars)],
  };
}

function mailboxesOf(mail: Email, names: ReadonlySet<string>): string[] {
  const mailboxes = mail.headers
    .filter(({ key }) => names.has(key))
    .flatMap(({ value }) => addressParser(value, { flatten: true }))
    .flatMap(({ address = '' }) => (address.includes('@') ? [address.toLowerCase()] : []));
  return [...new Set(mailboxes)].slice(0, MAX_ADDRESSES);
}

type Attachment = Email['attachments'][number];

const isCalendar = ({ mimeType, filename }: Attachment) =>
  /^(?:text\/calendar|application\/(?:x-)?ics)$/.test(mimeType) || /\.ics$/i.test(filename ?? '');

function textOf({ content }: Attachment): string {
  if (typeof content === 'string') return repairEncoding(content);
  return repairEncoding(decodeCalendar(content instanceof Uint8Array ? content : new Uint8Array(content)));
}

const WINDOWS_1252 = new TextDecoder('windows-1252').decode(
  Uint8Array.from({ length: 256 }, (_, byte) => byte),
);
const BYTE_OF = new Map([...WINDOWS_1252].map((char, byte) => [char, byte]));

/**
 * Calendars are UTF-8 whatever their mail's charset says (RFC 5545 §3.1.4): text decoded as Latin that is valid UTF-8
 * is decoded again.
 */
function repairEncoding(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const byte = BYTE_OF.get(text.charAt(i));
    if (byte === undefined) return text;
    bytes[i] = byte;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return text;
  }
}
