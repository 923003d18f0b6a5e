import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE } from '../../../src/time/clock.ts';
import { readMail, UnreadableMail } from '../../../src/webhooks/mail/parts.ts';
import { googleCalendar, googleMail, plainMail, type Sent } from './messages.fixture.ts';
import { createMailWorld, linesOf, type MailWorld, NOW, signed } from './world.fixture.ts';

let world: MailWorld;

beforeAll(async () => {
  world = await createMailWorld();
});

afterAll(() => world?.close());

describe('a mail', () => {
  it('finds its host by slug, tag or e-mail address, the envelope first', async () => {
    const host = await world.aHost();
    const count = world.count();
    const email = `Mixed.Case-${count}@Corp.Example`;
    const other = await world.addHost(`other-${count}`, email);
    const outcome = async (sent: Sent) => {
      const { status, answer } = await world.send(googleMail({ uid: `u${world.count()}`, ...sent }));
      return status === 200 ? answer.host : status;
    };
    expect(await outcome({ to: `"Ada, L." <${host.slug}+team@anything.example>` })).toBe(host.id);
    expect(await outcome({ to: email.toLowerCase() })).toBe(other);
    expect(await outcome({ to: email.replace('@', '+cal@') })).toBe(other);
    expect(await outcome({ to: 'list@corp.example', headers: [`Delivered-To: ${host.address}`] })).toBe(
      host.id,
    );
    expect(await outcome({ to: host.address, headers: [`X-Original-To: ${email}`] })).toBe(other);
    expect(await outcome({ to: `nobody@x.example, ${email}, ${host.address}` })).toBe(other);
    expect(await outcome({ to: 'nobody@cal.example' })).toBe(404);
    await world.addHost(`third-${count}`, email);
    expect(await outcome({ to: email })).toBe(404);
  });

  it('is answered by the address that was invited, or by the one that it came to', async () => {
    const host = await world.aHost();
    const tagged = `${host.slug}+team@cal.example`;
    const { answer } = await world.send(googleMail({ uid: 'tag', to: tagged, attendee: tagged }));
    expect(linesOf(answer.reply)).toContain(`ATTENDEE;PARTSTAT=ACCEPTED;CN="${tagged}":mailto:${tagged}`);
    const forwarded = await world.send(
      googleMail({ uid: 'fwd', to: host.address, attendee: 'someone@else.example' }),
    );
    expect(linesOf(forwarded.answer.reply)).toContain(
      `ATTENDEE;PARTSTAT=ACCEPTED;CN="Ada":mailto:${host.address}`,
    );
  });

  it('that says a wrong charset, or none, is read all the same', async () => {
    const host = await world.aHost();
    const calendar = (uid: string, hour: number) =>
      googleCalendar(
        host.to({ uid, event: [`DTSTART:20261124T${hour}0000Z`, 'DURATION:PT1H', 'SUMMARY:Größe'] }),
      );
    await world.send(plainMail(calendar('c1', 10), 'charset=us-ascii', host.address));
    await world.send(plainMail(calendar('c2', 12), 'method=REQUEST', host.address));
    await world.send(plainMail(calendar('c3', 14), 'charset="x-no-such-thing"', host.address));
    await world.send(
      plainMail(Buffer.from(calendar('c4', 16), 'latin1'), 'charset=iso-8859-1', host.address),
    );
    await world.send(plainMail(Buffer.from(calendar('c5', 18), 'latin1'), 'charset=utf-8', host.address));
    const titles = (await host.blocks()).map((line) => line.split(' ').at(-1));
    expect(titles).toEqual(['Größe', 'Größe', 'Größe', 'Größe', expect.stringMatching(/^Gr.+e$/)]);
  });

  it('with two invitations tells of both', async () => {
    const host = await world.aHost();
    const [one, two] = ['m1', 'm2'].map((uid) => googleCalendar(host.to({ uid })));
    const boundary = (text: string) =>
      ['--b', 'Content-Type: text/calendar; charset=utf-8', '', text].join('\r\n');
    const head = `To: ${host.address}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n`;
    const { answer } = await world.send(
      `${head}${boundary(one ?? '')}\r\n${boundary(two ?? '')}\r\n--b--\r\n`,
    );
    expect([answer.uid, answer.more?.map(({ uid, outcome }) => [uid, outcome])]).toEqual([
      'm1',
      [['m2', 'accepted']],
    ]);
    expect(await host.blocks()).toHaveLength(2);
    // One that is damaged doesn't take the other with it.
    const broken = two?.slice(0, -40) ?? '';
    const third = boundary(googleCalendar(host.to({ uid: 'm3' })));
    const mixed = await world.send(`${head}${boundary(broken)}\r\n${third}\r\n--b--\r\n`);
    expect(mixed.answer).toMatchObject({ outcome: 'accepted', uid: 'm3' });
  });

  it('without an invitation is ignored', async () => {
    const host = await world.aHost();
    const { answer } = await world.send(`To: ${host.address}\r\nSubject: Hello\r\n\r\nHow are you?\r\n`);
    expect(answer).toEqual({
      outcome: 'ignored',
      reason: 'no-calendar',
      host: host.id,
      uid: null,
      reply: null,
      replyTo: null,
    });
    const task =
      'BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTODO\r\nUID:x\r\nEND:VTODO\r\nEND:VCALENDAR\r\n';
    expect((await world.send(plainMail(task, undefined, host.address))).answer.reason).toBe('no-event');
  });

  it('that bounced carries no invitation of its own', async () => {
    const host = await world.aHost();
    const inner = googleMail(host.to({ uid: 'bounced' }));
    const raw = [
      `To: ${host.address}`,
      'Content-Type: multipart/report; report-type=delivery-status; boundary=r',
      '',
      '--r',
      'Content-Type: message/rfc822',
      '',
      inner,
      '--r--',
      '',
    ].join('\r\n');
    expect((await world.send(raw)).answer.reason).toBe('no-calendar');
  });

  it('that can not be read is refused with a reason, and leaves nothing behind', async () => {
    const host = await world.aHost();
    const refused = async (calendar: string) => {
      const { status, answer } = await world.send(plainMail(calendar, undefined, host.address));
      return [status, answer.error, answer.reason];
    };
    const good = googleCalendar(host.to());
    expect(await refused(good.slice(0, 300))).toEqual([422, 'unreadable', 'truncated']);
    expect(await refused('<html>Sorry</html>\r\n')).toEqual([422, 'unreadable', 'not-a-calendar']);
    expect(await refused(good.replace(/DTSTART.*/, 'DTSTART:soon'))).toEqual([422, 'unreadable', 'no-time']);
    expect(await refused(good.replace('SUMMARY:', `SUMMARY:${'x'.repeat(1_100_000)}`))).toEqual([
      422,
      'unreadable',
      'too-large',
    ]);
    expect(await world.store.invitation.count({ where: { hostId: host.id } })).toBe(0);
    await world.send(plainMail(good, undefined, host.address));
    expect(
      await refused(good.replace(/DTSTART.*/, 'DTSTART:soon').replace('SEQUENCE:0', 'SEQUENCE:1')),
    ).toEqual([422, 'unreadable', 'no-time']);
    expect(await host.blocks()).toHaveLength(1);
    await expect(readMail(Buffer.alloc(0))).rejects.toEqual(new UnreadableMail('empty'));
  });
});

