import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import { until } from '../harness/eventually.ts';
import {
  availability,
  codesOf,
  daily,
  eventTypeInput,
  type MadeHost,
  makeEventType,
  makeHost,
  refusal,
  startsOf,
} from './world.fixture.ts';

let stack: Stack;
let host: MadeHost;
let connected: ConnectedHost;
beforeAll(async () => {
  stack = await startStack();
  host = await makeHost(stack.admin, 'ada');
  connected = await connectHost(stack, 'GOOGLE', 'gina');
});
afterAll(() => stack?.close());

const { window, at, iso } = testDay();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('without calendars', () => {
  it('a host has its working hours: complete, proven as of now, and said so', async () => {
    const eventType = await makeEventType(stack.admin, host, 'plain');
    const answer = await availability(stack.anyone, { eventType, ...window });
    expect(answer.slots).toHaveLength(16);
    expect(answer.slots[0]).toEqual({
      start: iso('09:00')[0],
      end: iso('09:30')[0],
      seatsLeft: 1,
      hosts: [{ id: host.id, name: 'ada', slug: 'ada' }],
    });
    expect(answer).toMatchObject({
      complete: true,
      freshness: { provenAsOf: answer.computedAt, bound: 'PT0S', sources: [] },
      issues: [{ code: 'NO_CALENDARS', host: host.id, calendar: null, message: expect.any(String) }],
    });
    for (const ask of [{ consistency: 'STRICT' }, { maxAge: 'PT0S' }]) {
      expect(await availability(stack.anyone, { eventType, ...window, ...ask })).toMatchObject({
        complete: true,
        etag: answer.etag,
      });
    }
  });
});

describe('working hours', () => {
  /** Starts of a whole day in Berlin, by its wall clock's hours. */
  async function berlin(slug: string, weekly: object[], from: string, to: string, overrides: object[] = []) {
    const workingHours = { timeZone: 'Europe/Berlin', weekly, overrides };
    const made = await makeHost(stack.admin, slug, { timeZone: 'Europe/Berlin', workingHours });
    const eventType = await makeEventType(stack.admin, made, 'hour', { length: 'PT1H' });
    return startsOf(await availability(stack.anyone, { eventType, from, to })).map((start) =>
      start.slice(0, 16),
    );
  }
  const sunday = (start: string, end: string) => ({ days: ['SU'], start, end });

  it('follow the wall clock over a change of it', async () => {
    const weekly = [{ days: ['SA', 'SU'], start: '09:00', end: '10:00' }];
    expect(await berlin('spring', weekly, '2050-03-26T00:00:00Z', '2050-03-28T00:00:00Z')).toEqual([
      '2050-03-26T08:00',
      '2050-03-27T07:00',
    ]);
  });

  it('lose the hour that is skipped and have the one that occurs twice', async () => {
    expect(
      await berlin('gap', [sunday('01:00', '04:00')], '2050-03-27T00:00:00Z', '2050-03-28T00:00:00Z'),
    ).toEqual(['2050-03-27T00:00', '2050-03-27T01:00']);
    const weekly = [sunday('01:00', '04:00')];
    expect(await berlin('fold', weekly, '2050-10-29T12:00:00Z', '2050-10-30T12:00:00Z')).toEqual([
      '2050-10-29T23:00',
      '2050-10-30T00:00',
      '2050-10-30T01:00',
      '2050-10-30T02:00',
    ]);
  });

  it('let a slot run over midnight where ranges touch, and give way to overrides', async () => {
    const weekly = [
      { days: ['MO'], start: '23:30', end: '24:00' },
      { days: ['TU'], start: '00:00', end: '01:00' },
    ];
    // Monday and Tuesday, 3 and 4 January; in winter Berlin is an hour ahead.
    const [from, to] = ['2050-01-03T00:00:00Z', '2050-01-05T00:00:00Z'];
    expect(await berlin('night', weekly, from, to)).toEqual(['2050-01-03T22:30', '2050-01-03T23:00']);
    const overrides = [
      { date: '2050-01-03', ranges: [] },
      { date: '2050-01-04', ranges: [{ start: '12:00', end: '14:00' }] },
    ];
    expect(await berlin('off', weekly, from, to, overrides)).toEqual([
      '2050-01-04T11:00',
      '2050-01-04T12:00',
    ]);
  });

  it('cut slots at the window, whatever its offset', async () => {
    const eventType = await makeEventType(stack.admin, host, 'cut');
    const from = iso('09:10')[0]?.replace('Z', '-00:00');
    const to = new Date(at('11:15')).toISOString().replace('.000Z', '.000+01:00');
    const answer = await availability(stack.anyone, { eventType, from, to });
    expect(startsOf(answer)).toEqual(iso('09:30'));
  });
});

