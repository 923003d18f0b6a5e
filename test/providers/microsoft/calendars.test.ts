import { describe, expect, it } from 'vitest';
import { countedAccess } from '../server.fixture.ts';
import { microsoft, refusal } from './scripted.fixture.ts';

describe('the account', () => {
  const calendars = {
    value: [
      {
        id: 'c1',
        name: 'Calendar',
        isDefaultCalendar: true,
        canEdit: true,
        owner: { address: 'Grace@example.com' },
      },
      { id: 'c2', name: 'Birthdays', canEdit: false },
    ],
  };

  it('is known by its default calendar when the user can not be read', async () => {
    const provider = await microsoft(({ path }) =>
      path === '/v1.0/me/calendars' ? { body: calendars } : refusal(404, 'ResourceNotFound'),
    );
    expect(await provider.identify(countedAccess())).toEqual({
      subject: 'grace@example.com',
      email: 'Grace@example.com',
    });
  });

  it('has calendars without a zone when the settings may not be read', async () => {
    const provider = await microsoft(({ path }) =>
      path === '/v1.0/me/calendars' ? { body: calendars } : refusal(403, 'ErrorAccessDenied'),
    );
    const common = { timeZone: null, watchable: true };
    expect(await provider.listCalendars(countedAccess())).toEqual([
      { externalId: 'c1', name: 'Calendar', primary: true, writable: true, ...common },
      { externalId: 'c2', name: 'Birthdays', primary: false, writable: false, ...common },
    ]);
  });
});
