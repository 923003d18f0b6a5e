/** The part of the provider contract about events that we write, and read back. */
import { describe, expect, it } from 'vitest';
import type { OwnEvent, RemoteEvent, WritePort } from '../../src/providers/port.ts';
import { DAY, HOUR } from '../../src/time/clock.ts';
import { createCopy, ordered } from './calendar-copy.ts';
import type { ProviderBinding } from './provider-binding.ts';

/** @param binding The present test's. */
export function writeContract(binding: () => ProviderBinding): void {
  describe('writing', () => {
    /** With all that a query could stumble over. */
    const OWN = "bk_1'&+#%/ é";
    const write = (): WritePort => binding().provider.write ?? expect.fail('no write port');
    const window = () => ({ from: binding().now - 7 * DAY, to: binding().now + 60 * DAY });
    const at = (hour: number) => binding().now + DAY + hour * HOUR;
    const event = (more: Partial<OwnEvent> = {}): OwnEvent => ({
      start: at(1),
      end: at(2),
      timeZone: 'Europe/Berlin',
      title: 'Interview',
      description: 'Bring your <questions>.',
      location: 'Room 5',
      attendees: [{ name: 'Guest', email: 'guest@example.net' }],
      ...more,
    });
    const request = (ownId = OWN) => {
      const { access, calendar } = binding();
      return { access, calendar: { externalId: calendar.externalId }, ownId };
    };
    const create = (more: Partial<OwnEvent> = {}, ownId = OWN) =>
      write().create({ ...request(ownId), event: event(more) });
    const update = (externalId: string | null, more: Partial<OwnEvent> = {}) =>
      write().update({ ...request(), externalId, event: event(more) });
    const remove = (externalId: string | null) => write().delete({ ...request(), externalId });

    /** All events as a full round tells them; what takes time is held against the truth. */
    const read = async (): Promise<RemoteEvent[]> => {
      const { access, calendar, provider, world } = binding();
      const copy = createCopy();
      const round = provider.pullChanges({ access, calendar, cursor: null, window: window() });
      for await (const page of round) copy.apply(page);
      expect(copy.busy()).toEqual(ordered(world.busy(window())));
      return copy.events();
    };

    it('makes an event that is read back as ours, at the same time', async () => {
      const { externalId } = await create();
      binding().world.create({ title: 'Theirs', start: at(4), end: at(5) });
      expect(await read()).toMatchObject([
        { externalId, ownId: OWN, title: 'Interview', kind: 'BUSY', start: at(1), end: at(2), allDay: false },
        { title: 'Theirs', ownId: null },
      ]);
    });

    it.each(['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'])(
      'keeps the time %s, which the wall clock shows twice',
      async (time) => {
        const start = Date.parse(time);
        await create({ start, end: start + HOUR / 4 });
        // Read back it may seem longer: which of the two times it is, can't be read from the wall.
        expect(binding().world.busy(window())).toMatchObject([{ start, end: start + HOUR / 4 }]);
      },
    );

    it('makes one event however often it is asked, and one for each of our ids', async () => {
      const first = await create();
      expect(await create()).toEqual(first);
      expect(await create({ title: 'Another', start: at(6), end: at(7) })).toEqual(first);
      expect(await read()).toMatchObject([{ title: 'Interview', start: at(1) }]);
      expect(await create({}, 'bk_2')).not.toEqual(first);
      expect(await read()).toHaveLength(2);
    });

    it('makes one event of two requests at once', async () => {
      const [one, two] = await Promise.all([create(), create()]);
      expect(one).toEqual(two);
      expect(await read()).toHaveLength(1);
    });

    it.each(['cut', 'timeout'] as const)('makes one event when the answer was lost (%s)', async (how) => {
      binding().faults.lose('create', how);
      await expect(create()).rejects.toMatchObject({ reason: 'transient' });
      const { externalId } = await create();
      expect(await read()).toMatchObject([{ externalId, title: 'Interview' }]);
    });

    it('changes it, keeping what is not named', async () => {
      const { externalId } = await create();
      const { start, end, timeZone } = event({ start: at(8), end: at(10) });
      binding().faults.lose('update', 'cut');
      const moved = { start, end, timeZone, title: 'Moved' };
      await expect(write().update({ ...request(), externalId, event: moved })).rejects.toMatchObject({
        reason: 'transient',
      });
      expect(await write().update({ ...request(), externalId, event: moved })).toEqual({ externalId });
      expect(await read()).toMatchObject([{ externalId, ownId: OWN, title: 'Moved', start, end }]);
    });

    it('changes and deletes by our own id alone', async () => {
      const { externalId } = await create();
      expect(await update(null, { title: 'Renamed' })).toEqual({ externalId });
      expect(await read()).toMatchObject([{ title: 'Renamed' }]);
      await remove(null);
      expect(await read()).toEqual([]);
      await remove(null);
    });

    it('deletes it, also what is gone already', async () => {
      const { externalId } = await create();
      binding().faults.lose('delete', 'timeout');
      await expect(remove(externalId)).rejects.toMatchObject({ reason: 'transient' });
      await remove(externalId);
      await remove(externalId);
      expect(await read()).toEqual([]);
    });

    it('says when what it is to change is gone', async () => {
      const gone = { reason: 'rejected', status: 410 };
      await expect(update(null)).rejects.toMatchObject(gone);
      const { externalId } = await create();
      binding().world.remove(externalId);
      await expect(update(externalId)).rejects.toMatchObject(gone);
      await expect(update(null)).rejects.toMatchObject(gone);
      expect(await read()).toEqual([]);
    });

    describe('a look', () => {
      const look = (externalId: string | null) => {
        const { calendar } = binding();
        return write().getEvent({ ...request(), calendar, externalId });
      };

      it('finds it where we put it, by either id, and where its host moved it', async () => {
        const { externalId } = await create();
        expect(await look(externalId)).toEqual({ start: at(1), end: at(2) });
        expect(await look(null)).toEqual({ start: at(1), end: at(2) });
        binding().world.move(externalId, at(5), at(7));
        expect(await look(externalId)).toEqual({ start: at(5), end: at(7) });
      });

      it('finds it though it takes no time', async () => {
        const { externalId } = await create();
        binding().world.update(externalId, { showAs: 'free' });
        expect(await look(externalId)).toEqual({ start: at(1), end: at(2) });
      });

      it.each(['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'])(
        'tells the time %s from the other one that the wall clock shows the same',
        async (time) => {
          const span = { start: Date.parse(time), end: Date.parse(time) + HOUR / 4 };
          const { externalId } = await create(span);
          expect(await look(externalId)).toEqual(span);
        },
      );

      it('finds the days of one that became all-day, and the first instance of one that became a series', async () => {
        const { externalId } = await create();
        binding().world.update(externalId, { allDay: { start: '2026-10-24', end: '2026-10-26' } });
        const days = { start: Date.parse('2026-10-23T22:00:00Z'), end: Date.parse('2026-10-25T23:00:00Z') };
        expect(await look(externalId)).toEqual(days);
        binding().world.move(externalId, at(3), at(4));
        binding().world.update(externalId, { series: { every: 'week', count: 3 } });
        expect(await look(externalId)).toEqual({ start: at(3), end: at(4) });
      });

      it('finds nothing where there is nothing, or no more', async () => {
        expect(await look(null)).toBeNull();
        const { externalId } = await create();
        binding().world.remove(externalId);
        expect(await look(externalId)).toBeNull();
        expect(await look(null)).toBeNull();
      });

      it('lets failures through as what they are', async () => {
        const { externalId } = await create();
        binding().faults.revoke();
        await expect(look(externalId)).rejects.toMatchObject({ reason: 'auth-revoked' });
      });
    });

    it('makes it anew when it was deleted since', async () => {
      const first = await create();
      await remove(first.externalId);
      const { externalId } = await create({ title: 'Again', start: at(3), end: at(4) });
      expect(await read()).toMatchObject([{ externalId, ownId: OWN, title: 'Again', start: at(3) }]);
    });

    it('tells an incremental round too', async () => {
      const { access, calendar, provider } = binding();
      const copy = createCopy();
      const pull = async (cursor: string | null) => {
        let next: string | null = null;
        for await (const page of provider.pullChanges({ access, calendar, cursor, window: window() })) {
          copy.apply(page);
          next = page.cursor ?? null;
        }
        return next;
      };
      const cursor = await pull(null);
      const { externalId } = await create();
      await pull(cursor);
      expect(copy.events()).toMatchObject([{ externalId, ownId: OWN }]);
    });

    it('lets failures through as what they are', async () => {
      binding().faults.answer({ status: 429, headers: { 'retry-after': '7' } });
      await expect(create()).rejects.toMatchObject({ reason: 'rate-limited', retryAfter: 7_000 });
      const elsewhere = { ...request(), calendar: { externalId: `x${binding().calendar.externalId}` } };
      await expect(write().create({ ...elsewhere, event: event() })).rejects.toMatchObject({
        reason: 'rejected',
        status: 404,
      });
      binding().faults.revoke();
      await expect(create()).rejects.toMatchObject({ reason: 'auth-revoked' });
    });
  });
}
