/** A real mail server on the loopback interface that answers as a test says, and keeps what it took. */
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions } from 'smtp-server';
import { LOCALHOST_CERTIFICATE, LOCALHOST_KEY } from './certificate.fixture.ts';

/** A mail that the server took. */
export interface TakenMail {
  from: string;
  to: string[];
  /** As it came. */
  raw: string;
  /** It came over TLS. */
  secure: boolean;
  /** Who handed it over; null: it took it without. */
  user: string | null;
}

export interface SmtpServerHandle {
  port: number;
  /** As SMTP_URL. */
  url: string;
  taken: TakenMail[];
  /** Connections that were opened. */
  connections(): number;
  close(): Promise<void>;
}

export const SMTP_USER = 'relay@example.com';
export const SMTP_PASSWORD = 'p@ss/word %';

/** An error that the server answers with. */
export const smtpError = (responseCode: number, message: string) =>
  Object.assign(new Error(message), { responseCode });

export interface SmtpBehaviour {
  port?: number;
  /** TLS from the start; STARTTLS is offered; or none of the two, the default. */
  tls?: 'from the start' | 'offered';
  /** It wants SMTP_USER and SMTP_PASSWORD. */
  auth?: boolean;
  onRecipient?(address: string): Error | null;
  /** Called when a whole mail has come, before it is taken; an error is the answer. */
  onMail?(mail: TakenMail): Promise<Error | null> | Error | null;
}

export async function startSmtpServer(behaviour: SmtpBehaviour = {}): Promise<SmtpServerHandle> {
  const { tls, auth = false, onRecipient, onMail } = behaviour;
  const taken: TakenMail[] = [];
  let opened = 0;
  const options: SMTPServerOptions = {
    ...{ key: LOCALHOST_KEY, cert: LOCALHOST_CERTIFICATE },
    secure: tls === 'from the start',
    // A server that offers no STARTTLS doesn't take it, either.
    ...(tls === 'offered' ? {} : { hideSTARTTLS: true, disabledCommands: ['STARTTLS'] }),
    authOptional: !auth,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 0,
    onConnect(_session, done) {
      opened += 1;
      done();
    },
    onAuth({ username, password }, _session, done) {
      if (username === SMTP_USER && password === SMTP_PASSWORD) done(null, { user: username });
      else done(smtpError(535, 'Authentication failed'));
    },
    onRcptTo: ({ address }, _session, done) => done(onRecipient?.(address) ?? null),
    onData(stream, session, done) {
      const taking = read(stream).then(async (raw) => {
        const { mailFrom, rcptTo } = session.envelope;
        const mail: TakenMail = {
          ...{ raw, secure: session.secure, user: typeof session.user === 'string' ? session.user : null },
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
        };
        const error = (await onMail?.(mail)) ?? null;
        if (!error) taken.push(mail);
        done(error);
      });
      // The client left in the middle of its mail.
      taking.catch(() => {});
    },
  };
  const server = new SMTPServer(options);
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(behaviour.port ?? 0, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    url: `${tls === 'from the start' ? 'smtps' : 'smtp'}://127.0.0.1:${port}`,
    taken,
    connections: () => opened,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function read(stream: SMTPServerDataStream): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
