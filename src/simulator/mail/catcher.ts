/** A mail server that delivers nothing: it takes every mail and keeps the latest, for the page that shows them. */
import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';
import type { Log } from '../../log.ts';
import type { Clock, Instant } from '../../time/clock.ts';

/** A mail as it was taken. */
export interface CaughtMail {
  /** Counted from 1. */
  id: number;
  at: Instant;
  from: string;
  to: string[];
  subject: string;
  /** Absent where the mail has none. */
  text?: string;
  html?: string;
  attachments: { name: string; type: string; content: string }[];
}

export interface MailCatcher {
  /** For SMTP_URL. */
  smtpUrl: string;
  /** The newest first. */
  mails(): readonly CaughtMail[];
  close(): Promise<void>;
}

const MAILS_MAX = 200;
const MAIL_SIZE_MAX = 1_048_576;
/** Milliseconds for which open conversations are waited for at the end. */
const CLOSE_TIMEOUT = 500;

/** It listens on any free port of the loopback interface. */
export async function createMailCatcher({ clock, log }: { clock: Clock; log?: Log }): Promise<MailCatcher> {
  const mails: CaughtMail[] = [];
  let count = 0;

  async function take(stream: SMTPServerDataStream, from: string, to: string[]) {
    const {
      subject = '',
      text,
      html,
      attachments,
    } = await PostalMime.parse(await readAll(stream), {
      attachmentEncoding: 'utf8',
    });
    mails.unshift({
      ...{ id: ++count, at: clock.now(), from, to, subject },
      ...(text === undefined ? {} : { text }),
      ...(html === undefined ? {} : { html }),
      attachments: attachments.map(({ filename, mimeType, content }) => ({
        name: filename ?? 'attachment',
        type: mimeType,
        content: typeof content === 'string' ? content : '',
      })),
    });
    mails.length = Math.min(mails.length, MAILS_MAX);
  }

  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    size: MAIL_SIZE_MAX,
    closeTimeout: CLOSE_TIMEOUT,
    logger: false,
    onAuth: ({ username }, _session, done) => done(null, { user: username }),
    onData(stream, { envelope: { mailFrom, rcptTo } }, done) {
      take(
        stream,
        mailFrom ? mailFrom.address : '',
        rcptTo.map(({ address }) => address),
      ).then(
        () => done(),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  server.on('error', (err) => log?.debug({ err }, 'simulated mail server'));
  const { port } = server.server.address() as AddressInfo;
  return {
    smtpUrl: `smtp://127.0.0.1:${port}?tls=off`,
    mails: () => mails,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

async function readAll(stream: SMTPServerDataStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
