/** The conversation with a real mail server. */
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createSendOverSmtp, type SmtpLimits } from '../../src/mail/smtp.ts';
import { parseSmtpUrl } from '../../src/smtp-url.ts';
import { gate, signal } from '../harness/gate.ts';
import { freePort } from '../harness/ports.ts';
import { LOCALHOST_CERTIFICATE } from './certificate.fixture.ts';
import {
  SMTP_PASSWORD,
  SMTP_USER,
  type SmtpBehaviour,
  type SmtpServerHandle,
  smtpError,
  startSmtpServer,
} from './smtp-server.fixture.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

const MAIL = {
  envelope: { from: 'bookings@example.com', to: 'eve@example.org' },
  message: Buffer.from('Subject: Hello\r\n\r\n.A line that begins with a dot\r\n'),
};
const NEVER = new AbortController().signal;
const CREDENTIALS = `${encodeURIComponent(SMTP_USER)}:${encodeURIComponent(SMTP_PASSWORD)}@`;

async function server(behaviour: SmtpBehaviour = {}): Promise<SmtpServerHandle> {
  const started = await startSmtpServer(behaviour);
  opened.push(started);
  return started;
}
const sendTo = (url: string, { ca = LOCALHOST_CERTIFICATE, limits = {} as Partial<SmtpLimits> } = {}) =>
  createSendOverSmtp({ target: parseSmtpUrl(url), name: 'cal.example', ca, limits });

describe('a mail server', () => {
  it('takes a mail as it was made, for the one address alone', async () => {
    const { url, taken } = await server();
    expect(await sendTo(url)(MAIL, NEVER)).toEqual({ is: 'accepted' });
    expect(taken).toEqual([
      {
        from: 'bookings@example.com',
        to: ['eve@example.org'],
        raw: MAIL.message.toString(),
        secure: false,
        user: null,
      },
    ]);
  });

  it.each(['from the start', 'offered'] as const)(
    'takes it over TLS that is spoken or %s, with credentials',
    async (tls) => {
      const { url, taken } = await server({ tls, auth: true });
      expect(await sendTo(url.replace('//', `//${CREDENTIALS}`))(MAIL, NEVER)).toEqual({ is: 'accepted' });
      expect(taken).toMatchObject([{ secure: true, user: SMTP_USER }]);
    },
  );

  it('is spoken to in plain text when it offers nothing else, unless TLS is required', async () => {
    const { url, taken } = await server();
    expect(await sendTo(`${url}?tls=required`)(MAIL, NEVER)).toMatchObject({ is: 'unavailable' });
    expect(taken).toEqual([]);
  });

  it.each(['from the start', 'offered'] as const)(
    'whose certificate nobody vouches for gets no mail and no password over TLS that is spoken or %s',
    async (tls) => {
      const { url, taken } = await server({ tls, auth: true });
      const send = createSendOverSmtp({
        target: parseSmtpUrl(url.replace('//', `//${CREDENTIALS}`)),
        name: 'cal.example',
      });
      expect(await send(MAIL, NEVER)).toMatchObject({ is: 'unavailable', code: null });
      expect(taken).toEqual([]);
    },
  );

  it('that refuses the password refuses no mail: another password may do', async () => {
    const { url } = await server({ auth: true });
    const wrong = url.replace('//', '//someone:else@');
    expect(await sendTo(wrong)(MAIL, NEVER)).toMatchObject({ is: 'unavailable', code: 535 });
    expect(await sendTo(url)(MAIL, NEVER)).toMatchObject({ is: 'unavailable', code: 530 });
  });

  it.each([
    ['refuses the recipient', { onRecipient: () => smtpError(550, 'no such user') }, 'refused', 550],
    ['puts the recipient off', { onRecipient: () => smtpError(450, 'greylisted') }, 'unavailable', 450],
    ['refuses the mail', { onMail: () => smtpError(554, 'spam') }, 'refused', 554],
    ['puts the mail off', { onMail: () => smtpError(452, 'disk full') }, 'unavailable', 452],
  ] satisfies [string, SmtpBehaviour, string, number][])(
    'that %s is heard',
    async (_title, behaviour, is, code) => {
      const { url } = await server(behaviour);
      expect(await sendTo(url)(MAIL, NEVER)).toEqual({ is, code, reason: expect.any(String) });
    },
  );

  it('that is away may take the mail later', async () => {
    const port = await freePort();
    expect(await sendTo(`smtp://127.0.0.1:${port}`)(MAIL, NEVER)).toMatchObject({
      is: 'unavailable',
      code: null,
    });
  });

  it.each([
    ['greets nobody', ''],
    ['falls silent after its greeting', '220 mail.example\r\n'],
  ])('that %s is given up', async (_title, greeting) => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.write(greeting);
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    opened.push({
      close: () =>
        new Promise((resolve) => {
          for (const socket of sockets) socket.destroy();
          silent.close(() => resolve());
        }),
    });
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const send = sendTo(`smtp://127.0.0.1:${port}`, { limits: { greeting: 50, silence: 50 } });
    expect(await send(MAIL, NEVER)).toMatchObject({ is: 'unavailable', code: null });
    const whole = sendTo(`smtp://127.0.0.1:${port}`, { limits: { whole: 50 } });
    expect(await whole(MAIL, NEVER)).toMatchObject({ is: 'unavailable', reason: 'no answer within 50 ms' });
  });

  it('is left when the process must stop, and has taken nothing then', async () => {
    const [recipient, stopping] = [signal(), new AbortController()];
    const { url, taken } = await server({
      onMail: () => {
        throw new Error('no mail comes');
      },
      onRecipient: () => {
        recipient.give();
        stopping.abort(new Error('stopping'));
        return null;
      },
    });
    await expect(sendTo(url)(MAIL, stopping.signal)).rejects.toThrow('stopping');
    await recipient.given;
    expect(taken).toEqual([]);
  });

  it('that has answered has the mail, however the connection ends then', async () => {
    const [arrived, { url, taken }] = [gate(), await server()];
    const sending = sendTo(url)(MAIL, NEVER).then(async (answer) => {
      await arrived.step();
      return answer;
    });
    await arrived.reached;
    await opened.splice(0)[0]?.close();
    arrived.open();
    expect(await sending).toEqual({ is: 'accepted' });
    expect(taken).toHaveLength(1);
  });
});
