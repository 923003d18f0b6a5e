import { afterEach, expect, it } from 'vitest';
import { createGoogle } from '../../../src/providers/google/index.ts';
import { countedAccess, createFakeServer, type FakeServer } from '../server.fixture.ts';

let server: FakeServer;
afterEach(() => server.close());

it.each([
  ['of a service account counts for its user', 'ada@example.com', 'ada@example.com'],
  ['of a user counts for its token', null, undefined],
])('a request %s', async (_, mailbox, quotaUser) => {
  server = await createFakeServer(() => ({ body: { items: [] } }));
  const provider = createGoogle({
    clientId: 'id',
    clientSecret: 'secret',
    authUrl: 'https://accounts.example/auth',
    tokenUrl: 'https://accounts.example/token',
    apiUrl: server.url,
  });
  await provider.listCalendars({ ...countedAccess(), mailbox: async () => mailbox });
  expect(server.asked.map(({ headers }) => headers['x-goog-quota-user'])).toEqual([quotaUser]);
});
