/** The forms of SMTP_URL and MAIL_FROM. */

/** How a connection is encrypted. `start`: by STARTTLS where the server offers it; `required`: by STARTTLS, or not at all. */
export type SmtpEncryption = 'tls' | 'required' | 'start' | 'none';

/** A mail server that takes mail, as SMTP_URL names it. */
export interface SmtpTarget {
  host: string;
  port: number;
  encryption: SmtpEncryption;
  /** Null: it takes mail without. */
  credentials: { user: string; password: string } | null;
}

/** Who mails come from. */
export interface Mailbox {
  /** Empty: the address stands alone. */
  name: string;
  address: string;
}

/** Its message continues "SMTP_URL …" and never holds the password. */
export class SmtpUrlError extends Error {}

const FORMS =
  'must be a URL as smtp://user:password@host:587, or smtps://user:password@host:465 where TLS is spoken from the start';

/** Without `tls=…`, a password goes over an encrypted connection alone, unless the server is this machine. */
const ENCRYPTIONS: Readonly<Record<string, SmtpEncryption>> = {
  required: 'required',
  optional: 'start',
  off: 'none',
};

/** @throws SmtpUrlError */
export function parseSmtpUrl(text: string): SmtpTarget {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new SmtpUrlError(FORMS);
  }
  const isTls = url.protocol === 'smtps:';
  if ((!isTls && url.protocol !== 'smtp:') || url.hostname === '') throw new SmtpUrlError(FORMS);
  if (url.pathname.length > 1 || url.hash !== '')
    throw new SmtpUrlError(`${FORMS}; nothing follows the port but ?tls=…`);
  const host = decoded(url.hostname).replace(/^\[|\]$/g, '');
  const [user, password] = [decoded(url.username), decoded(url.password)];
  if ((user === '') !== (password === ''))
    throw new SmtpUrlError('must hold both a user and a password, or neither');
  if (url.port === '0') throw new SmtpUrlError(FORMS);
  return {
    host,
    port: url.port === '' ? (isTls ? 465 : 587) : Number(url.port),
    encryption: encryptionOf(url, isTls, user !== '' && !isLoopback(host)),
    credentials: user === '' ? null : { user, password },
  };
}

function encryptionOf({ searchParams }: URL, isTls: boolean, hasPassword: boolean): SmtpEncryption {
  const unknown = [...searchParams.keys()].find((name) => name !== 'tls');
  if (unknown !== undefined) throw new SmtpUrlError(`has a parameter that is not known: ${unknown}`);
  const asked = searchParams.get('tls');
  if (isTls && asked !== null) throw new SmtpUrlError('begins with smtps://, which takes no tls=…');
  if (isTls) return 'tls';
  if (asked === null) return hasPassword ? 'required' : 'start';
  const encryption = ENCRYPTIONS[asked];
  if (!encryption) throw new SmtpUrlError('takes tls=required, tls=optional or tls=off');
  return encryption;
}

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || /^127\./.test(host);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new SmtpUrlError('has a % that begins no percent-encoded character; write %25 for %');
  }
}

const MAILBOX = /^(?:\s*(?:"([^"\p{Cc}]*)"|([^"<>@,;\p{Cc}]*?))\s*<([^<>]+)>|([^<>]+))\s*$/u;
const ADDRESS = /^[^\s@<>()[\],;:"\p{Cc}]{1,64}@[^\s@<>()[\],;:"\p{Cc}]{1,253}$/u;

/** Reads `name@domain` and `Name <name@domain>`; null for any other text. */
export function parseMailbox(text: string): Mailbox | null {
  const [, quoted, plain, bracketed, alone] = MAILBOX.exec(text) ?? [];
  const address = (bracketed ?? alone ?? '').trim();
  return ADDRESS.test(address) ? { name: quoted ?? plain ?? '', address } : null;
}
