import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY } from '../../src/time/clock.ts';
import { until } from '../harness/eventually.ts';
import { googleMail } from '../webhooks/mail/messages.fixture.ts';
import { signed } from '../webhooks/mail/world.fixture.ts';
import { type Follower, follow } from './client.fixture.ts';
import { type Stack, startStack, testDay } from './stack.fixture.ts';

const { window, at, iso } = testDay();
const SECRET = 'shared-with-the-relay';
const PERSON = 'ada@cal.example';

const clock = { ahead: 0, now: () => Date.now() + clock.ahead };

let stack: Stack;
let closed: Stack;
let host: string;
let eventType: string;

beforeAll(async () => {
  [stack, closed] = await Promise.all([
    startStack({ env: { INBOUND_MAIL_SECRET: SECRET }, clock }),
    startStack(),
  ]);
  const weekly = [{ days: ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], start: '09:00', end: '17:00' }];
  const { createHost } = await stack.admin<{ createHost: { id: string } }>(
    'mutation ($input: CreateHostInput!) { createHost(input: $input) { id } }',
    { input: { name: 'Ada', slug: 'ada', timeZone: 'UTC', workingHours: { timeZone: 'UTC', weekly } } },
  );
  host = createHost.id;
  const { createEventType } = await stack.admin<{ createEventType: { id: string } }>(
    'mutation ($input: EventTypeInput!) { createEventType(input: $input) { id } }',
    { input: { owner: 'ada', slug: 'intro', title: 'Intro', length: 'PT1H', hosts: [host] } },
  );
  eventType = createEventType.id;
});

afterAll(async () => {
  await stack?.close();
  await closed?.close();
});

const utc = (time: string) => new Date(at(time)).toISOString().replace(/[-:]|\.000/g, '');

const mail = (method: string, sequence: number, start = '10:00', end = '12:00') =>
  googleMail({
    ...{ method, sequence, uid: 'meeting@google.com', to: PERSON, attendee: PERSON },
    stamp: `20261120T12000${sequence}Z`,
    event: [`DTSTART:${utc(start)}`, `DTEND:${utc(end)}`, 'SUMMARY:Review'],
  });

async function post(body: string, header = signed(body, clock.now(), SECRET), url = stack.url) {
  const response = await fetch(`${url}/inbound/mail`, {
    method: 'POST',
    headers: { 'content-type': 'message/rfc822', ...(header ? { 'x-slotwire-signature': header } : {}) },
    body,
  });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

const blocks = async (span: { from: Date | string; to: Date | string } = window) => {
  const answer = await stack.admin<{ host: { blocks: object[] } }>(
    `query ($id: ID!, $from: DateTime!, $to: DateTime!) {
      host(id: $id) { blocks(from: $from, to: $to) { start end kind title } } }`,
    { id: host, ...span },
  );
  return answer.host.blocks;
};

const changes = async (viewer: Follower) => {
  const { added, removed } = await viewer.next();
  const starts = (slots: { start: string }[] = []) => slots.map(({ start }) => start);
  return { added: starts(added), removed: starts(removed) };
};

describe('an invitation by mail', () => {
  it('blocks slots by an invitation on open booking pages, moves them, and frees them when it is cancelled', async () => {
    const viewer = follow(stack.url, { eventType, ...window });
    await viewer.next();
    expect(viewer.starts()).toContain(iso('10:00')[0]);

    const { status, type, text } = await post(mail('REQUEST', 0));
    expect([status, type]).toEqual([200, 'application/json; charset=utf-8']);
    const answer = JSON.parse(text);
    expect(answer).toMatchObject({ outcome: 'accepted', host, replyTo: 'olga@corp.example' });
    expect(answer.reply).toMatch(/^BEGIN:VCALENDAR\r\n[\s\S]*METHOD:REPLY\r\n[\s\S]*PARTSTAT=ACCEPTED/);
    expect(await changes(viewer)).toEqual({ added: [], removed: iso('10:00', '11:00') });
    const [start, end] = iso('10:00', '12:00');
    expect(await blocks()).toEqual([{ start, end, kind: 'BUSY', title: 'Review' }]);

    expect(JSON.parse((await post(mail('REQUEST', 1, '14:00', '15:00'))).text).outcome).toBe('updated');
    expect(await changes(viewer)).toEqual({ added: iso('10:00', '11:00'), removed: iso('14:00') });
    expect(JSON.parse((await post(mail('CANCEL', 2, '14:00', '15:00'))).text).outcome).toBe('cancelled');
    expect(await changes(viewer)).toEqual({ added: iso('14:00'), removed: [] });
    await viewer.close();
  });

  it('refuses mail that the relay did not sign recently', async () => {
    const body = mail('REQUEST', 3);
    const old = signed(body, clock.now() - 6 * 60_000, SECRET);
    for (const header of [
      '',
      't=1,v1=00',
      old,
      signed(body, clock.now(), 'some-other-secret'),
      signed('x', clock.now(), SECRET),
    ]) {
      expect(await post(body, header)).toMatchObject({ status: 401, text: '{"error":"not-signed"}' });
    }
    expect(await blocks()).toEqual([]);
  });

  it('refuses mail that is too large, unreadable, or for no host', async () => {
    const large = request(`${stack.url}/inbound/mail`, {
      method: 'POST',
      headers: {
        'content-length': 10 * 1024 * 1024 + 1,
        'x-slotwire-signature': signed('', clock.now(), SECRET),
      },
    });
    large.flushHeaders();
    const [{ statusCode }] = (await once(large, 'response')) as [IncomingMessage];
    large.destroy();
    expect(statusCode).toBe(413);
    const broken = `To: ${PERSON}\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n`;
    expect(await post(broken)).toMatchObject({
      status: 422,
      text: '{"error":"unreadable","reason":"truncated"}',
    });
    expect(await post(mail('REQUEST', 0).replace(`To: ${PERSON}`, 'To: nobody@cal.example'))).toMatchObject({
      status: 404,
      text: '{"error":"unknown-host"}',
    });
  });

  it('offers no mail address without a secret', async () => {
    const body = mail('REQUEST', 0);
    expect((await post(body, signed(body, clock.now(), SECRET), closed.url)).status).toBe(404);
  });
});

describe('a series by mail', () => {
  it('extends a series from mail by the sweep as the window slides', async () => {
    const { text } = await post(
      googleMail({
        ...{ uid: 'series@google.com', to: PERSON, attendee: PERSON },
        event: [`DTSTART:${utc('09:00')}`, `DTEND:${utc('09:30')}`, 'RRULE:FREQ=DAILY', 'SUMMARY:Stand-up'],
      }),
    );
    expect(JSON.parse(text).outcome).toBe('accepted');
    const late = { from: new Date(at('00:00') + 200 * DAY), to: new Date(at('00:00') + 202 * DAY) };
    expect(await blocks(late)).toEqual([]);
    clock.ahead = 40 * DAY;
    const found = await until(async () => {
      const answer = await blocks(late);
      return answer.length > 0 && answer;
    });
    expect(found).toMatchObject([{ title: 'Stand-up' }, { title: 'Stand-up' }]);
  });
});
