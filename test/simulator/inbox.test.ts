/** The demo's mail server, which delivers nothing, and the pages that show what it took. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSendOverSmtp } from '../../src/mail/smtp.ts';
import { createMailCatcher, type MailCatcher } from '../../src/simulator/mail/catcher.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { parseSmtpUrl } from '../../src/smtp-url.ts';
import { systemClock } from '../../src/time/clock.ts';

let inbox: MailCatcher;
let simulator: Simulator;
beforeAll(async () => {
  inbox = await createMailCatcher({ clock: systemClock });
  simulator = await createSimulator({ clock: systemClock, inbox });
});
afterAll(async () => {
  await simulator?.close();
  await inbox?.close();
});

const page = async (path: string) => {
  const response = await fetch(`${simulator.url}${path}`);
  return { status: response.status, headers: response.headers, text: await response.text() };
};

const EVIL = '<script>alert(1)</script>';
const MESSAGE = [
  `Subject: Hello ${EVIL}`,
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain',
  '',
  `as text ${EVIL}`,
  '--b',
  'Content-Type: text/html',
  '',
  `<p>as HTML</p>${EVIL}`,
  '--b',
  'Content-Type: text/calendar; name="invite.ics"',
  'Content-Disposition: attachment; filename="invite.ics"',
  '',
  'BEGIN:VCALENDAR',
  '--b--',
  '',
].join('\r\n');

describe('the inbox', () => {
  it('is empty at first, then shows each mail as text, HTML without scripts, and attachments', async () => {
    expect((await page('/mail')).text).toContain('Nothing was mailed yet');
    const send = createSendOverSmtp({ target: parseSmtpUrl(inbox.smtpUrl), name: 'cal.example' });
    const envelope = { from: 'bookings@example.com', to: 'eve@example.org' };
    const answer = await send({ envelope, message: Buffer.from(MESSAGE) }, new AbortController().signal);
    expect(answer).toEqual({ is: 'accepted' });
    const list = (await page('/mail')).text;
    expect(list).toContain('eve@example.org');
    expect(list).toContain('Hello &lt;script&gt;');
    const mail = (await page('/mail/1')).text;
    for (const text of [list, mail]) expect(text).not.toContain(EVIL);
    expect(mail).toContain('as text &lt;script&gt;');
    const html = await page('/mail/1/html');
    expect(html.text).toContain('<p>as HTML</p>');
    expect(html.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
    const attachment = await page('/mail/1/attachments/0');
    expect(attachment.text).toContain('BEGIN:VCALENDAR');
    expect(attachment.headers.get('content-type')).toContain('text/plain');
    for (const path of ['/mail/2', '/mail/1/attachments/1']) expect((await page(path)).status).toBe(404);
  });

  it('is no page of a simulator without a mail server', async () => {
    const plain = await createSimulator({ clock: systemClock });
    expect((await fetch(`${plain.url}/mail`)).status).toBe(404);
    await plain.close();
  });
});
