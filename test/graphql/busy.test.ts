import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ask } from '../e2e/client.fixture.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import { until } from '../harness/eventually.ts';
import {
  availability,
  type MadeHost,
  makeEventType,
  makeHost,
  makeKey,
  refusal,
  startsOf,
} from './world.fixture.ts';

let stack: Stack;
let connected: ConnectedHost;
let free: MadeHost;
let ask: Ask;
beforeAll(async () => {
  stack = await startStack();
  connected = await connectHost(stack, 'MICROSOFT', 'mia');
  free = await makeHost(stack.admin, 'free');
  ask = (await makeKey(stack, ['READ_BUSY'])).ask;
});
afterAll(() => stack?.close());

const { window, at, iso } = testDay();

interface HostBusy {
  host: { id: string; name: string; slug: string };
  periods: { start: string; end: string; kind: string }[];
  complete: boolean;
  freshness: {
    provenAsOf: string | null;
    bound: string | null;
    sources: { calendar: string; basis: string }[];
  };
  issues: { code: string }[];
}
const busy = async (hosts: string[], more: object = {}) =>
  (
    await ask<{ busy: HostBusy[] }>(
      `query ($hosts: [ID!]!, $from: DateTime!, $to: DateTime!, $consistency: Consistency, $maxAge: Duration) {
        busy(hosts: $hosts, from: $from, to: $to, consistency: $consistency, maxAge: $maxAge) {
          host { id name slug } periods { start end kind } complete
          freshness { provenAsOf bound sources { calendar basis } } issues { code }
        }
      }`,
      { hosts, ...window, ...more },
    )
  ).busy;

const period = (start: string, end: string, kind: string) => ({
  start: iso(start)[0],
  end: iso(end)[0],
  kind,
});

describe('busy time', () => {
  beforeAll(async () => {
    const { world } = stack.simulator;
    const event = (start: string, end: string, more: object = {}) =>
      world.createEvent(connected.remoteCalendar, {
        title: 'Secret plan',
        start: at(start),
        end: at(end),
        ...more,
      });
    event('12:30', '14:00', { showAs: 'tentative' });
    event('11:00', '13:00', { showAs: 'oof' });
    event('10:00', '12:00');
    event('11:30', '11:45', { showAs: 'tentative' });
    event('15:00', '16:00', { showAs: 'free' });
    event('15:00', '16:00', { showAs: 'workingElsewhere' });
    event('15:00', '16:00', { response: 'declined' });
    event('15:30', '15:30');
    event('16:00', '17:00');
    event('17:00', '18:00');
    // Graph may count a busy machine's endpoint as slow, and notify late.
    await stack.admin('mutation ($calendar: ID!) { syncCalendar(calendar: $calendar) { id } }', connected);
    await until(async () => (await busy([connected.id]))[0]?.periods.length === 4);
  });

  const MERGED = [
    period('10:00', '12:00', 'BUSY'),
    period('12:00', '13:00', 'BUSY_UNAVAILABLE'),
    period('13:00', '14:00', 'BUSY_TENTATIVE'),
    period('16:00', '18:00', 'BUSY'),
  ];

  it('is merged, the stronger kind winning, without what takes no time', async () => {
    const [found] = await busy([connected.id]);
    expect(found).toMatchObject({
      host: { id: connected.id, name: 'mia', slug: 'mia' },
      periods: MERGED,
      complete: true,
      issues: [],
      freshness: { sources: [{ calendar: connected.calendar }] },
    });
    expect(JSON.stringify(found)).not.toContain('Secret');
  });

  it('is cut at the window', async () => {
    const [from, to] = iso('11:00', '13:30');
    expect((await busy([connected.id], { from, to }))[0]?.periods).toEqual([
      period('11:00', '12:00', 'BUSY'),
      period('12:00', '13:00', 'BUSY_UNAVAILABLE'),
      period('13:00', '13:30', 'BUSY_TENTATIVE'),
    ]);
    const [after, before] = iso('14:00', '16:00');
    expect((await busy([connected.id], { from: after, to: before }))[0]?.periods).toEqual([]);
  });

  it('comes host by host, in the order asked for, once each', async () => {
    const found = await busy([free.id, connected.id, free.id]);
    expect(found.map(({ host }) => host.slug)).toEqual(['free', 'mia']);
    expect(found[0]).toMatchObject({ periods: [], complete: true, issues: [{ code: 'NO_CALENDARS' }] });
    expect(found[0]?.freshness).toMatchObject({ bound: 'PT0S', sources: [] });
    expect(await busy([])).toEqual([]);
  });

  it('is read anew when that is asked for', async () => {
    stack.simulator.faults.add({ kind: 'notifications', effect: 'drop' });
    stack.simulator.world.createEvent(connected.remoteCalendar, { start: at('20:00'), end: at('21:00') });
    await stack.simulator.onIdle();
    expect((await busy([connected.id]))[0]?.periods).toEqual(MERGED);
    const [found] = await busy([connected.id], { consistency: 'STRICT' });
    expect(found?.periods).toEqual([...MERGED, period('20:00', '21:00', 'BUSY')]);
    expect(found?.freshness.sources[0]?.basis).toBe('STRICT');
  });

  it('blocks a slot when it is tentative, unless the event type says otherwise', async () => {
    const starts = async (tentativeBlocks: boolean) => {
      const eventType = await makeEventType(stack.admin, connected, `tentative-${tentativeBlocks}`, {
        tentativeBlocks,
      });
      return startsOf(await availability(stack.anyone, { eventType, ...window }));
    };
    expect(await starts(true)).toEqual(iso('09:00', '09:30', '14:00', '14:30', '15:00', '15:30'));
    expect(await starts(false)).toEqual(
      iso('09:00', '09:30', '13:00', '13:30', '14:00', '14:30', '15:00', '15:30'),
    );
  });
});

describe('a question that is wrong', () => {
  it.each<[string, object]>([
    ['to', { to: window.from }],
    ['to', { to: '2099-01-01T00:00:00Z' }],
    ['from', { from: 'yesterday' }],
    ['maxAge', { maxAge: 'P1Y' }],
  ])('is answered that %s is', async (field, more) => {
    const { code, message } = await refusal(busy([free.id], more));
    expect(code).toBe('BAD_USER_INPUT');
    expect(message).toContain(field);
  });

  it('may name fifty hosts, all of which are there', async () => {
    expect(await refusal(busy(Array.from({ length: 51 }, () => free.id)))).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'hosts',
    });
    expect(await busy(Array.from({ length: 50 }, () => free.id))).toHaveLength(1);
    for (const id of ['host_01h455vb4pex5vsknk084sn02q', connected.eventType, 'junk']) {
      expect(await refusal(busy([free.id, id]))).toMatchObject({ code: 'NOT_FOUND' });
    }
  });
});
