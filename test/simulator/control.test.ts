/** The simulator by hand: the JSON that the page and other processes use, and the seeded world. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seedDemo } from '../../src/simulator/demo.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { createWorld } from '../../src/simulator/world.ts';
import { NOW } from './start.fixture.ts';

const clock = { now: () => NOW };
let simulator: Simulator;

beforeEach(async () => {
  simulator = await createSimulator({ clock, seed: (world) => seedDemo(world, NOW) });
});
afterEach(() => simulator.close());

async function control(method: string, path: string, body?: unknown, type = 'application/json') {
  const answer = await fetch(`${simulator.url}/control${path}`, {
    method,
    headers: { 'content-type': type },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
}

const busy = (calendar: string, from: string, to: string) =>
  simulator.world
    .busy(calendar, Date.parse(from), Date.parse(to))
    .map(({ start, end }) => [start, end].map((at) => new Date(at).toISOString()));

test('builds the same demo world for the same day, within office hours', () => {
  const tell = () => {
    const world = createWorld({ clock });
    seedDemo(world, NOW);
    return world.calendars().map(({ id, timeZone }) =>
      world.events(id, NOW - 86_400_000, NOW + 90 * 86_400_000).map(({ event, start, end, allDay }) => {
        const hour = (at: number) =>
          Number(new Date(at).toLocaleString('en-GB', { timeZone, hour: '2-digit' }));
        if (!allDay) expect([hour(start) >= 9, hour(end) <= 17]).toEqual([true, true]);
        return [event.id, event.title, start, end];
      }),
    );
  };
  expect(tell()).toEqual(tell());
  expect(tell().every((events) => events.length > 0)).toBe(true);
});

test('lists people, their calendars and events, and the active faults', async () => {
  simulator.faults.add({ kind: 'page-size', size: 3 });
  const { body } = await control('GET', '/state?from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z');
  expect(body).toMatchObject({
    now: NOW,
    people: [
      { email: 'ada@example.com', calendars: [{ primary: true }, { name: 'Private' }, { watchable: false }] },
      { email: 'grace@example.com', calendars: [{ name: 'Calendar' }, { name: 'Team' }] },
      { email: 'katherine@example.com', calendars: [{ primary: true }] },
      { email: 'alan@example.com', calendars: [{ primary: true }] },
      { email: 'konrad@example.com', calendars: [{ primary: true }] },
    ],
    channels: [],
    faults: [{ kind: 'page-size', size: 3 }],
  });
  expect(body.people[1].calendars[0].events[0]).toMatchObject({
    title: 'Morning watch',
    start: '2026-12-01T14:00:00.000Z',
    localStart: '2026-12-01T09:00',
    originalStart: Date.parse('2026-12-01T14:00:00Z'),
  });
});

test('adds, moves and deletes an event, in local time of its calendar', async () => {
  const [calendar] = simulator.world.calendars('grace@example.com');
  const id = calendar?.id ?? '';
  const added = await control('POST', '/events', {
    calendar: id,
    title: 'New',
    start: '2027-01-10T09:00',
    end: '2027-01-10T10:00',
  });
  expect(added.status).toBe(201);
  const window = ['2027-01-10T00:00:00Z', '2027-01-12T00:00:00Z'] as const;
  expect(busy(id, ...window)).toEqual([['2027-01-10T14:00:00.000Z', '2027-01-10T15:00:00.000Z']]);
  const path = `/events/${encodeURIComponent(id)}/${encodeURIComponent(added.body.id)}`;
  await control('PATCH', path, { allDay: { start: '2027-01-11', end: '2027-01-12' } });
  expect(busy(id, ...window)).toEqual([['2027-01-11T05:00:00.000Z', '2027-01-12T05:00:00.000Z']]);
  expect((await control('PATCH', path, { start: '2027-01-11T10:00', end: '2027-01-11T09:00' })).status).toBe(
    400,
  );
  expect((await control('DELETE', path)).status).toBe(204);
  expect(busy(id, ...window)).toEqual([]);
  expect(await control('DELETE', path)).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining('no event') },
  });
});

test('moves and cancels one instance of a series', async () => {
  const [, team] = simulator.world.calendars('grace@example.com');
  const id = team?.id ?? '';
  const [first, second] = simulator.world
    .events(id, NOW, NOW + 30 * 86_400_000)
    .filter(({ event }) => event.series);
  const path = `/events/${encodeURIComponent(id)}/${encodeURIComponent(first?.event.id ?? '')}`;
  await control('DELETE', `${path}?originalStart=${first?.originalStart}`);
  await control('PATCH', path, {
    originalStart: second?.originalStart,
    start: '2026-12-10T10:00',
    end: '2026-12-10T10:30',
  });
  const left = simulator.world.events(id, NOW, NOW + 30 * 86_400_000).filter(({ event }) => event.series);
  expect(left.map(({ start }) => new Date(start).toISOString()).slice(0, 2)).toEqual([
    '2026-12-10T15:00:00.000Z',
    '2026-12-16T19:00:00.000Z',
  ]);
});

test('sets faults, and refuses requests that a form of another site could send', async () => {
  const fault = { kind: 'answer', path: '^/google/', status: 500, times: 1 };
  expect((await control('POST', '/faults', fault, 'text/plain')).status).toBe(415);
  expect((await control('POST', '/faults', { kind: 'flood' })).status).toBe(400);
  expect((await control('POST', '/faults', { kind: 'revoke', person: 'nobody@example.com' })).status).toBe(
    400,
  );
  expect((await control('POST', '/faults', fault)).status).toBe(201);
  const status = async () =>
    (await fetch(`${simulator.google.apiUrl}calendar/v3/users/me/calendarList`)).status;
  expect([await status(), await status()]).toEqual([500, 401]);
  await control('POST', '/faults', { kind: 'empty-pages', count: 2 });
  await control('DELETE', '/faults');
  expect((await control('GET', '/faults')).body).toEqual([]);
});
