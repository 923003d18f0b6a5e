/** What every calendar provider owes its port, over real HTTP and against a world whose truth is known. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChangePage, PullRequest, SyncWindow } from '../../src/providers/port.ts';
import { DAY, HOUR, type Instant } from '../../src/time/clock.ts';
import { createCopy, ordered } from './calendar-copy.ts';
import type { ProviderBinding } from './provider-binding.ts';
import { watchContract } from './provider-watch.ts';
import { writeContract } from './provider-write.ts';

/** @param without ports that this provider has not */
export function providerContract(
  name: string,
  makeBinding: () => Promise<ProviderBinding>,
  { without = [] }: { without?: readonly ('watch' | 'write')[] } = {},
): void {
  describe(`${name} as a calendar provider`, () => {
    let binding: ProviderBinding;
    let window: SyncWindow;
    let copy: ReturnType<typeof createCopy>;

    beforeEach(async () => {
      binding = await makeBinding();
      window = { from: binding.now - 7 * DAY, to: binding.now + 60 * DAY };
      copy = createCopy();
    });
    afterEach(() => binding.close());

    const pull = async (cursor: string | null, more: Partial<PullRequest> = {}): Promise<ChangePage[]> => {
      const { access, calendar, provider } = binding;
      const pages: ChangePage[] = [];
      for await (const page of provider.pullChanges({ access, calendar, cursor, window, ...more }))
        pages.push(page);
      return pages;
    };
    /** Pulls, applies, and holds the copy against the truth. @returns the next cursor. */
    const sync = async (cursor: string | null): Promise<string | null> => {
      if (cursor === null) copy = createCopy();
      const pages = await pull(cursor);
      for (const page of pages) copy.apply(page);
      expect(pages.map((page) => 'cursor' in page)).toEqual(
        pages.map((_, index) => index === pages.length - 1),
      );
      expect(copy.busy()).toEqual(ordered(binding.world.busy(window)));
      return pages.at(-1)?.cursor ?? null;
    };
    const failure = (cursor: string | null, more: Partial<PullRequest> = {}) =>
      pull(cursor, more).then(
        () => expect.fail('the pull succeeded'),
        (error: unknown) => error,
      );
    const at = (day: number, hour: number) => binding.now + day * DAY + hour * HOUR;
    const hour = (day: number, from: number): { start: Instant; end: Instant } => ({
      start: at(day, from),
      end: at(day, from + 1),
    });

    describe('account', () => {
      it('has an identity that stays', async () => {
        const identity = await binding.provider.identify(binding.access);
        expect(identity.email).toBe(binding.email);
        expect(await binding.provider.identify(binding.access)).toEqual(identity);
      });

      it('lists its calendars over all pages, one of them primary', async () => {
        binding.faults.pageSize(1);
        const calendars = await binding.provider.listCalendars(binding.access);
        expect(calendars.filter((calendar) => calendar.primary)).toEqual([
          {
            externalId: binding.calendar.externalId,
            name: expect.any(String),
            timeZone: binding.calendar.timeZone,
            primary: true,
            writable: !without.includes('write'),
            watchable: !without.includes('watch'),
          },
        ]);
      });
    });

    describe('a full round', () => {
      it('tells every kind of event, and the zone along the way', async () => {
        binding.world.create({ title: 'Busy', ...hour(1, 1) });
        binding.world.create({ title: 'Maybe', showAs: 'tentative', ...hour(1, 3) });
        binding.world.create({ title: 'Away', showAs: 'oof', ...hour(1, 5) });
        binding.world.create({ title: 'Free', showAs: 'free', ...hour(1, 7) });
        binding.world.create({ title: 'Elsewhere', showAs: 'workingElsewhere', ...hour(1, 9) });
        binding.world.create({ title: 'Declined', response: 'declined', ...hour(1, 11) });
        expect(await sync(null)).toEqual(expect.any(String));
        expect(copy.kinds()).toMatchObject({
          Busy: 'BUSY',
          Maybe: 'BUSY_TENTATIVE',
          Away: 'BUSY_UNAVAILABLE',
        });
        for (const title of ['Free', 'Elsewhere', 'Declined'])
          expect(copy.kinds()[title] ?? 'FREE').toBe('FREE');
        const [page] = await pull(null);
        expect(page?.timeZone).toBe(binding.calendar.timeZone);
      });

      it('spans all-day events over local days, across a clock change', async () => {
        binding.world.create({ title: 'Trip', allDay: { start: '2026-10-24', end: '2026-10-26' } });
        await sync(null);
        expect(copy.events()).toMatchObject([
          {
            allDay: true,
            start: Date.parse('2026-10-23T22:00:00Z'),
            end: Date.parse('2026-10-25T23:00:00Z'),
          },
        ]);
      });

      it('expands series, all-day ones too', async () => {
        binding.world.create({ title: 'Stand-up', ...hour(0, 2), series: { every: 'day', count: 40 } });
        binding.world.create({
          title: 'Away',
          showAs: 'oof',
          ...hour(1, 8),
          series: { every: 'week', count: 4 },
        });
        binding.world.create({
          title: 'Market day',
          allDay: { start: '2026-10-22', end: '2026-10-23' },
          series: { every: 'week', count: 3 },
        });
        await sync(null);
        expect(copy.events()).toHaveLength(47);
        expect(copy.events().every((event) => event.seriesId !== null)).toBe(true);
      });

      it('goes on over empty pages', async () => {
        binding.faults.emptyPages(2);
        binding.faults.pageSize(2);
        for (let day = 0; day < 7; day += 1) binding.world.create(hour(day, 4));
        await sync(null);
        expect(copy.events()).toHaveLength(7);
      });

      it('keeps to the window', async () => {
        binding.world.create({ start: window.from - 2 * HOUR, end: window.from });
        binding.world.create({ start: window.from - HOUR, end: window.from + HOUR });
        binding.world.create({ start: window.to, end: window.to + HOUR });
        await sync(null);
        expect(copy.events()).toHaveLength(1);
      });
    });

    describe('an incremental round', () => {
      it('is silent when nothing changed', async () => {
        binding.world.create(hour(1, 1));
        const cursor = await sync(null);
        const pages = await pull(cursor);
        expect(pages.flatMap((page) => page.changes.filter((change) => change.type === 'upsert'))).toEqual(
          [],
        );
        await sync(pages.at(-1)?.cursor ?? null);
      });

      it('tells what was made, changed, moved, and removed', async () => {
        const changed = binding.world.create({ title: 'Changed', ...hour(1, 1) });
        const moved = binding.world.create({ title: 'Moved', ...hour(2, 1) });
        const gone = binding.world.create({ title: 'Gone', ...hour(3, 1) });
        const left = binding.world.create({ title: 'Left', ...hour(4, 1) });
        let cursor = await sync(null);
        binding.world.create({ title: 'New', ...hour(5, 1) });
        binding.world.update(changed, { showAs: 'tentative' });
        binding.world.move(moved, at(2, 6), at(2, 8));
        binding.world.remove(gone);
        binding.world.move(left, window.to + DAY, window.to + DAY + HOUR);
        cursor = await sync(cursor);
        expect(copy.kinds()).toEqual({ New: 'BUSY', Changed: 'BUSY_TENTATIVE', Moved: 'BUSY' });
        binding.world.update(changed, { showAs: 'free' });
        await sync(cursor);
        expect(copy.kinds().Changed ?? 'FREE').toBe('FREE');
      });

      it('follows a series: one instance moved, one cancelled, the series changed, then gone', async () => {
        const series = binding.world.create({
          title: 'Daily',
          ...hour(0, 2),
          series: { every: 'day', count: 10 },
        });
        let cursor = await sync(null);
        binding.world.changeInstance(series, at(2, 2), { start: at(2, 9), end: at(2, 10) });
        cursor = await sync(cursor);
        binding.world.changeInstance(series, at(3, 2), { cancelled: true });
        cursor = await sync(cursor);
        expect(copy.events()).toHaveLength(9);
        binding.world.update(series, { showAs: 'oof' });
        cursor = await sync(cursor);
        binding.world.update(series, { series: { every: 'day', count: 4 } });
        cursor = await sync(cursor);
        binding.world.remove(series);
        await sync(cursor);
        expect(copy.events()).toEqual([]);
      });

      it('follows an event that becomes a series, and back', async () => {
        const event = binding.world.create({ title: 'Talk', ...hour(1, 2) });
        let cursor = await sync(null);
        binding.world.update(event, { series: { every: 'week', count: 3 } });
        cursor = await sync(cursor);
        expect(copy.events()).toHaveLength(3);
        binding.world.update(event, { series: null });
        await sync(cursor);
        expect(copy.events()).toHaveLength(1);
      });

      it('goes over many pages with many series', async () => {
        const series = Array.from({ length: 7 }, (_, index) =>
          binding.world.create({ ...hour(0, index * 2), series: { every: 'day', count: 5 } }),
        );
        binding.faults.pageSize(3);
        const cursor = await sync(null);
        for (const id of series) binding.world.update(id, { showAs: 'tentative' });
        await sync(cursor);
        expect(copy.events()).toHaveLength(35);
      });

      it('says when its cursor has expired', async () => {
        const cursor = await sync(null);
        binding.faults.expireCursor();
        expect(await failure(cursor)).toMatchObject({ reason: 'cursor-expired' });
        expect(await sync(null)).toEqual(expect.any(String));
      });

      it('says so too for a cursor that means nothing', async () => {
        const cursor = await sync(null);
        expect(await failure(`${cursor?.slice(0, -6)}broken`)).toMatchObject({ reason: 'cursor-expired' });
      });
    });

    describe('failures', () => {
      it('asks for another token once when one is refused', async () => {
        binding.world.create(hour(1, 1));
        const cursor = await sync(null);
        binding.faults.expireAccess();
        binding.world.create(hour(2, 1));
        await sync(cursor);
      });

      it('lets a revoked grant through as what it is', async () => {
        binding.faults.revoke();
        expect(await failure(null)).toMatchObject({ reason: 'auth-revoked' });
      });

      it.each([
        ['in seconds', { 'retry-after': '7' }, 7_000],
        [
          'as a date',
          { 'retry-after': 'Tue, 20 Oct 2026 08:00:30 GMT', date: 'Tue, 20 Oct 2026 08:00:00 GMT' },
          30_000,
        ],
        [
          'in a date that is over',
          { 'retry-after': 'Tue, 20 Oct 2026 07:00:00 GMT', date: 'Tue, 20 Oct 2026 08:00:00 GMT' },
          0,
        ],
        ['in very many seconds', { 'retry-after': '8640000' }, 8_640_000_000],
        ['in words that mean nothing', { 'retry-after': 'soon' }, null],
        ['not at all', {}, null],
      ])('tells how long to wait when the answer says %s', async (_how, headers, retryAfter) => {
        for (const status of [429, 503]) {
          binding.faults.answer({ status, headers });
          expect(await failure(null)).toMatchObject({ retryAfter, status });
        }
      });

      it('does not try again by itself', async () => {
        for (const status of [429, 500, 502, 503, 504]) {
          binding.faults.answer({ status });
          expect(await failure(null)).toMatchObject({
            status,
            reason: status === 429 ? 'rate-limited' : 'transient',
            retryAfter: null,
          });
        }
        await sync(null);
      });

      it('rejects a calendar that is not there', async () => {
        const externalId = `x${binding.calendar.externalId}`;
        expect(await failure(null, { calendar: { externalId, timeZone: null } })).toMatchObject({
          reason: 'rejected',
          status: 404,
        });
      });

      it('ends when the caller no longer waits', async () => {
        expect(await failure(null, { signal: AbortSignal.abort() })).toMatchObject({ reason: 'transient' });
      });
    });

    if (!without.includes('watch')) watchContract(() => binding);
    if (!without.includes('write')) writeContract(() => binding);
    it('has no more ports than these', () => {
      const { watch, write } = binding.provider;
      expect({ watch: watch === undefined, write: write === undefined }).toEqual({
        watch: without.includes('watch'),
        write: without.includes('write'),
      });
    });
  });
}