describe('the rules', () => {
  it('keep buffers free of busy time, on both sides', async () => {
    const { world } = stack.simulator;
    const event = world.createEvent(connected.remoteCalendar, { start: at('12:00'), end: at('13:00') });
    const own = { id: connected.id, slug: connected.slug };
    const rules = { interval: 'PT15M', bufferBefore: 'PT15M', bufferAfter: 'PT30M' };
    const eventType = await makeEventType(stack.admin, own, 'buffered', rules);
    const starts = await until(async () => {
      const found = startsOf(await availability(stack.anyone, { eventType, ...window }));
      return found.includes(iso('12:00')[0] ?? '') ? null : found;
    });
    const [first = '', last = ''] = iso('10:45', '13:45');
    const around = [...iso('10:45', '11:00'), ...iso('13:15', '13:30', '13:45')];
    expect(starts.filter((start) => first <= start && start <= last)).toEqual(around);
    world.deleteEvent(connected.remoteCalendar, event.id);
    // Buffers need no working hours.
    expect(starts[0]).toBe(iso('09:00')[0]);
    expect(starts.at(-1)).toBe(iso('16:30')[0]);
  });

  it('keep notice and horizon from the instant of the answer', async () => {
    const open = await makeHost(stack.admin, 'open', { workingHours: daily('00:00', '24:00') });
    const rules = { length: 'PT10M', minimumNotice: 'PT3H', horizon: 'PT6H' };
    const eventType = await makeEventType(stack.admin, open, 'soon', rules);
    const from = new Date(Date.now() - DAY).toISOString();
    const to = new Date(Date.now() + 2 * DAY).toISOString();
    const { slots, computedAt } = await availability(stack.anyone, { eventType, from, to });
    const now = Date.parse(computedAt);
    const starts = slots.map(({ start }) => Date.parse(start) - now);
    expect(starts.length).toBeGreaterThanOrEqual(17);
    expect(starts[0]).toBeGreaterThanOrEqual(3 * HOUR);
    expect(starts[0]).toBeLessThan(3 * HOUR + 600_000);
    expect(starts.at(-1)).toBeLessThanOrEqual(6 * HOUR);
    expect(starts.at(-1)).toBeGreaterThan(6 * HOUR - 600_000);
  });

  it('offer nothing of the past', async () => {
    const past = await makeHost(stack.admin, 'past', { workingHours: daily('00:00', '24:00') });
    const eventType = await makeEventType(stack.admin, past, 'late');
    const [from, to] = [-2, -1].map((days) => new Date(Date.now() + days * DAY).toISOString());
    expect((await availability(stack.anyone, { eventType, from, to })).slots).toEqual([]);
  });

  it('show the seats', async () => {
    const eventType = await makeEventType(stack.admin, host, 'seats', { seats: 5 });
    const { slots } = await availability(stack.anyone, { eventType, ...window });
    expect(new Set(slots.map(({ seatsLeft }) => seatsLeft))).toEqual(new Set([5]));
  });

  it('are in the very next answer', async () => {
    const made = await makeHost(stack.admin, 'next');
    const eventType = await makeEventType(stack.admin, made, 'rules');
    const starts = async () => startsOf(await availability(stack.anyone, { eventType, ...window }));
    expect(await starts()).toHaveLength(16);
    await stack.admin(
      'mutation ($host: ID!, $input: WorkingHoursInput!) { setWorkingHours(host: $host, input: $input) { id } }',
      {
        host: made.id,
        input: daily('12:00', '14:00'),
      },
    );
    expect(await starts()).toEqual(iso('12:00', '12:30', '13:00', '13:30'));
    await stack.admin(
      'mutation ($id: ID!, $input: EventTypeInput!) { updateEventType(id: $id, input: $input) { id } }',
      {
        id: eventType,
        input: eventTypeInput(made, 'rules', { length: 'PT1H' }),
      },
    );
    expect(await starts()).toEqual(iso('12:00', '13:00'));
    await stack.admin(
      'mutation ($id: ID!, $input: CreateHostInput!) { updateHost(id: $id, input: $input) { id } }',
      {
        id: made.id,
        input: { name: 'Renamed', slug: 'next', timeZone: 'UTC', workingHours: daily('12:00', '13:00') },
      },
    );
    const answer = await availability(stack.anyone, { eventType, ...window });
    expect(startsOf(answer)).toEqual(iso('12:00'));
    expect(answer.slots[0]?.hosts).toEqual([{ id: made.id, name: 'Renamed', slug: 'next' }]);
  });
});

