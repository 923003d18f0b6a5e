import { expect, it } from 'vitest';
import { countedAccess } from '../server.fixture.ts';
import { microsoft, server } from './scripted.fixture.ts';

const ADDRESS = 'https://gw.example.com/webhooks/microsoft';
const EXPIRES = '2026-12-03T08:00:00Z';
const access = () => ({ ...countedAccess(), mailbox: async () => 'grace#1@example.com' });

it('is named in every path, encoded', async () => {
  const provider = await microsoft(({ path }) => ({
    body: path.endsWith('/calendars') ? { value: [] } : {},
  }));
  await provider.listCalendars(access());
  const root = '/v1.0/users/grace%231%40example.com';
  expect(server.asked.map(({ target }) => target)).toEqual([
    `${root}/calendars?$top=100`,
    `${root}/mailboxSettings/timeZone`,
  ]);
});

it('is the own one of a token that is a user’s', async () => {
  const provider = await microsoft(() => ({ body: { value: [] } }));
  await provider.listCalendars({ ...countedAccess(), mailbox: async () => null });
  expect(server.asked[0]?.path).toBe('/v1.0/me/calendars');
});

it('is named by a subscription as it is', async () => {
  const provider = await microsoft(() => ({
    status: 201,
    body: { id: 'sub', expirationDateTime: EXPIRES },
  }));
  const channel = { channelId: 'chan_1', secret: 'secret', address: ADDRESS, now: Date.parse(EXPIRES) - 1 };
  await provider.watch?.open({ access: access(), calendar: { externalId: 'AAMk=' }, ...channel });
  expect(JSON.parse(server.asked[0]?.body ?? '')).toMatchObject({
    resource: 'users/grace#1@example.com/calendars/AAMk=/events',
  });
});

it('has only its own among the subscriptions that an application gets', async () => {
  const received = (id: string, user: string) => ({
    id,
    notificationUrl: ADDRESS,
    resource: `Users/${user}/calendars/AAMk=/events`,
  });
  const provider = await microsoft(() => ({
    body: { value: [received('own', 'Grace#1@example.com'), received('other', 'ada@example.com')] },
  }));
  const channels = await provider.watch?.list?.({ access: access() });
  expect(channels?.map(({ remoteId }) => remoteId)).toEqual(['own']);
});
