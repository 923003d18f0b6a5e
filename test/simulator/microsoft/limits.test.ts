/** What Graph limits, batches and fails inside an answer that is well. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { graphClient, graphRefusal } from '../clients.fixture.ts';
import { at, GRACE, type Started, start } from '../start.fixture.ts';

let world: Started;
let api: ReturnType<typeof graphClient>;

beforeEach(async () => {
  world = await start();
  api = graphClient(world.simulator, world.simulator.grant(GRACE).accessToken);
});

afterEach(() => world.simulator.close());

const batch = (requests: object[]) => api.api('/$batch').post({ requests });
const get = (id: string, url: string, more = {}) => ({ id, method: 'GET', url, ...more });

test('refuses a fifth concurrent request for the same mailbox while a fault says so', async () => {
  world.simulator.faults.add({ kind: 'concurrency' });
  world.simulator.faults.add({ kind: 'answer', path: '/me$', times: 4, delay: 100 });
  const five = await Promise.allSettled(Array.from({ length: 5 }, () => api.api('/me').get()));
  const refused = five.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  expect(refused).toMatchObject([{ statusCode: 429, code: 'ApplicationThrottled' }]);
  expect(await api.api('/me').get()).toMatchObject({ mail: GRACE });
});

test('answers the requests of a batch one by one, in another order', async () => {
  world.simulator.faults.add({
    kind: 'answer',
    path: '/me/calendars$',
    status: 429,
    headers: { 'retry-after': '7' },
  });
  const requests = [
    get('1', '/me'),
    get('2', '/me/calendars'),
    get('3', '/me', { dependsOn: ['2'] }),
    get('4', '/me/events/none'),
    { id: '5', method: 'POST', url: '/me/events', body: {} },
  ];
  const { responses } = await batch(requests);
  const ids: string[] = responses.map(({ id }: { id: string }) => id);
  expect(ids).not.toEqual([...ids].sort());
  const by = Object.fromEntries(responses.map((each: { id: string }) => [each.id, each]));
  expect(by).toMatchObject({
    1: { status: 200, body: { mail: GRACE } },
    2: { status: 429, headers: { 'retry-after': '7' } },
    3: { status: 424 },
    4: { status: 404 },
    5: { status: 400 },
  });
  const many = Array.from({ length: 21 }, (_, index) => get(String(index), '/me'));
  expect(await graphRefusal(batch(many))).toEqual([400, 'BadRequest']);
});

const schedule = (schedules: string[], end = '2026-12-01T10:00:00') =>
  api.api('/me/calendar/getSchedule').post({
    schedules,
    startTime: { dateTime: '2026-12-01T08:00:00', timeZone: 'UTC' },
    endTime: { dateTime: end, timeZone: 'UTC' },
  });

test('returns for each mailbox of getSchedule its times or its error', async () => {
  world.simulator.world.createEvent(world.grace, { start: at('01T09:00'), end: at('01T09:30') });
  expect((await schedule([GRACE, 'nobody@example.com'])).value).toMatchObject([
    { scheduleId: GRACE, availabilityView: '0020', scheduleItems: [{ status: 'busy' }] },
    { availabilityView: '', error: { responseCode: 'ErrorMailRecipientNotFound' } },
  ]);
  world.simulator.faults.add({ kind: 'free-busy', of: GRACE, reason: 'ErrorInternalServerError' });
  expect((await schedule([GRACE])).value).toMatchObject([
    { error: { responseCode: 'ErrorInternalServerError' } },
  ]);
});

test('refuses getSchedule beyond its limits and for personal accounts', async () => {
  expect(await graphRefusal(schedule(Array.from({ length: 21 }, () => GRACE)))).toEqual([
    400,
    'ErrorMailboxDataArrayTooBig',
  ]);
  expect(await graphRefusal(schedule([GRACE], '2027-02-02T09:00:00'))).toEqual([
    400,
    'ErrorTimeIntervalTooBig',
  ]);
  const email = 'own@outlook.example';
  world.simulator.world.addPerson({
    email,
    name: 'Own',
    provider: 'microsoft',
    timeZone: 'UTC',
    personal: true,
  });
  api = graphClient(world.simulator, world.simulator.grant(email).accessToken);
  expect(await graphRefusal(schedule([email]))).toEqual([403, 'ErrorAccessDenied']);
});

test('omits masters, repeats older states and names custom zones in change tracking while faults say so', async () => {
  const { faults, world: truth } = world.simulator;
  const event = truth.createEvent(world.grace, {
    title: 'old',
    start: at('01T09:00'),
    end: at('01T10:00'),
  });
  truth.updateEvent(world.grace, event.id, { title: 'new' });
  const series = { every: 'day', count: null } as const;
  truth.createEvent(world.grace, { start: at('02T09:00'), end: at('02T10:00'), series });
  const window = 'startDateTime=2026-12-01&endDateTime=2026-12-03';
  const round = () => api.api(`/me/calendarView/delta?${window}`).get();
  expect((await round()).value).toMatchObject([
    { subject: 'new' },
    { type: 'seriesMaster', recurrence: { range: { type: 'noEnd' } } },
    { type: 'occurrence' },
  ]);
  faults.add({ kind: 'no-masters' });
  faults.add({ kind: 'repeat-items' });
  faults.add({ kind: 'custom-zones' });
  expect((await round()).value).toMatchObject([
    { id: event.id, subject: 'old' },
    { id: event.id, subject: 'new', originalStartTimeZone: 'tzone://Microsoft/Custom' },
    { type: 'occurrence' },
    { type: 'occurrence' },
  ]);
});

test('answers an expired delta link with 400 while a fault says so', async () => {
  const path = '/me/calendarView/delta';
  const window = 'startDateTime=2026-12-01&endDateTime=2026-12-03';
  const { '@odata.deltaLink': link } = await api.api(`${path}?${window}`).get();
  world.simulator.faults.add({ kind: 'expire-cursors', calendar: world.grace, status: 400 });
  expect(await graphRefusal(api.api(`${path}${new URL(link).search}`).get())).toEqual([
    400,
    'SyncStateNotFound',
  ]);
});