describe('the etag', () => {
  it('stands for event type, window and slots, and for nothing else', async () => {
    const eventType = await makeEventType(stack.admin, host, 'etag');
    const twin = await makeEventType(stack.admin, host, 'twin');
    const etag = async (input: object) =>
      (await availability(stack.anyone, { eventType, ...window, ...input })).etag;
    const first = await etag({});
    expect(await etag({ consistency: 'STRICT' })).toBe(first);
    expect(await etag({ from: window.from.replace('Z', '+00:00') })).toBe(first);
    expect(await etag({ eventType: twin })).not.toBe(first);
    expect(await etag({ from: iso('01:00')[0] })).not.toBe(first);
    const update = (more: object) =>
      stack.admin(
        'mutation ($id: ID!, $input: EventTypeInput!) { updateEventType(id: $id, input: $input) { id } }',
        {
          id: eventType,
          input: eventTypeInput(host, 'etag', more),
        },
      );
    await update({ title: 'Another title' });
    expect(await etag({})).toBe(first);
    await update({ seats: 2 });
    expect(await etag({})).not.toBe(first);
    await update({});
    expect(await etag({})).toBe(first);
  });
});

describe('freshness', () => {
  it('is stated source by source, and bounds the age of the answer', async () => {
    const answer = await availability(stack.anyone, { eventType: connected.eventType, ...window });
    const { provenAsOf, bound, sources } = answer.freshness;
    expect(codesOf(answer)).toEqual([]);
    expect(answer.complete).toBe(true);
    expect(sources).toHaveLength(1);
    const [source] = sources;
    expect(source).toMatchObject({ host: connected.id, calendar: connected.calendar, provenAsOf });
    expect(['POLL', 'NOTIFICATION']).toContain(source?.basis);
    const [computed, proven] = [Date.parse(answer.computedAt), Date.parse(provenAsOf ?? '')];
    expect(secondsOf(bound)).toBeCloseTo((computed - proven) / 1000, 3);
    // A week back, half a year ahead, and a day beyond what is promised.
    expect(Date.parse(source?.coveredFrom ?? '')).toBeLessThanOrEqual(computed - 7 * DAY);
    expect(Date.parse(source?.coveredTo ?? '')).toBeGreaterThanOrEqual(computed + 181 * DAY);
  });
});

const secondsOf = (duration: string | null) => {
  const [, minutes = 0, seconds = 0] = /^PT(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(duration ?? '') ?? [];
  return Number(minutes) * 60 + Number(seconds);
};

describe('a question that is wrong', () => {
  const from = '2050-01-01T00:00:00Z';
  it.each<[string, object]>([
    ['to', { from, to: '2049-12-31T00:00:00Z' }],
    ['to', { from, to: from }],
    ['to', { from, to: '2050-03-04T00:00:00.001Z' }],
    ['to', { from }],
    ['from', { from: '2050-01-01T00:00:00', to: '2050-01-02T00:00:00Z' }],
    ['from', { from: '2050-01-01', to: '2050-01-02T00:00:00Z' }],
    ['from', { from: '2050-02-30T00:00:00Z', to: '2050-03-02T00:00:00Z' }],
    ['from', { from: '2050-01-01T24:00:00Z', to: '2050-03-02T00:00:00Z' }],
    ['from', { from: 0, to: '2050-01-02T00:00:00Z' }],
    ['maxAge', { from, to: '2050-01-02T00:00:00Z', maxAge: 'P1M' }],
    ['consistency', { from, to: '2050-01-02T00:00:00Z', consistency: 'LOOSE' }],
    ['eventType', { from, to: '2050-01-02T00:00:00Z', eventType: 'a\0' }],
    ['eventType', { from, to: '2050-01-02T00:00:00Z', eventType: null }],
  ])('is answered that %s is: %o', async (field, input) => {
    const { code, message } = await refusal(
      availability(stack.anyone, { eventType: connected.eventType, ...input }),
    );
    expect(code).toBe('BAD_USER_INPUT');
    expect(message).toContain(field);
  });

  it('may span 62 days, and no event type but one that is there', async () => {
    const input = { eventType: connected.eventType, from, to: '2050-03-04T00:00:00Z' };
    expect((await availability(stack.anyone, input)).slots).toEqual([]);
    for (const eventType of ['et_01h455vb4pex5vsknk084sn02q', host.id, 'junk', '']) {
      expect(await refusal(availability(stack.anyone, { ...input, eventType }))).toMatchObject({
        code: 'NOT_FOUND',
      });
    }
  });
});
