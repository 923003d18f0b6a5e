/** A host whose calendar is a feed: from its address to slots that follow it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../harness/eventually.ts';
import { type LocalServer, startServer } from '../net/server.fixture.ts';
import { follow } from './client.fixture.ts';
import { type Stack, startStack, testDay } from './stack.fixture.ts';

const { window, at, iso } = testDay();
const PATH = '/private-5ec2e7/basic.ics';

let feed: LocalServer;
let stack: Stack;
let host: string;
let eventType: string;

beforeAll(async () => {
  feed = await startServer();
  // So seldom that nothing below is a poll's doing.
  stack = await startStack({ env: { POLL_INTERVAL: 'PT1H' } });
  const hours = {
    timeZone: 'UTC',
    weekly: [{ days: ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], start: '09:00', end: '12:00' }],
  };
  const made = await stack.admin<{ createHost: { id: string } }>(
    'mutation ($input: CreateHostInput!) { createHost(input: $input) { id } }',
    { input: { name: 'Ada', slug: 'ada', timeZone: 'UTC', workingHours: hours } },
  );
  host = made.createHost.id;
  const type = await stack.admin<{ createEventType: { id: string } }>(
    'mutation ($input: EventTypeInput!) { createEventType(input: $input) { id } }',
    { input: { owner: 'ada', slug: 'intro', title: 'Intro', length: 'PT1H', hosts: [host] } },
  );
  eventType = type.createEventType.id;
});

afterAll(async () => {
  await stack?.close();
  await feed?.close();
});

interface Connected {
  __typename: 'Account' | 'ProviderRefused';
  id: string;
  message?: string;
  calendars: { id: string }[];
}

const urlOf = () => `http://127.0.0.1:${feed.port}${PATH}`;
const connect = async (url = urlOf(), name?: string) => {
  const { connectFeed } = await stack.admin<{ connectFeed: Connected }>(
    `mutation ($input: ConnectFeedInput!) { connectFeed(input: $input) { __typename
      ... on Account { id provider email status
        calendars { id externalId name timeZone primary selected writable watchable } }
      ... on ProviderRefused { message } } }`,
    { input: { host, url, ...(name === undefined ? {} : { name }) } },
  );
  return connectFeed;
};

const stamp = (instant: number) => new Date(instant).toISOString().replace(/[-:]|\.\d+/g, '');
/** A calendar with these events, by their start and end. */
const calendar = (...events: [from: string, to: string][]) =>
  [
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:x', 'X-WR-CALNAME:Shifts', 'X-WR-TIMEZONE:Europe/Berlin'],
    ...['REFRESH-INTERVAL;VALUE=DURATION:P1D', 'X-PUBLISHED-TTL:P1D'],
    ...events.flatMap(([from, to]) => [
      ...['BEGIN:VEVENT', `UID:${from}`, `DTSTAMP:${stamp(Date.now())}`],
      ...[`DTSTART:${stamp(at(from))}`, `DTEND:${stamp(at(to))}`, 'END:VEVENT'],
    ]),
    ...['END:VCALENDAR', ''],
  ].join('\r\n');
const say = (text: string) => feed.answer((_asked, response) => response.end(text));

const answer = (consistency = 'CACHED') =>
  stack
    .anyone<{ availability: { slots: { start: string }[]; issues: { code: string }[] } }>(
      'query ($input: AvailabilityInput!) { availability(input: $input) { slots { start } issues { code } } }',
      { input: { eventType, ...window, consistency } },
    )
    .then(({ availability }) => ({
      starts: availability.slots.map(({ start }) => start),
      issues: availability.issues.map(({ code }) => code),
    }));
const sync = async (id: string) => {
  const { syncCalendar } = await stack.admin<{ syncCalendar: { sync: { error: string | null } } }>(
    'mutation ($id: ID!) { syncCalendar(calendar: $id) { sync { error consecutiveFailures } } }',
    { id },
  );
  return syncCalendar.sync;
};

it('refuses a feed address without a calendar', async () => {
  say('<html>Sign in');
  expect(await connect()).toEqual({
    __typename: 'ProviderRefused',
    message: 'What this address answers is a web page, not a calendar.',
  });
  feed.answer((_asked, response) => response.writeHead(404).end());
  expect(await connect()).toEqual({
    __typename: 'ProviderRefused',
    message: 'There is nothing at this address.',
  });
  await expect(connect('ftp://example.com/a.ics')).rejects.toMatchObject({
    errors: [{ extensions: { code: 'BAD_USER_INPUT', field: 'url' } }],
  });
});

it('connects a feed, syncs it, survives its faults, and recovers after it was withdrawn', async () => {
  say(calendar(['09:00', '10:00']));
  const account = await connect();
  const [{ id } = { id: '' }] = account.calendars;
  expect(account).toMatchObject({
    ...{ __typename: 'Account', provider: 'FEED', email: null, status: 'CONNECTED' },
    calendars: [{ name: 'Shifts', timeZone: 'Europe/Berlin', primary: true, selected: true }],
  });
  expect(account.calendars).toMatchObject([{ writable: false, watchable: false }]);
  expect(JSON.stringify(account)).not.toContain('5ec2e7');
  await until(async () => (await answer()).starts.length === 2);
  expect(await answer()).toEqual({ starts: iso('10:00', '11:00'), issues: [] });

  // Whatever it says of how often it wants to be read.
  say(calendar(['10:00', '11:00']));
  expect(await answer()).toEqual({ starts: iso('10:00', '11:00'), issues: [] });
  expect(await answer('STRICT')).toEqual({ starts: iso('09:00', '11:00'), issues: [] });

  const viewer = follow(stack.url, { eventType, ...window });
  await viewer.next();
  say(calendar(['10:00', '11:00'], ['11:00', '12:00']));
  expect(await sync(id)).toEqual({ error: null, consecutiveFailures: 0 });
  await viewer.next();
  expect(viewer.starts()).toEqual(iso('09:00'));
  await viewer.close();

  say('<!DOCTYPE html><title>Sign in</title>');
  expect(await sync(id)).toMatchObject({ error: expect.stringContaining('web page') });
  expect(await answer()).toEqual({ starts: iso('09:00'), issues: ['SOURCE_UNREACHABLE'] });
  say(calendar(['10:00', '11:00']).slice(0, -20));
  expect(await sync(id)).toMatchObject({ error: expect.stringContaining('cut off') });
  expect(await answer()).toEqual({ starts: iso('09:00'), issues: ['SOURCE_UNREACHABLE'] });

  say(calendar(['10:00', '11:00']));
  await sync(id);
  expect(await answer()).toEqual({ starts: iso('09:00', '11:00'), issues: [] });

  // What it was stays known, but nobody may rely on it.
  feed.answer((_asked, response) => response.writeHead(410).end());
  await sync(id);
  expect(await answer()).toEqual({ starts: [], issues: ['SOURCE_AUTH_REVOKED'] });
  say(calendar());
  expect(await connect(urlOf(), 'Ours')).toMatchObject({
    id: account.id,
    status: 'CONNECTED',
    calendars: [{ id, name: 'Ours' }],
  });
  await until(async () => (await answer()).starts.length === 3);
  expect(await answer()).toEqual({ starts: iso('09:00', '10:00', '11:00'), issues: [] });
});
