import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../harness/eventually.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';

const { window, at, iso } = testDay();
const [TEN = '', HALF_PAST = '', ELEVEN = ''] = iso('10:00', '10:30', '11:00');

let stack: Stack;
let hosts: Record<'GOOGLE' | 'MICROSOFT', ConnectedHost>;
beforeAll(async () => {
  stack = await startStack({ env: { LOG_LEVEL: 'silent' } });
  hosts = {
    GOOGLE: await connectHost(stack, 'GOOGLE', 'gina'),
    MICROSOFT: await connectHost(stack, 'MICROSOFT', 'mia'),
  };
});
afterAll(() => stack?.close());

interface Explained {
  bookable: boolean;
  reasons: {
    code: string;
    host: string | null;
    calendar: string | null;
    from: string | null;
    to: string | null;
  }[];
}

const explain = async (eventType: string, start: string, asOf?: string) =>
  (
    await stack.admin<{ explainSlot: Explained }>(
      `query ($eventType: ID!, $start: DateTime!, $asOf: DateTime) {
        explainSlot(eventType: $eventType, start: $start, asOf: $asOf) {
          bookable reasons { code host calendar from to }
        }
      }`,
      { eventType, start, asOf },
    )
  ).explainSlot;

/** When the answer of a query was like this for the first time. */
async function since(eventType: string, start: string, offered: boolean): Promise<string> {
  await until(async () => {
    const { availability } = await stack.anyone<{ availability: { slots: { start: string }[] } }>(
      'query ($input: AvailabilityInput!) { availability(input: $input) { slots { start } } }',
      { input: { eventType, ...window } },
    );
    return availability.slots.some((slot) => slot.start === start) === offered;
  });
  return new Date().toISOString();
}

describe.each(['GOOGLE', 'MICROSOFT'] as const)('"why was I not offered that?" with %s', (provider) => {
  it('explains why a slot was not offered, also after the reason is gone', async () => {
    const { id, calendar, eventType, remoteCalendar } = hosts[provider];
    const { world } = stack.simulator;
    const before = await since(eventType, TEN, true);
    const { id: event } = world.createEvent(remoteCalendar, {
      title: 'Dentist',
      start: at('10:00'),
      end: at('10:45'),
    });
    const during = await since(eventType, TEN, false);
    const busy = { code: 'BUSY', host: id, calendar, from: TEN, to: iso('10:45')[0] };
    expect(await explain(eventType, TEN)).toEqual({ bookable: false, reasons: [busy] });
    expect(await explain(eventType, HALF_PAST)).toEqual({ bookable: false, reasons: [busy] });
    expect((await explain(eventType, ELEVEN)).bookable).toBe(true);

    world.deleteEvent(remoteCalendar, event);
    const after = await since(eventType, TEN, true);
    expect(await explain(eventType, TEN)).toMatchObject({ bookable: true, reasons: [{ code: 'OFFERED' }] });
    expect(await explain(eventType, TEN, before)).toMatchObject({ bookable: true });
    expect(await explain(eventType, TEN, during)).toEqual({ bookable: false, reasons: [busy] });
    expect(await explain(eventType, TEN, after)).toMatchObject({ bookable: true });
  });
});

it('explains a missing slot by a withdrawn grant, until the host connects again', async () => {
  const { id, calendar, eventType } = await connectHost(stack, 'GOOGLE', 'rita');
  const before = await since(eventType, TEN, true);
  stack.simulator.faults.add({ kind: 'revoke', person: 'rita@example.com' });
  await stack.admin('mutation ($id: ID!) { syncCalendar(calendar: $id) { id } }', { id: calendar });
  const during = await since(eventType, TEN, false);
  const gone = {
    bookable: false,
    reasons: [{ code: 'SOURCE_STALE', host: id, calendar, from: null, to: null }],
  };
  expect(await explain(eventType, TEN)).toEqual(gone);
  const { startConnect } = await stack.admin<{ startConnect: string }>(
    'mutation ($host: ID!) { startConnect(host: $host, provider: GOOGLE) }',
    { host: id },
  );
  await stack.simulator.connect(startConnect, 'rita@example.com');
  await since(eventType, TEN, true);
  // The pull that follows notes the end of the trouble.
  await until(async () => (await explain(eventType, TEN, new Date().toISOString())).bookable);
  expect((await explain(eventType, TEN, before)).bookable).toBe(true);
  expect(await explain(eventType, TEN, during)).toEqual(gone);
});
