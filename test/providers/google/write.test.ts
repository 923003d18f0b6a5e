/** What Google may answer to writes, and what it is asked, scripted. */
import { createHash } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { createGoogle } from '../../../src/providers/google/index.ts';
import type { OwnEvent } from '../../../src/providers/port.ts';
import {
  type Asked,
  countedAccess,
  createFakeServer,
  type FakeAnswer,
  type FakeServer,
  failureOf,
} from '../server.fixture.ts';

const OWN = 'bk_1';
const ID = createHash('sha256').update(OWN).digest('hex');
const EVENTS = '/calendar/v3/calendars/ada@example.com/events';
const EVENT: OwnEvent = {
  start: Date.parse('2026-12-01T09:00:00Z'),
  end: Date.parse('2026-12-01T10:00:00Z'),
  timeZone: 'Europe/Berlin',
  title: 'Interview',
};

let server: FakeServer;
afterEach(() => server.close());

async function google(answer: (asked: Asked) => FakeAnswer) {
  server = await createFakeServer(answer);
  const { write } = createGoogle({
    clientId: 'id',
    clientSecret: 'secret',
    authUrl: `${server.url}/auth`,
    tokenUrl: `${server.url}/token`,
    apiUrl: server.url,
  });
  const request = { access: countedAccess(), calendar: { externalId: 'ada@example.com' }, ownId: OWN };
  return { write: write ?? expect.fail('no write port'), request };
}

const refusal = (code: number, reason: string): FakeAnswer => ({
  status: code,
  body: { error: { code, message: 'No.', errors: [{ domain: 'global', reason, message: 'No.' }] } },
});
const bodies = () => server.asked.map(({ body }) => (body ? JSON.parse(body) : null));

it('chooses the id, marks the event, and has guests notified', async () => {
  const { write, request } = await google(() => ({ body: { id: ID } }));
  const attendees = [{ name: 'Guest', email: 'guest@example.net' }];
  const event = { ...EVENT, description: 'Room & <b>notes</b>', location: 'Room 5', attendees };
  expect(await write.create({ ...request, event })).toEqual({ externalId: ID });
  expect(server.asked).toMatchObject([{ method: 'POST', path: EVENTS }]);
  expect(server.asked[0]?.query.get('sendUpdates')).toBe('all');
  expect(bodies()).toEqual([
    {
      id: ID,
      status: 'confirmed',
      summary: 'Interview',
      // Google shows HTML there.
      description: 'Room &amp; &lt;b&gt;notes&lt;/b&gt;',
      location: 'Room 5',
      start: { dateTime: '2026-12-01T09:00:00.000Z', timeZone: 'Europe/Berlin' },
      end: { dateTime: '2026-12-01T10:00:00.000Z', timeZone: 'Europe/Berlin' },
      attendees: [{ email: 'guest@example.net', displayName: 'Guest' }],
      extendedProperties: { private: { slotwire: OWN } },
    },
  ]);
});

it('leaves alone what a repeated insert finds, and brings back what was deleted', async () => {
  let status = 'tentative';
  const { write, request } = await google(({ method }) =>
    method === 'POST' ? refusal(409, 'duplicate') : { body: { id: ID, status } },
  );
  expect(await write.create({ ...request, event: EVENT })).toEqual({ externalId: ID });
  expect(server.asked.map(({ method }) => method)).toEqual(['POST', 'GET']);
  status = 'cancelled';
  expect(await write.create({ ...request, event: EVENT })).toEqual({ externalId: ID });
  expect(server.asked.slice(2)).toMatchObject([
    { method: 'POST' },
    { method: 'GET' },
    { method: 'PUT', path: `${EVENTS}/${ID}` },
  ]);
  expect(bodies().at(-1)).toMatchObject({ status: 'confirmed', summary: 'Interview', attendees: [] });
});

it('never patches what is deleted, which Google might take without a word', async () => {
  const { write, request } = await google(() => ({ body: { id: ID, status: 'cancelled' } }));
  const failure = await failureOf(write.update({ ...request, externalId: ID, event: EVENT }));
  expect(failure).toMatchObject({ reason: 'rejected', status: 410 });
  expect(server.asked.map(({ method }) => method)).toEqual(['GET']);
});

it('keeps the answers of guests who stay, and all guests when none are named', async () => {
  const before = {
    attendees: [
      { email: 'Guest@example.net', responseStatus: 'accepted' },
      { email: 'other@example.net', responseStatus: 'declined' },
    ],
  };
  const { write, request } = await google(() => ({ body: { id: ID, status: 'confirmed', ...before } }));
  const attendees = [
    { name: 'Guest', email: 'guest@example.net' },
    { name: 'New', email: 'new@example.net' },
  ];
  await write.update({ ...request, externalId: 'moved', event: { ...EVENT, attendees } });
  await write.update({ ...request, externalId: null, event: EVENT });
  expect(server.asked.map(({ path }) => path.slice(EVENTS.length + 1))).toEqual(['moved', 'moved', ID, ID]);
  const [, named, , unnamed] = bodies();
  expect(named.attendees).toEqual([
    { email: 'guest@example.net', displayName: 'Guest', responseStatus: 'accepted' },
    { email: 'new@example.net', displayName: 'New' },
  ]);
  expect(unnamed).not.toHaveProperty('attendees');
  expect(unnamed).not.toHaveProperty('description');
});

it.each([
  [404, 'notFound'],
  [410, 'deleted'],
])('takes %i for gone', async (status, reason) => {
  const { write, request } = await google(() => refusal(status, reason));
  await write.delete({ ...request, externalId: null });
  const failure = await failureOf(write.update({ ...request, externalId: null, event: EVENT }));
  expect(failure).toMatchObject({ reason: 'rejected', status: 410 });
});

it('does not take a refused deletion for done', async () => {
  const { write, request } = await google(() => refusal(403, 'forbidden'));
  expect(await failureOf(write.delete({ ...request, externalId: null }))).toMatchObject({ status: 403 });
});

it('takes a cancelled event for gone when it looks, and an unreadable one for trouble', async () => {
  let event: object = { id: ID, status: 'cancelled' };
  const { write, request } = await google(() => ({ body: event }));
  const look = () =>
    write.getEvent({
      ...request,
      calendar: { externalId: 'ada@example.com', timeZone: null },
      externalId: ID,
    });
  expect(await look()).toBeNull();
  event = { id: ID, status: 'confirmed' };
  expect(await failureOf(look())).toMatchObject({ reason: 'rejected', status: null });
});
