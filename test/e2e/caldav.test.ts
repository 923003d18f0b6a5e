/** A host whose calendar is on a CalDAV server: from the password to slots that follow it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../harness/eventually.ts';
import { type RadicaleServer, startRadicale } from '../harness/radicale.ts';
import { follow } from './client.fixture.ts';
import { type Stack, startStack, testDay } from './stack.fixture.ts';

const { window, at, iso } = testDay();
const HOME = '/ada%40example.com/';

let radicale: RadicaleServer;
let stack: Stack;
let host: string;
let eventType: string;

beforeAll(async () => {
  radicale = await startRadicale();
  await radicale.makeCalendar(`${HOME}work/`, '<D:displayname>Work</D:displayname>');
  stack = await startStack({ env: { POLL_INTERVAL: 'PT1S' } });
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
    // No calendar is stale because the machine is busy.
    {
      input: {
        owner: 'ada',
        slug: 'intro',
        title: 'Intro',
        length: 'PT1H',
        staleAfter: 'PT5M',
        hosts: [host],
      },
    },
  );
  eventType = type.createEventType.id;
});

afterAll(async () => {
  await stack?.close();
  await radicale?.close();
});

interface Connected {
  __typename: 'Account' | 'ProviderRefused';
  id?: string;
  message?: string;
  provider?: string;
  email?: string;
  calendars?: { name: string; primary: boolean; selected: boolean; writable: boolean; watchable: boolean }[];
}

const connect = async (password: string, url = `${radicale.url}/`) => {
  const { connectCalDav } = await stack.admin<{ connectCalDav: Connected }>(
    `mutation ($input: ConnectCalDavInput!) { connectCalDav(input: $input) { __typename
      ... on Account { id provider email calendars { name primary selected writable watchable } }
      ... on ProviderRefused { message } } }`,
    { input: { host, url, username: radicale.username, password } },
  );
  return connectCalDav;
};

const put = (uid: string, from: string, to: string) =>
  radicale.put(
    `${HOME}work/${uid}.ics`,
    ...['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20261001T000000Z'],
    ...[`DTSTART:${stamp(at(from))}`, `DTEND:${stamp(at(to))}`, 'END:VEVENT'],
  );
/** As `put`, at times without a zone. */
const putFloating = (uid: string, from: string, to: string) =>
  radicale.put(
    `${HOME}work/${uid}.ics`,
    ...['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20261001T000000Z'],
    ...[from, to].map((time, i) => `${['DTSTART', 'DTEND'][i]}:${stamp(at(time)).replace('Z', '')}`),
    'END:VEVENT',
  );
const stamp = (instant: number) => new Date(instant).toISOString().replace(/[-:]|\.\d+/g, '');

const answer = () =>
  stack
    .anyone<{ availability: { slots: { start: string }[]; issues: { code: string }[] } }>(
      'query ($input: AvailabilityInput!) { availability(input: $input) { slots { start } issues { code } } }',
      { input: { eventType, ...window } },
    )
    .then(({ availability }) => ({
      starts: availability.slots.map(({ start }) => start),
      issues: availability.issues.map(({ code }) => code),
    }));
const answerOf = (starts: string[], ...issues: string[]) =>
  until(async () => {
    const found = await answer();
    return JSON.stringify(found) === JSON.stringify({ starts, issues }) && found;
  });

it('refuses to connect CalDAV with a wrong password, and where there is no server', async () => {
  expect(await connect('wrong')).toEqual({
    __typename: 'ProviderRefused',
    message: 'The server did not accept the user name and password.',
  });
  expect(await connect(radicale.password, 'http://127.0.0.1:9/')).toMatchObject({
    __typename: 'ProviderRefused',
  });
  await expect(connect(radicale.password, 'ftp://example.com/')).rejects.toMatchObject({
    errors: [{ extensions: { code: 'BAD_USER_INPUT', field: 'url' } }],
  });
});

it('connects a CalDAV account, syncs it, recovers it after its password was changed, and moves its times with the host', async () => {
  await put('before', '09:00', '10:00');
  const account = await connect(radicale.password);
  expect(account).toMatchObject({
    __typename: 'Account',
    provider: 'CALDAV',
    email: 'ada@example.com',
    calendars: [{ name: 'Work', primary: true, selected: true, writable: false, watchable: false }],
  });
  await answerOf(iso('10:00', '11:00'));

  const viewer = follow(stack.url, { eventType, ...window });
  await viewer.next();
  expect(viewer.starts()).toEqual(iso('10:00', '11:00'));
  await put('later', '11:00', '12:00');
  await viewer.next();
  expect(viewer.starts()).toEqual(iso('10:00'));
  await radicale.remove(`${HOME}work/before.ics`);
  await viewer.next();
  expect(viewer.starts()).toEqual(iso('09:00', '10:00'));
  await viewer.close();

  // Its busy time is still known, but nobody may rely on it.
  await radicale.setPassword('another one');
  await answerOf([], 'SOURCE_AUTH_REVOKED');
  const healed = await connect('another one');
  expect(healed.id).toBe(account.id);
  await answerOf(iso('09:00', '10:00'));

  await radicale.putText(
    `${HOME}work/later.ics`,
    'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:later\r\nSUMMARY:no time\r\nDTSTAMP:20261001T000000Z\r\nDTSTART:20261001T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n',
  );
  await answerOf(iso('09:00', '10:00', '11:00'));

  // A time without a zone is the host's, so it moves with the host; what is not read again yet is said to be partial.
  await putFloating('floating', '10:00', '11:00');
  await answerOf(iso('09:00', '11:00'));
  const moved = iso('09:00', '10:00');
  await stack.admin(
    'mutation ($id: ID!, $input: CreateHostInput!) { updateHost(id: $id, input: $input) { id } }',
    { id: host, input: { name: 'Ada', slug: 'ada', timeZone: 'Etc/GMT+1' } },
  );
  await until(async () => {
    const { starts, issues } = await answer();
    if (issues.length === 0) expect(starts).toEqual(moved);
    return issues.length === 0;
  });
  await radicale.remove(`${HOME}work/floating.ics`);
  await answerOf(iso('09:00', '10:00', '11:00'));
  await stack.admin('mutation ($account: ID!) { disconnectAccount(account: $account) }', {
    account: account.id,
  });
  await answerOf(iso('09:00', '10:00', '11:00'), 'NO_CALENDARS');
});
