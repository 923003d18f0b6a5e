import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import {
  availability,
  daily,
  eventTypeInput,
  type MadeHost,
  makeEventType,
  makeHost,
  makeKey,
  refusal,
  secondOrganisation,
} from './world.fixture.ts';

let stack: Stack;
let ada: MadeHost;
let bob: MadeHost;
let eventType: string;
beforeAll(async () => {
  stack = await startStack();
  ada = await makeHost(stack.admin, 'ada', { workingHours: daily('09:00', '12:00') });
  bob = await makeHost(stack.admin, 'bob', { workingHours: daily('10:00', '13:00') });
  eventType = await makeEventType(stack.admin, ada, 'talk', { length: 'PT1H' });
});
afterAll(() => stack?.close());

const { window } = testDay();

interface Received {
  start: string;
  end: string;
  seatsLeft: number;
  hosts: { slug: string }[];
}
const SLOT = 'start end seatsLeft hosts { slug }';
const short = (slots: Received[]) =>
  slots.map(
    ({ start, end, seatsLeft, hosts }) =>
      `${start.slice(11, 16)}-${end.slice(11, 16)} ${hosts.map(({ slug }) => slug).join('+')} ${seatsLeft}`,
  );

async function whatIf(input: object, ask = stack.admin) {
  const { whatIf: received } = await ask<{ whatIf: { added: Received[]; removed: Received[] } }>(
    `query ($input: WhatIfInput!) { whatIf(input: $input) { added { ${SLOT} } removed { ${SLOT} } } }`,
    { input: { eventType, ...window, ...input } },
  );
  return { added: short(received.added), removed: short(received.removed) };
}
const rules = (more: object) => ({ rules: eventTypeInput(ada, 'talk', { length: 'PT1H', ...more }) });

describe('whatIf', () => {
  it('of nothing changed is nothing', async () => {
    expect(await whatIf({})).toEqual({ added: [], removed: [] });
    expect(await whatIf(rules({}))).toEqual({ added: [], removed: [] });
    expect(await whatIf(rules({ title: 'Other', slug: 'free' }))).toEqual({ added: [], removed: [] });
  });

  it('tells what other hours would add and take away', async () => {
    expect(await whatIf({ workingHours: [{ host: ada.id, hours: daily('10:00', '14:00') }] })).toEqual({
      added: ['12:00-13:00 ada 1', '13:00-14:00 ada 1'],
      removed: ['09:00-10:00 ada 1'],
    });
    expect(await whatIf({ workingHours: [{ host: bob.id, hours: daily('10:00', '14:00') }] })).toEqual({
      added: [],
      removed: [],
    });
  });

  it('tells what other rules would', async () => {
    expect(await whatIf(rules({ interval: 'PT30M' }))).toEqual({
      added: ['09:30-10:30 ada 1', '10:30-11:30 ada 1'],
      removed: [],
    });
    expect((await whatIf(rules({ minimumNotice: 'P30D' }))).removed).toHaveLength(3);
    expect((await whatIf(rules({ length: 'PT90M', interval: 'PT1H' }))).added).toEqual([
      '09:00-10:30 ada 1',
      '10:00-11:30 ada 1',
    ]);
  });

  it('has a slot in both when its seats or its hosts are others', async () => {
    const all = ['09:00-10:00 ada 1', '10:00-11:00 ada 1', '11:00-12:00 ada 1'];
    expect(await whatIf(rules({ seats: 2 }))).toEqual({
      added: ['09:00-10:00 ada 2', '10:00-11:00 ada 2', '11:00-12:00 ada 2'],
      removed: all,
    });
    expect(await whatIf(rules({ scheduling: 'ROUND_ROBIN', hosts: [ada.id, bob.id] }))).toEqual({
      added: ['10:00-11:00 ada+bob 2', '11:00-12:00 ada+bob 2', '12:00-13:00 bob 1'],
      removed: all.slice(1),
    });
    expect(
      await whatIf({
        ...rules({ scheduling: 'COLLECTIVE', hosts: [ada.id, bob.id] }),
        workingHours: [{ host: bob.id, hours: daily('09:00', '10:00') }],
      }),
    ).toEqual({ added: ['09:00-10:00 ada+bob 1'], removed: all });
  });

  it('stores nothing', async () => {
    const before = await availability(stack.anyone, { eventType, ...window });
    await whatIf({
      ...rules({ seats: 7 }),
      workingHours: [{ host: ada.id, hours: daily('00:00', '24:00') }],
    });
    expect((await availability(stack.anyone, { eventType, ...window })).etag).toBe(before.etag);
  });

  it.each<[string, string, () => object]>([
    ['BAD_USER_INPUT', 'length', () => rules({ length: 'PT0S' })],
    ['BAD_USER_INPUT', 'hosts', () => rules({ hosts: [ada.id, bob.id] })],
    ['BAD_USER_INPUT', 'quorum', () => rules({ scheduling: 'QUORUM', quorum: 2 })],
    ['BAD_USER_INPUT', 'title', () => rules({ title: '' })],
    ['BAD_USER_INPUT', 'to', () => ({ to: window.from })],
    ['BAD_USER_INPUT', 'to', () => ({ to: '2099-01-01T00:00:00Z' })],
    [
      'BAD_USER_INPUT',
      'workingHours.0.hours.weekly.0.end',
      () => ({ workingHours: [{ host: ada.id, hours: daily('10:00', '09:00') }] }),
    ],
    [
      'BAD_USER_INPUT',
      'workingHours.1.host',
      () => ({
        workingHours: ['09:00', '10:00'].map((start) => ({ host: ada.id, hours: daily(start, '11:00') })),
      }),
    ],
    ['NOT_FOUND', 'host', () => rules({ hosts: ['junk'] })],
    ['NOT_FOUND', 'slug', () => rules({ owner: 'nobody' })],
    ['NOT_FOUND', 'host', () => ({ workingHours: [{ host: 'junk', hours: daily('10:00', '11:00') }] })],
    ['NOT_FOUND', 'event type', () => ({ eventType: 'junk' })],
  ])('is refused like the change itself: %s %s', async (code, word, more) => {
    const refused = await refusal(whatIf(more()));
    expect(refused.code).toBe(code);
    expect(refused.message).toContain(word);
  });

  it('is for operators, of their own organisation', async () => {
    expect(await refusal(whatIf({}, stack.anyone))).toMatchObject({ code: 'UNAUTHENTICATED' });
    const reader = await makeKey(stack, ['READ_AVAILABILITY', 'READ_BUSY', 'BOOK']);
    expect(await refusal(whatIf({}, reader.ask))).toMatchObject({ code: 'FORBIDDEN' });
    const second = await secondOrganisation(stack);
    expect(await refusal(whatIf({}, second.ask))).toMatchObject({ code: 'NOT_FOUND' });
  });
});
