/** Online meetings of our events at both providers: asked for by the real clients, made by the simulator, and kept by later changes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGoogle } from '../../src/providers/google/index.ts';
import { createMicrosoft } from '../../src/providers/microsoft/index.ts';
import type { OwnEvent, WritePort } from '../../src/providers/port.ts';
import type { FaultInput } from '../../src/simulator/faults.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { HOUR } from '../../src/time/clock.ts';
import { accessWith } from './unlimited.fixture.ts';

const NOW = Date.parse('2026-12-01T08:00:00Z');
const EMAIL = 'ada@example.com';
const OWN = 'bw_1';

const EVENT: OwnEvent = {
  start: NOW + HOUR,
  end: NOW + 2 * HOUR,
  timeZone: 'UTC',
  title: 'Interview',
  description: 'Bring your questions.',
  conference: 'bw_1-1',
};
const MOVED: OwnEvent = { ...EVENT, start: NOW + 3 * HOUR, end: NOW + 4 * HOUR };
const { conference: _, ...PLAIN } = EVENT;

let simulator: Simulator;

async function begin(provider: 'google' | 'microsoft') {
  simulator = await createSimulator({
    clock: { now: () => NOW },
    seed: (world) => void world.addPerson({ email: EMAIL, name: 'Ada', provider, timeZone: 'UTC' }),
  });
  const { write = expect.fail('no write port') } =
    provider === 'google'
      ? createGoogle(simulator.google)
      : createMicrosoft({ ...simulator.microsoft, tenant: 'common' });
  const externalId = simulator.world.calendars(EMAIL)[0]?.id ?? '';
  const { accessToken } = simulator.grant(EMAIL);
  const request = {
    access: accessWith(async () => accessToken),
    calendar: { externalId, timeZone: 'UTC' },
    ownId: OWN,
  };
  return { write, request };
}

const fault = (input: FaultInput) => simulator.faults.add(input);

afterEach(() => simulator.close());

describe.each([
  ['google', 'GOOGLE_MEET', /^https:\/\/meet\.google\.com\//],
  ['microsoft', 'MICROSOFT_TEAMS', /^https:\/\/teams\.microsoft\.com\/l\/meetup-join\//],
] as const)('meetings of %s', (provider, kind, address) => {
  let write: WritePort;
  let request: Awaited<ReturnType<typeof begin>>['request'];

  beforeEach(async () => {
    ({ write, request } = await begin(provider));
  });

  const made = { state: 'made', url: expect.stringMatching(address) };
  const create = (event = EVENT) => write.create({ ...request, event });
  const update = (externalId: string, event: OwnEvent) => write.update({ ...request, externalId, event });
  const read = (externalId: string | null) => write.getEvent({ ...request, externalId });

  it('makes one with the event, and returns its address', async () => {
    expect(write.conference).toBe(kind);
    const { externalId, conference } = await create();
    expect(conference).toEqual(made);
    expect(await read(externalId)).toEqual({ start: EVENT.start, end: EVENT.end, conference });
  });

  it('makes none unasked', async () => {
    const written = await create(PLAIN);
    expect(written).not.toHaveProperty('conference');
    expect(await read(written.externalId)).not.toHaveProperty('conference');
  });

  it('finds the one of an event that exists already', async () => {
    const { externalId, conference } = await create();
    expect(await create()).toEqual({ externalId, conference });
  });

  it('keeps it when the event is moved and rewritten, whatever the request is called', async () => {
    const { externalId, conference } = await create();
    const moved = await update(externalId, { ...MOVED, description: 'Other words.', conference: 'bw_1-2' });
    expect(moved).toEqual({ externalId, conference });
    const { conference: _not, ...unasked } = MOVED;
    await update(externalId, unasked);
    expect(await read(null)).toEqual({ start: MOVED.start, end: MOVED.end, conference });
  });

  it('adds one to an event that has none', async () => {
    const { externalId } = await create(PLAIN);
    expect((await update(externalId, MOVED)).conference).toEqual(made);
  });

  it('makes another one with an event that is made again', async () => {
    const { externalId, conference } = await create();
    await write.delete({ ...request, externalId });
    const again = await create({ ...EVENT, conference: 'bw_1-3' });
    expect(again.conference).toEqual(made);
    expect(again.conference).not.toEqual(conference);
  });

  it('says that it is pending, and finds it once it is made', async () => {
    fault({ kind: 'conferences' });
    const { externalId, conference } = await create();
    expect(conference).toEqual({ state: 'pending' });
    expect((await create()).conference).toEqual({ state: 'pending' });
    expect((await update(externalId, MOVED)).conference).toEqual({ state: 'pending' });
    simulator.faults.clear();
    expect((await read(externalId))?.conference).toEqual(made);
  });

  it('writes the event though no meeting can be made, and tries again with the next change', async () => {
    fault({ kind: 'conferences', effect: 'failure' });
    const { externalId, conference } = await create();
    expect(conference?.state ?? 'failed').toBe('failed');
    expect(await read(externalId)).toMatchObject({ start: EVENT.start });
    simulator.faults.clear();
    expect((await update(externalId, { ...MOVED, conference: 'bw_1-2' })).conference).toEqual(made);
  });

  it('writes the event without a meeting where the request for one is refused', async () => {
    fault({ kind: 'answer', method: 'POST', path: '/events$', status: 400 });
    const { externalId, conference } = await create();
    expect(conference).toMatchObject({ state: 'failed' });
    expect(await read(externalId)).toEqual({ start: EVENT.start, end: EVENT.end });
  });
});

describe('a Microsoft account outside of any organisation', () => {
  it('gets the event without a meeting', async () => {
    const { write, request } = await begin('microsoft');
    simulator.world.person(EMAIL).personal = true;
    const written = await write.create({ ...request, event: EVENT });
    expect(written).not.toHaveProperty('conference');
  });
});
