import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Follower, follow } from '../e2e/client.fixture.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import { subscriptions, untilSubscriptions } from '../http/protocol/world.fixture.ts';
import {
  availability,
  daily,
  eventTypeInput,
  type MadeHost,
  makeEventType,
  makeHost,
  startsOf,
} from './world.fixture.ts';

let stack: Stack;
let host: MadeHost;
let connected: ConnectedHost;
beforeAll(async () => {
  stack = await startStack({ env: { LOG_LEVEL: 'silent' } });
  host = await makeHost(stack.admin, 'ada');
  connected = await connectHost(stack, 'GOOGLE', 'gina');
});
const viewers: Follower[] = [];
afterEach(async () => {
  stack.simulator.faults.clear();
  for (const viewer of viewers.splice(0)) await viewer.close();
});
afterAll(() => stack?.close());

const { window, at, iso } = testDay();
const starts = (slots: { start: string }[] | undefined) => slots?.map(({ start }) => start);

function view(eventType: string, ...more: [resumeAfter?: string, holding?: { start: string }[]]) {
  const viewer = follow(stack.url, { eventType, ...window }, ...more);
  viewers.push(viewer);
  return viewer;
}
const setHours = (start: string, end: string, of = host) =>
  stack.admin(
    'mutation ($host: ID!, $input: WorkingHoursInput!) { setWorkingHours(host: $host, input: $input) { id } }',
    {
      host: of.id,
      input: daily(start, end),
    },
  );
const mutate = (mutation: string) => stack.admin(`mutation { ${mutation} }`);

describe('an open subscription', () => {
  it('receives changed hours and changed rules, slot by slot', async () => {
    const eventType = await makeEventType(stack.admin, host, 'rules');
    const viewer = view(eventType);
    const snapshot = await viewer.next();
    expect(snapshot.__typename).toBe('AvailabilitySnapshot');
    expect(snapshot.etag).toBe((await availability(stack.anyone, { eventType, ...window })).etag);

    await setHours('10:00', '17:30');
    const hours = await viewer.next();
    expect(hours).toMatchObject({ __typename: 'AvailabilityDelta', fromEtag: snapshot.etag });
    expect([starts(hours.removed), starts(hours.added)]).toEqual([iso('09:00', '09:30'), iso('17:00')]);

    await stack.admin(
      'mutation ($id: ID!, $input: EventTypeInput!) { updateEventType(id: $id, input: $input) { id } }',
      {
        id: eventType,
        input: eventTypeInput(host, 'rules', { seats: 2 }),
      },
    );
    const seats = await viewer.next();
    // A slot that changed is in both.
    expect(seats.fromEtag).toBe(hours.etag);
    expect(starts(seats.removed)).toEqual(starts(seats.added));
    expect(seats.added).toHaveLength(15);

    const answer = await availability(stack.anyone, { eventType, ...window });
    expect([viewer.etag(), viewer.starts()]).toEqual([answer.etag, startsOf(answer)]);
    await setHours('09:00', '17:00');
  });

  it('hears of trouble under the same etag, and of its end', async () => {
    const viewer = view(connected.eventType);
    const { etag } = await viewer.next();
    stack.simulator.faults.add({ kind: 'answer', path: '/events$', method: 'GET', times: 100, status: 500 });
    await mutate(`syncCalendar(calendar: "${connected.calendar}") { id }`);
    const trouble = await viewer.next();
    expect(trouble).toMatchObject({ fromEtag: etag, etag, added: [], removed: [], complete: true });
    expect(trouble.issues?.map(({ code }) => code)).toEqual(['SOURCE_UNREACHABLE']);
    stack.simulator.faults.clear();
    await mutate(`syncCalendar(calendar: "${connected.calendar}") { id }`);
    expect(await viewer.next()).toMatchObject({ fromEtag: etag, etag, issues: [] });
  });

  it('receives it when a calendar counts no more', async () => {
    const viewer = view(connected.eventType);
    await viewer.next();
    stack.simulator.world.createEvent(connected.remoteCalendar, { start: at('09:00'), end: at('17:00') });
    expect((await viewer.next()).removed).toHaveLength(16);
    await mutate(`selectCalendar(calendar: "${connected.calendar}", selected: false) { id }`);
    const free = await viewer.next();
    expect(free.added).toHaveLength(16);
    expect(free.issues?.map(({ code }) => code)).toEqual(['NO_CALENDARS']);
    await mutate(`selectCalendar(calendar: "${connected.calendar}", selected: true) { id }`);
    expect((await viewer.next()).removed).toHaveLength(16);
    await mutate(`syncCalendar(calendar: "${connected.calendar}") { id }`);
  });

  it('is silent about a change that leaves its slots as they are', async () => {
    const eventType = await makeEventType(stack.admin, host, 'silent');
    const viewer = view(eventType);
    const { etag } = await viewer.next();
    await stack.admin(
      'mutation ($id: ID!, $input: EventTypeInput!) { updateEventType(id: $id, input: $input) { id } }',
      {
        id: eventType,
        input: eventTypeInput(host, 'silent', { title: 'Another' }),
      },
    );
    await setHours('09:00', '16:00');
    const next = await viewer.next();
    expect([next.fromEtag, starts(next.removed)]).toEqual([etag, iso('16:00', '16:30')]);
    await setHours('09:00', '17:00');
  });
});

describe('a viewer who comes back', () => {
  it('hears one delta to now when its etag is known, however much has changed', async () => {
    const eventType = await makeEventType(stack.admin, host, 'back');
    const first = view(eventType);
    const snapshot = await first.next();
    const held = snapshot.availability?.slots ?? [];
    await setHours('08:00', '17:00');
    expect((await first.next()).added).toHaveLength(2);
    await setHours('08:00', '16:00');
    expect((await first.next()).removed).toHaveLength(2);
    await first.close();

    const again = view(eventType, snapshot.etag, held);
    const delta = await again.next();
    expect(delta).toMatchObject({ __typename: 'AvailabilityDelta', fromEtag: snapshot.etag });
    expect([starts(delta.added), starts(delta.removed)]).toEqual([
      iso('08:00', '08:30'),
      iso('16:00', '16:30'),
    ]);
    const before = await subscriptions(stack.url);
    const present = view(
      eventType,
      delta.etag,
      again.starts().map((start) => ({ start })),
    );
    await untilSubscriptions(stack.url, before + 1);
    await setHours('09:00', '17:00');
    for (const viewer of [again, present]) expect((await viewer.next()).fromEtag).toBe(delta.etag);
  });

  it('begins anew with an etag of another question', async () => {
    const [one, other] = [
      await makeEventType(stack.admin, host, 'one'),
      await makeEventType(stack.admin, host, 'other'),
    ];
    const { etag } = await view(one).next();
    expect((await view(other, etag).next()).__typename).toBe('AvailabilitySnapshot');
  });
});

describe('STRICT in a subscription', () => {
  it('holds for the first snapshot', async () => {
    stack.simulator.faults.add({ kind: 'notifications', effect: 'drop' });
    stack.simulator.world.createEvent(connected.remoteCalendar, { start: at('18:00'), end: at('19:00') });
    await stack.simulator.onIdle();
    await setHours('18:00', '20:00', connected);
    expect(
      startsOf(await availability(stack.anyone, { eventType: connected.eventType, ...window })),
    ).toHaveLength(4);
    const viewer = follow(stack.url, { eventType: connected.eventType, ...window, consistency: 'STRICT' });
    viewers.push(viewer);
    expect(starts((await viewer.next()).availability?.slots)).toEqual(iso('19:00', '19:30'));
  });
});
