import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR } from '../../src/time/clock.ts';
import { until } from '../harness/eventually.ts';
import { createBooker } from './booker.fixture.ts';
import { type Follower, follow } from './client.fixture.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';

const { iso, at, window } = testDay();
const one = (time: string) => iso(time)[0] ?? '';

let stack: Stack;
let booker: ReturnType<typeof createBooker>;
beforeAll(async () => {
  stack = await startStack();
  booker = createBooker(stack.anyone);
});
afterAll(() => stack?.close());

describe.each(['GOOGLE', 'MICROSOFT'] as const)(
  'what a host does to a booking in a calendar of %s',
  (provider) => {
    let host: ConnectedHost;
    let viewer: Follower;
    beforeAll(async () => {
      host = await connectHost(stack, provider, `host-${provider.toLowerCase()}`);
      viewer = follow(stack.url, { eventType: host.eventType, ...window });
      await viewer.next();
    });
    afterAll(() => viewer?.close());

    const event = () =>
      stack.simulator.world.events(host.remoteCalendar, at('00:00'), at('00:00') + 24 * HOUR)[0]?.event;
    const sees = (there: string[], gone: string[]) => () =>
      there.every((time) => viewer.starts().includes(one(time))) &&
      gone.every((time) => !viewer.starts().includes(one(time)));
    /** Reads what comes until it shows that. */
    const shows = async (there: string[], gone: string[]) => {
      while (!sees(there, gone)()) await viewer.next();
    };
    /** Requests that make, change or delete events. */
    const writes = () =>
      stack.simulator
        .requests()
        .filter(({ method, path }) => method !== 'GET' && /\/events(\/[^/]+)?$/.test(path)).length;

    it("applies a host's change of the event to the booking, and every viewer sees it", async () => {
      const before = writes();
      const booked = await booker.book(host.eventType, one('09:00'));
      await booker.becomes(booked.token, 'WRITTEN');
      await shows(['10:00'], ['09:00']);
      stack.simulator.world.moveEvent(host.remoteCalendar, event()?.id ?? '', at('10:00'), at('11:00'));
      const moved = await until(async () => {
        const found = await booker.read(booked.token);
        return found.start === one('10:00') && found;
      });
      expect(moved).toMatchObject({ status: 'CONFIRMED', end: one('11:00'), writeStatus: 'WRITTEN' });
      await shows(['09:00', '11:00'], ['10:00', '10:30']);

      // Its attendee may move it on.
      await booker.reschedule(booked.token, one('12:00'));
      await until(async () => event()?.start === at('12:00'));
      await booker.becomes(booked.token, 'WRITTEN');
      await shows(['10:00', '10:30'], ['12:00']);

      stack.simulator.world.deleteEvent(host.remoteCalendar, event()?.id ?? '');
      await until(async () => (await booker.read(booked.token)).status === 'CANCELLED');
      await shows(['12:00'], []);
      // One made, one moved: nothing of what we read back was written again.
      await stack.simulator.onIdle();
      expect(writes() - before).toBe(2);
      expect(event()).toBeUndefined();
    });

    it('neither writes nor looks up an event after notifications of its own writes', async () => {
      const looks = () =>
        stack.simulator
          .requests()
          .filter(({ method, path }) => method === 'GET' && /\/events\/[^/]+$|calendarView$/.test(path))
          .length;
      const before = { writes: writes(), looks: looks() };
      const booked = await booker.book(host.eventType, one('14:00'));
      await booker.becomes(booked.token, 'WRITTEN');
      const readSince = async (since: number) => {
        const { host: found } = await stack.admin<{
          host: { calendars: { id: string; sync: { provenAsOf: string | null } }[] };
        }>('query ($id: ID!) { host(id: $id) { calendars { id sync { provenAsOf } } } }', { id: host.id });
        const state = found.calendars.find(({ id }) => id === host.calendar);
        return Date.parse(state?.sync.provenAsOf ?? '') > since;
      };
      await stack.simulator.onIdle();
      const now = Date.now();
      await stack.admin('mutation ($id: ID!) { syncCalendar(calendar: $id) { id } }', { id: host.calendar });
      await until(() => readSince(now));
      expect({ writes: writes(), looks: looks() }).toEqual({
        writes: before.writes + 1,
        looks: before.looks,
      });
      expect(await booker.read(booked.token)).toMatchObject({ status: 'CONFIRMED', start: one('14:00') });
    });
  },
);
