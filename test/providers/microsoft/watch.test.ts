import { describe, expect, it } from 'vitest';
import { countedAccess, failureOf } from '../server.fixture.ts';
import { microsoft, refusal, type Script, server } from './scripted.fixture.ts';

describe('channels', () => {
  const MINUTE = 60_000;
  const NOW = Date.parse('2026-12-01T08:00:00Z');
  const ADDRESS = 'https://gw.example.com/webhooks/microsoft';
  const open = async (answer: Script) => {
    const provider = await microsoft(answer);
    return provider.watch?.open({
      access: countedAccess(),
      calendar: { externalId: 'AAMk=' },
      channelId: 'chan_1',
      secret: 'secret',
      address: ADDRESS,
      now: NOW,
    });
  };

  it('are opened with all that brings notifications back, and live as long as was granted', async () => {
    const opened = await open(() => ({
      status: 201,
      body: { id: 'sub', expirationDateTime: '2026-12-03T08:00:00.0000000Z' },
    }));
    expect(opened).toEqual({
      remoteId: 'sub',
      resourceId: null,
      expiresAt: Date.parse('2026-12-03T08:00:00Z'),
    });
    expect(JSON.parse(server.asked[0]?.body ?? '')).toEqual({
      changeType: 'created,updated,deleted',
      notificationUrl: ADDRESS,
      lifecycleNotificationUrl: `${ADDRESS}/lifecycle`,
      resource: 'me/calendars/AAMk=/events',
      clientState: 'chan_1.secret',
      expirationDateTime: new Date(NOW + 10_070 * MINUTE).toISOString(),
      latestSupportedTlsVersion: 'v1_2',
    });
    expect(server.asked[0]?.headers.prefer).toBe('IdType="ImmutableId"');
  });

  it('ask for less when the life was too long', async () => {
    const opened = await open(({ body }) => {
      const { expirationDateTime } = JSON.parse(body) as { expirationDateTime: string };
      const message = 'Subscription expiration can only be 4230 minutes in the future.';
      return Date.parse(expirationDateTime) > NOW + 4_230 * MINUTE
        ? { status: 400, body: { error: { code: 'ExtensionError', message } } }
        : { status: 201, body: { id: 'sub', expirationDateTime } };
    });
    expect(opened?.expiresAt).toBeGreaterThan(NOW + 4_000 * MINUTE);
    expect(server.asked).toHaveLength(2);
  });

  it('that are in the way are known by their status', async () => {
    const failure = await failureOf(open(() => refusal(409, 'ErrorConflict')));
    expect(failure).toMatchObject({ reason: 'transient', status: 409 });
    expect(server.asked).toHaveLength(1);
  });

  it('are listed page by page, whosever they are', async () => {
    const first = [
      { id: 'ours', resource: '/me/calendars/AAMk=/events', notificationUrl: ADDRESS },
      { resource: 'me/calendars/AAMk=/events' },
    ];
    const second = [
      { id: 'mail', resource: 'users/7/messages', notificationUrl: 'https://other.example/hook' },
    ];
    const provider = await microsoft(({ query }) =>
      query.has('$skiptoken')
        ? { body: { value: second } }
        : { body: { value: first, '@odata.nextLink': `${server.url}/v1.0/subscriptions?$skiptoken=2` } },
    );
    expect(await provider.watch?.list?.({ access: countedAccess() })).toEqual([
      { remoteId: 'ours', address: ADDRESS, calendar: 'AAMk=' },
      { remoteId: 'mail', address: 'https://other.example/hook', calendar: null },
    ]);
  });

  it.each([
    ['This calendar is not supported for subscriptions.', 'watch-not-supported'],
    ['Subscription validation request failed.', 'rejected'],
  ])('are refused: %s', async (message, reason) => {
    const opening = open(() => ({ status: 400, body: { error: { code: 'ValidationError', message } } }));
    expect((await failureOf(opening)).reason).toBe(reason);
  });
});

it('go through a partner topic, and are found by it, when one is configured', async () => {
  const topic = 'EventGrid:?azuresubscriptionid=a&resourcegroup=g&partnertopic=t&location=westeurope';
  const known = { id: 'sub', resource: 'me/calendars/c/events' };
  const { watch } = await microsoft(
    ({ method }) =>
      method === 'POST'
        ? { status: 201, body: { id: 'sub', expirationDateTime: '2026-12-03T08:00:00Z' } }
        : {
            body: {
              value: [
                { ...known, notificationUrl: topic.toUpperCase() },
                {
                  ...known,
                  notificationUrl: 'EventGrid:?azuresubscriptionid=a&resourcegroup=g&partnertopic=u',
                },
              ],
            },
          },
    '',
    topic,
  );
  const access = countedAccess();
  await watch?.open({
    access,
    calendar: { externalId: 'c' },
    channelId: 'chan_1',
    secret: 's',
    address: 'https://gw.example.com/webhooks/microsoft',
    now: Date.parse('2026-12-01T08:00:00Z'),
  });
  expect(JSON.parse(server.asked[0]?.body ?? '')).toMatchObject({
    notificationUrl: topic,
    lifecycleNotificationUrl: topic,
  });
  expect(watch?.addressOf?.('https://gw.example.com/webhooks/microsoft')).toBe(topic);
  const listed = await watch?.list?.({ access });
  expect(listed?.map(({ address }) => address === topic)).toEqual([true, false]);
});
