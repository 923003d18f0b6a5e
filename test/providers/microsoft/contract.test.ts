import { expect, it } from 'vitest';
import { createMicrosoft } from '../../../src/providers/microsoft/index.ts';
import { DAY } from '../../../src/time/clock.ts';
import { providerContract } from '../../contracts/provider.ts';
import { pagesOf } from '../server.fixture.ts';
import { simulated } from '../simulated.fixture.ts';

const bind = (scopes?: string[]) =>
  simulated('microsoft', ({ microsoft }) => createMicrosoft({ ...microsoft, tenant: 'common' }), scopes);

providerContract('Microsoft', () => bind());

it('Microsoft keeps all-day events on local days without the right to read the zone', async () => {
  const { access, calendar, now, provider, world, close } = await bind(['Calendars.ReadWrite', 'User.Read']);
  try {
    world.create({ allDay: { start: '2026-10-24', end: '2026-10-26' } });
    const pages = await pagesOf(
      provider.pullChanges({
        access,
        calendar: { externalId: calendar.externalId, timeZone: null },
        cursor: null,
        window: { from: now - DAY, to: now + 30 * DAY },
      }),
    );
    expect(pages.at(-1)?.changes).toMatchObject([
      { event: { start: Date.parse('2026-10-23T22:00:00Z'), end: Date.parse('2026-10-25T23:00:00Z') } },
    ]);
  } finally {
    await close();
  }
});
