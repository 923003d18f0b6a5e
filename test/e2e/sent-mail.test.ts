/** Mails of a whole gateway, from a booking over the API to a real mail server. */
import PostalMime from 'postal-mime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../harness/eventually.ts';
import { readMetrics } from '../harness/metrics.ts';
import {
  SMTP_PASSWORD,
  SMTP_USER,
  type SmtpServerHandle,
  smtpError,
  startSmtpServer,
} from '../mail/smtp-server.fixture.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';

const { iso } = testDay();

let server: SmtpServerHandle;
let stack: Stack;
let google: ConnectedHost;
let native: { eventType: string };
/** What the server answers to a whole mail. */
let answer: Error | null = null;

beforeAll(async () => {
  server = await startSmtpServer({ auth: true, onMail: () => answer });
  const credentials = `${encodeURIComponent(SMTP_USER)}:${encodeURIComponent(SMTP_PASSWORD)}@`;
  stack = await startStack({
    env: {
      SMTP_URL: server.url.replace('//', `//${credentials}`),
      MAIL_FROM: 'Example <bookings@example.com>',
    },
  });
  google = await connectHost(stack, 'GOOGLE', 'ada');
  const weekly = [{ days: ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], start: '09:00', end: '17:00' }];
  const { createHost } = await stack.admin<{ createHost: { id: string } }>(
    'mutation ($input: CreateHostInput!) { createHost(input: $input) { id } }',
    {
      input: {
        ...{ name: 'Grace', slug: 'grace', email: 'grace@example.com', timeZone: 'UTC' },
        workingHours: { timeZone: 'UTC', weekly },
      },
    },
  );
  native = { eventType: await addType('grace', 'native', createHost.id, {}) };
}, 120_000);

afterAll(async () => {
  await stack?.close();
  await server?.close();
});

async function addType(owner: string, slug: string, host: string, more: object): Promise<string> {
  const { createEventType } = await stack.admin<{ createEventType: { id: string } }>(
    'mutation ($input: EventTypeInput!) { createEventType(input: $input) { id } }',
    { input: { owner, slug, title: `Talk: ${slug}`, length: 'PT30M', hosts: [host], ...more } },
  );
  return createEventType.id;
}

async function hold(eventType: string, start: string | undefined): Promise<string> {
  const { holdSlot } = await stack.anyone<{ holdSlot: { token: string } }>(
    'mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { ... on SlotHold { token } } }',
    { input: { eventType, start } },
  );
  return holdSlot.token;
}

interface Confirmed {
  __typename: string;
  id?: string;
  token?: string;
  reason?: string;
}

async function confirm(token: string, email: string, code?: string): Promise<Confirmed> {
  const { confirmBooking } = await stack.anyone<{ confirmBooking: Confirmed }>(
    `mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) {
      __typename ... on Booking { id token } ... on VerificationRequired { reason } } }`,
    {
      input: {
        hold: token,
        name: 'Eve',
        email,
        timeZone: 'Europe/Berlin',
        locale: 'en-gb',
        ...(code ? { code } : {}),
      },
    },
  );
  return confirmBooking;
}

const book = async (eventType: string, start: string | undefined, email: string) =>
  confirm(await hold(eventType, start), email);

/** The mails to an address, once there are so many. */
const mailsTo = (email: string, count: number) =>
  until(async () => {
    const mails = server.taken.filter(({ to }) => to[0] === email);
    return mails.length >= count && Promise.all(mails.map(({ raw }) => PostalMime.parse(raw)));
  });

