/** What event types ask visitors, and what visitors answer: through the API, from the event type to erasure. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import {
  eventTypeInput,
  type MadeHost,
  makeEventType,
  makeHost,
  makeKey,
  refusal,
  secondOrganisation,
  sql,
} from './world.fixture.ts';

let stack: Stack;
let host: MadeHost;
let eventType: string;
beforeAll(async () => {
  // One hold waits for all that is refused, on a slow machine, too.
  stack = await startStack({ sync: false, env: { HOLD_TTL: 'PT30M' } });
  host = await makeHost(stack.admin, 'ada');
  eventType = await makeEventType(stack.admin, host, 'asking', ASKING);
  await stack.admin(
    'mutation { createWebhookEndpoint(input: { url: "http://127.0.0.1:18097/", events: [BOOKING_CREATED] }) { id } }',
  );
}, 120_000);
afterAll(() => stack?.close());

const QUESTIONS = [
  { id: 'company', label: 'Your company?', kind: 'TEXT', required: true },
  { id: 'topics', label: 'Which topics?', kind: 'CHOICES', options: ['Sales', 'Support'] },
  { id: 'terms', label: 'I agree', kind: 'CHECKBOX', required: true },
];
const PLACES = [
  { kind: 'IN_PERSON', value: 'Main Street 1, Springfield' },
  { kind: 'PHONE_TO_HOST', value: '+49 30 123456' },
  { kind: 'PHONE_TO_VISITOR' },
  { kind: 'LINK', value: 'https://meet.example/{booking}?x=1' },
];
const ASKING = {
  description: 'Bring your laptop.\nSee https://example.com',
  questions: QUESTIONS,
  maxGuests: 2,
  places: PLACES,
  redirectUrl: 'https://example.com/thanks',
};
const ANSWERS = [
  { question: 'terms', values: ['true'] },
  { question: 'company', values: [' ACME '] },
  { question: 'topics', values: ['Support', 'Sales'] },
];

const { iso } = testDay();
const times = Array.from(
  { length: 16 },
  (_, i) => `${9 + Math.floor(i / 2)}`.padStart(2, '0') + (i % 2 ? ':30' : ':00'),
);
const starts = iso(...times);
const nextStart = () => starts.shift() ?? '';

const FORM =
  '{ description questions { id label kind required options } maxGuests places { kind value } redirectUrl }';
const formAt = async (slug: string, ask = stack.anyone) =>
  (
    await ask<{ eventType: Record<string, unknown> }>(
      `query ($slug: String!) { eventType(owner: "ada", slug: $slug) ${FORM} }`,
      { slug },
    )
  ).eventType;

interface Filled {
  id: string;
  token: string;
  start: string;
  place: string | null;
  placeKind: string | null;
  phone: string | null;
  answers: { question: string; label: string; values: string[] }[];
  guests: string[];
  metadata: { key: string; value: string }[];
}

const FILLED = `id token start place placeKind guests answers { question label values } metadata { key value }
  attendee { name phone notes }`;

async function hold(type = eventType): Promise<string> {
  const { holdSlot } = await stack.anyone<{ holdSlot: { token: string } }>(
    'mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { ... on SlotHold { token } } }',
    { input: { eventType: type, start: nextStart() } },
  );
  return holdSlot.token;
}
const confirm = async (token: string, more: object) =>
  (
    await stack.anyone<{ confirmBooking: Filled }>(
      `mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) { ... on Booking { ${FILLED} } } }`,
      { input: { hold: token, name: 'Grace', email: 'grace@example.com', timeZone: 'UTC', ...more } },
    )
  ).confirmBooking;

describe('an event type', () => {
  it('tells the public what it asks, and keeps numbers and links of places to those who book', async () => {
    const shown = {
      ...ASKING,
      questions: QUESTIONS.map((question) => ({ required: false, options: [], ...question })),
      places: PLACES.map(({ kind, value }) => ({ kind, value: kind === 'IN_PERSON' ? value : null })),
    };
    expect(await formAt('asking')).toEqual(shown);
    const key = await makeKey(stack, ['BOOK']);
    expect(await formAt('asking', key.ask)).toEqual(shown);
    expect(await formAt('asking', (await secondOrganisation(stack)).ask)).toEqual(shown);
    expect(await formAt('asking', stack.admin)).toEqual({
      ...shown,
      places: PLACES.map(({ kind, value = null }) => ({ kind, value })),
    });
  });

  it('that is updated without them asks nothing any more, as one that never did', async () => {
    const nothing = { description: null, questions: [], maxGuests: 0, places: [], redirectUrl: null };
    const id = await makeEventType(stack.admin, host, 'changing', ASKING);
    await stack.admin(
      'mutation ($id: ID!, $input: EventTypeInput!) { updateEventType(id: $id, input: $input) { id } }',
      {
        id,
        input: eventTypeInput(host, 'changing'),
      },
    );
    expect(await formAt('changing')).toEqual(nothing);
    // Rules that an earlier version stored know nothing of forms.
    await sql(stack, 'update event_type_rules set form = null where event_type_id = $1', [id]);
    expect(await formAt('changing')).toEqual(nothing);
  });

  it.each<[string, object]>([
    ['description', { description: 'x'.repeat(5_001) }],
    ['questions.0.id', { questions: [{ id: 'a b', label: 'A', kind: 'TEXT' }] }],
    ['questions.0.options', { questions: [{ id: 'a', label: 'A', kind: 'CHOICE' }] }],
    ['maxGuests', { maxGuests: 51 }],
    ['places.0.value', { places: [{ kind: 'LINK', value: 'nowhere' }] }],
    ['redirectUrl', { redirectUrl: 'javascript:alert(1)' }],
  ])('that asks what cannot be asked is refused, with the field: %s', async (field, more) => {
    expect(await refusal(makeEventType(stack.admin, host, 'wrong', more))).toMatchObject({
      ...{ code: 'BAD_USER_INPUT', field },
      message: expect.stringMatching(new RegExp(`^${field}: `)),
    });
  });

  it('takes a place that a provider makes, which has no value of its own', async () => {
    const online = { places: [{ kind: 'GOOGLE_MEET' }] };
    expect(await makeEventType(stack.admin, host, 'online', online)).toMatch(/^et_/);
    const valued = { places: [{ kind: 'GOOGLE_MEET', value: 'https://meet.example/mine' }] };
    expect(await refusal(makeEventType(stack.admin, host, 'wrong', valued))).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });
});

describe('a confirmation', () => {
  it('stores what was filled in, with the labels of then, for the holder, admins and webhooks', async () => {
    const token = await hold();
    const metadata = [{ key: 'utm_source', value: 'mail' }];
    const guests = ['alan@example.com', 'GRACE@example.com', 'ALAN@example.com'];
    const more = { answers: ANSWERS, guests, place: 'PHONE_TO_VISITOR', phone: '+49 30 99', metadata };
    const booking = await confirm(token, more);
    const filled = {
      ...{ place: '+49 30 99', placeKind: 'PHONE_TO_VISITOR', guests: ['alan@example.com'], metadata },
      answers: [
        { question: 'company', label: 'Your company?', values: ['ACME'] },
        { question: 'topics', label: 'Which topics?', values: ['Support', 'Sales'] },
        { question: 'terms', label: 'I agree', values: ['true'] },
      ],
    };
    expect(booking).toMatchObject({ ...filled, attendee: { phone: '+49 30 99' } });
    // The same once more is the same booking, and so is a confirmation that was sent without them.
    expect(await confirm(token, more)).toEqual(booking);
    expect(await confirm(token, {})).toEqual(booking);
    await stack.admin(
      'mutation ($id: ID!, $input: EventTypeInput!) { updateEventType(id: $id, input: $input) { id } }',
      {
        id: eventType,
        input: eventTypeInput(host, 'asking', {
          ...ASKING,
          questions: QUESTIONS.map((question) => ({ ...question, label: `${question.label} (new)` })),
        }),
      },
    );
    const { node } = await stack.admin<{ node: Filled }>(
      `query ($id: ID!) { node(id: $id) { ... on Booking { ${FILLED} } } }`,
      { id: booking.id },
    );
    expect(node).toEqual({ ...booking, token: null });
    expect(await messageOf(booking.id)).toMatchObject({
      data: { booking: { ...filled, phone: '+49 30 99' } },
    });
    const { invitation } = (await messageOf(booking.id)).data;
    const unfolded = invitation.content.replaceAll('\r\n ', '');
    for (const line of [
      /^LOCATION:Phone call to \+49 30 99$/m,
      /^ATTENDEE;.*PARTSTAT=NEEDS-ACTION.*:mailto:alan@example.com$/m,
      /^DESCRIPTION:Your company\?: ACME/m,
    ])
      expect(unfolded.replaceAll('\r', '')).toMatch(line);
  });

  it('puts the booking’s id into the link, which the event type’s only place needs not be chosen for', async () => {
    const only = await makeEventType(stack.admin, host, 'linked', { places: [PLACES[3]] });
    const booking = await confirm(await hold(only), {});
    expect(booking).toMatchObject({ placeKind: 'LINK', place: `https://meet.example/${booking.id}?x=1` });
  });

  it.each<[string, object, RegExp]>([
    ['input.answers.company', { answers: [ANSWERS[0]] }, /is required/],
    [
      'input.answers.terms',
      { answers: [{ question: 'terms', values: ['false'] }, ANSWERS[1]] },
      /is required/,
    ],
    [
      'input.answers.topics',
      { answers: [...ANSWERS.slice(0, 2), { question: 'topics', values: ['Cats'] }] },
      /options/,
    ],
    [
      'input.answers.3.question',
      { answers: [...ANSWERS, { question: 'age', values: ['7'] }] },
      /no question/,
    ],
    ['input.guests', { guests: ['a@b.test', 'c@b.test', 'd@b.test'] }, /at most 2/],
    ['input.place', { place: null }, /is required/],
    ['input.phone', { place: 'PHONE_TO_VISITOR' }, /is required/],
    ['input.phone', { phone: 'none' }, /phone number/],
    ['input.metadata.0.key', { metadata: [{ key: '', value: '' }] }, /is required/],
    ['input.metadata', { metadata: Array(21).fill({ key: 'a', value: 'b' }) }, /at most 20/],
  ])('with a wrong %s is refused, says why, and uses nothing up', async (field, more, why) => {
    const token = await heldToken();
    expect(await refusal(confirm(token, { answers: ANSWERS, place: 'IN_PERSON', ...more }))).toMatchObject({
      ...{ code: 'BAD_USER_INPUT', field },
      message: expect.stringMatching(why),
    });
  });

  it('after refused ones still books the hold', async () => {
    expect(await confirm(await heldToken(), { answers: ANSWERS, place: 'IN_PERSON' })).toMatchObject({
      ...{ placeKind: 'IN_PERSON', place: 'Main Street 1, Springfield' },
    });
  });

  it('takes none of them where the event type asks for nothing', async () => {
    const plain = await makeEventType(stack.admin, host, 'plain');
    const token = await hold(plain);
    for (const [field, more] of [
      ['input.answers.0.question', { answers: [ANSWERS[0]] }],
      ['input.guests', { guests: ['alan@example.com'] }],
      ['input.place', { place: 'LINK' }],
    ] as const)
      expect(await refusal(confirm(token, more))).toMatchObject({ code: 'BAD_USER_INPUT', field });
    expect(await confirm(token, { answers: [], guests: [], metadata: [] })).toMatchObject({
      ...{ answers: [], guests: [], metadata: [], place: null, placeKind: null },
    });
  });

  it('invites no address that a rule of the organisation blocks', async () => {
    const rule = 'mutation { createBlockRule(kind: EMAIL, value: "blocked@example.com") { id } }';
    await stack.admin(rule);
    const more = { answers: ANSWERS, place: 'IN_PERSON', guests: ['blocked@example.com'] };
    expect(await refusal(confirm(await hold(), more))).toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('what was filled in', () => {
  const PERSONAL = {
    answers: ANSWERS,
    place: 'PHONE_TO_VISITOR',
    phone: '+49 30 77',
    guests: ['guest@example.com'],
  };
  const erase = (email: string) =>
    stack.admin('mutation ($email: EmailAddress!) { eraseAttendee(email: $email) }', { email });
  const read = async (token: string) =>
    (
      await stack.anyone<{ booking: Filled }>(
        `query ($token: String!) { booking(token: $token) { ${FILLED} } }`,
        {
          token,
        },
      )
    ).booking;

  it('goes with the person who booked', async () => {
    const booking = await confirm(await hold(), { ...PERSONAL, email: 'gone@example.com' });
    await erase('gone@example.com');
    expect(await read(booking.token)).toMatchObject({
      ...{ answers: [], guests: [], metadata: [], place: null, placeKind: 'PHONE_TO_VISITOR' },
      attendee: { name: '', phone: null },
    });
  });

  it('names a guest no more once the guest is erased, and is else as it was', async () => {
    const booking = await confirm(await hold(), { ...PERSONAL, email: 'stays@example.com' });
    const { exportAttendee } = await stack.admin<{ exportAttendee: string }>(
      '{ exportAttendee(email: "Guest@example.com") }',
    );
    expect(JSON.parse(exportAttendee).invitedTo).toEqual([
      expect.objectContaining({ id: booking.id, title: 'Talk' }),
    ]);
    expect(exportAttendee).not.toContain('stays@example.com');
    await erase('GUEST@example.com');
    expect(await read(booking.token)).toEqual({ ...booking, guests: [] });
  });
});

let held: string | null = null;
/** One hold for all confirmations that are refused. */
async function heldToken(): Promise<string> {
  held ??= await hold();
  return held;
}

interface Message {
  data: { booking: Filled; invitation: { content: string } };
}

async function messageOf(booking: string): Promise<Message> {
  const client = new pg.Client({ connectionString: stack.environment.DATABASE_URL });
  await client.connect();
  const { rows } = await client
    .query<{ payload: string }>('select payload from webhook_message where booking_id = $1', [booking])
    .finally(() => client.end());
  return JSON.parse(rows[0]?.payload ?? '');
}
