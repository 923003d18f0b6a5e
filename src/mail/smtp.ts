/** Hands one mail to the mail server, over a connection of its own (RFC 5321). Each step has an end, and so has the whole. */
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { DeadlineError, withDeadline } from '../async/deadline.ts';
import type { SmtpTarget } from '../smtp-url.ts';
import { MINUTE, SECOND } from '../time/clock.ts';
import type { ComposedMail } from './compose.ts';

/**
 * What the mail server said. `refused`: it will not take this mail, ever. `unavailable`: it may take it later, or whether it
 * took it is not known. `code`: its answer's, null without one; `reason` may name the recipient.
 */
export type SmtpAnswer =
  | { is: 'accepted' }
  | { is: 'refused' | 'unavailable'; code: number | null; reason: string };

/** @throws the signal's reason once it fires: then it is not known whether the server took the mail */
export type SendOverSmtp = (mail: ComposedMail, signal: AbortSignal) => Promise<SmtpAnswer>;

/** Milliseconds. Servers look at a mail before they answer, and giving up too early sends it twice: the last steps have minutes. */
export interface SmtpLimits {
  dns: number;
  connect: number;
  greeting: number;
  /** Of silence. */
  silence: number;
  /** Of the whole. */
  whole: number;
}

const LIMITS: SmtpLimits = {
  dns: 10 * SECOND,
  connect: 20 * SECOND,
  greeting: MINUTE,
  silence: 2 * MINUTE,
  whole: 5 * MINUTE,
};

/** Answers of a server that wants something else of the connection: they say nothing of the mail (RFC 4954 §6, 3207 §4). */
const OF_THE_CONNECTION = new Set([530, 534, 535, 538]);
/** A server's words are kept up to here, in characters. */
const REASON_MAX = 300;

export interface SmtpDeps {
  target: SmtpTarget;
  /** What we call ourselves: the host of PUBLIC_URL. */
  name: string;
  /** Certificates that are trusted beside Node's own. */
  ca?: string;
  limits?: Partial<SmtpLimits>;
}

export function createSendOverSmtp({ target, name, ca, limits: given }: SmtpDeps): SendOverSmtp {
  const limits = { ...LIMITS, ...given };
  const { host, port, encryption, credentials } = target;
  const options = {
    ...{ host, port, name },
    secure: encryption === 'tls',
    requireTLS: encryption === 'required',
    ignoreTLS: encryption === 'none',
    tls: { minVersion: 'TLSv1.2' as const, ...(ca === undefined ? {} : { ca }) },
    dnsTimeout: limits.dns,
    connectionTimeout: limits.connect,
    greetingTimeout: limits.greeting,
    socketTimeout: limits.silence,
  };

  async function converse(connection: SMTPConnection, mail: ComposedMail): Promise<void> {
    // An error may come at any step, or between two, and then no callback is called.
    const broken = new Promise<never>((_resolve, reject) => {
      connection.on('error', reject);
      connection.once('end', () => reject(new Error('the mail server ended the connection')));
    });
    broken.catch(() => {});
    const step = (work: (done: (error?: Error | null) => void) => void) =>
      Promise.race([
        broken,
        new Promise<void>((resolve, reject) => work((error) => (error ? reject(error) : resolve()))),
      ]);
    await step((done) => connection.connect(done));
    if (credentials) {
      const { user, password: pass } = credentials;
      await step((done) => connection.login({ user, pass, credentials: { user, pass } }, done));
    }
    const { from, to } = mail.envelope;
    const envelope = { from, to: [to], size: mail.message.length };
    await step((done) => connection.send(envelope, mail.message, done));
  }

  return async (mail, signal) => {
    const connection = new SMTPConnection(options);
    try {
      await withDeadline(limits.whole, signal, () => converse(connection, mail));
      // The server has the mail; how the connection ends changes nothing.
      connection.quit();
      return { is: 'accepted' };
    } catch (error) {
      connection.close();
      signal.throwIfAborted();
      return answerOf(error);
    }
  };
}

function answerOf(error: unknown): SmtpAnswer {
  const { code, responseCode, message } = detailsOf(error);
  const ofMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  const status = responseCode ?? null;
  const refuses =
    ofMail && (status === null ? code === 'EENVELOPE' : status >= 500 && !OF_THE_CONNECTION.has(status));
  const reason = error instanceof DeadlineError ? `no answer within ${error.ms} ms` : message;
  return { is: refuses ? 'refused' : 'unavailable', code: status, reason: reason.slice(0, REASON_MAX) };
}

function detailsOf(error: unknown): { code?: string; responseCode?: number; message: string } {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  return {
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof responseCode === 'number' && responseCode > 0 ? { responseCode } : {}),
    message: error.message,
  };
}