describe('a gateway with a mail server', () => {
  it('tells visitor and host of a booking, of its move and of its end, each once', async () => {
    const { token } = await book(native.eventType, iso('09:00')[0], 'eve@example.org');
    await mailsTo('eve@example.org', 1);
    await stack.anyone(
      'mutation ($token: String!, $start: DateTime!) { rescheduleBooking(token: $token, start: $start) { __typename } }',
      { token, start: iso('10:00')[0] },
    );
    await mailsTo('eve@example.org', 2);
    await stack.anyone(
      'mutation ($token: String!) { cancelBooking(token: $token, reason: "ill") { __typename } }',
      {
        token,
      },
    );
    const toVisitor = await mailsTo('eve@example.org', 3);
    expect(toVisitor.map(({ subject }) => subject?.split(':')[0])).toEqual(['Booked', 'Moved', 'Cancelled']);
    const toHost = await mailsTo('grace@example.com', 3);
    expect(toHost.map(({ subject }) => subject?.split(':')[0])).toEqual([
      'New booking',
      'Moved',
      'Cancelled',
    ]);
    expect(new Set(server.taken.map(({ raw }) => /^Message-ID: .*$/im.exec(raw)?.[0])).size).toBe(6);
    expect(server.taken).toHaveLength(6);
  });

  it('sends the visitor a link that opens the booking', async () => {
    const { id } = await book(native.eventType, iso('11:00')[0], 'link@example.org');
    const [mail] = await mailsTo('link@example.org', 1);
    expect(mail?.text).toContain('12:00 – 12:30\nEurope/Berlin (GMT');
    const link = /https?:\/\/\S+\/book\/b\/(\S+)/.exec(mail?.text ?? '');
    expect(link?.[0]).toContain(`${stack.url}/book/b/`);
    const { booking } = await stack.anyone<{ booking: { id: string } }>(
      'query ($token: String!) { booking(token: $token) { id } }',
      { token: decodeURIComponent(link?.[1] ?? '') },
    );
    expect(booking.id).toBe(id);
  });

  it('leaves the invitation to Google, says so, and sends the host nothing', async () => {
    await book(google.eventType, iso('09:00')[0], 'google@example.org');
    const [mail] = await mailsTo('google@example.org', 1);
    expect(mail?.text).toContain('comes in a mail of its own');
    expect(mail?.attachments).toEqual([]);
    expect(server.taken.filter(({ to }) => to[0] === 'ada@example.com')).toEqual([]);
  });

  it('sends the code that proves an address', async () => {
    const { host } = await stack.admin<{ host: { id: string } }>(
      'query ($id: ID!) { host(id: $id) { id } }',
      {
        id: google.id,
      },
    );
    const eventType = await addType('ada', 'proven', host.id, { requireEmailVerification: true });
    const token = await hold(eventType, iso('12:00')[0]);
    expect(await confirm(token, 'code@example.org')).toMatchObject({ reason: 'CODE_SENT' });
    const [mail] = await mailsTo('code@example.org', 1);
    const code = /^\d{6}/.exec(mail?.subject ?? '')?.[0];
    expect(await confirm(token, 'code@example.org', code)).toMatchObject({ __typename: 'Booking' });
    await mailsTo('code@example.org', 2);
  });

  it('tells visitor and host of a request and of its acceptance, each once, also a host of Google’s', async () => {
    const eventType = await addType('ada', 'asked', google.id, { approval: true });
    const { id } = await book(eventType, iso('14:00')[0], 'asks@example.org');
    await mailsTo('asks@example.org', 1);
    const [toHost] = await mailsTo('ada@example.com', 1);
    expect(toHost?.text).toContain(`name ${id}.`);
    await stack.admin('mutation ($id: ID!) { acceptBooking(id: $id) { id } }', { id });
    const mails = await mailsTo('asks@example.org', 2);
    expect(mails.map(({ subject }) => subject?.split(':')[0])).toEqual(['Requested', 'Accepted']);
    expect(mails[1]?.text).toContain('comes in a mail of its own');
    const ofRequest = await stack.admin<{ mails: { edges: { node: { kind: string; booking: object } }[] } }>(
      '{ mails(first: 100) { edges { node { kind booking { id } } } } }',
    );
    const kinds = ofRequest.mails.edges.flatMap(({ node }) =>
      JSON.stringify(node.booking) === JSON.stringify({ id }) ? [node.kind] : [],
    );
    expect(kinds.sort()).toEqual(['ACCEPTED', 'REMINDER', 'REQUESTED', 'REQUESTED']);
  });

  it('books all the same when the mail server refuses, and counts it', async () => {
    answer = smtpError(554, 'no');
    const { __typename } = await book(native.eventType, iso('13:00')[0], 'refused@example.org');
    expect(__typename).toBe('Booking');
    await until(async () =>
      /slotwire_mails_total\{kind="booked",outcome="failed"\} [12]/.test(await readMetrics(stack.url)),
    );
    answer = null;
  });
});