describe('the signature', () => {
  const body = Buffer.from('To: nobody@cal.example\r\n\r\n');
  const status = async (header: string | undefined, given = body) => {
    const signature = world.mail.admit(header);
    return signature ? (await world.mail.receive(signature, given)).status : 'not admitted';
  };

  it('is asked of every mail, and binds body and time', async () => {
    const good = signed(body, NOW);
    expect(await status(good)).toBe(404);
    expect(await status(good, Buffer.from('To: other@cal.example\r\n\r\n'))).toBe(401);
    expect(await status(signed(body, NOW, 'another-secret-of-16'))).toBe(401);
    expect(await status(good.replace(/t=(\d+)/, (_, t) => `t=${Number(t) + 1}`))).toBe(401);
    const [time = '', mac = ''] = good.split(',');
    expect(await status(`${time},v1=${'0'.repeat(64)},${mac}`)).toBe(404);
    for (const bad of [
      undefined,
      '',
      mac,
      time,
      `${time},v1=ab`,
      `${time},${time},${mac}`,
      `t=-1,${mac}`,
      `${time},v1=zz`,
    ]) {
      expect(await status(bad)).toBe('not admitted');
    }
  });

  it('holds for five minutes, either way', async () => {
    for (const off of [-5, 5]) expect(await status(signed(body, NOW + off * MINUTE))).toBe(404);
    for (const off of [-5, 5]) {
      const late = signed(body, NOW + off * (MINUTE + 1_000));
      expect(await status(late)).toBe('not admitted');
    }
  });
});
