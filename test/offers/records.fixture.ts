/** A database in which the past can be written, one instant after the other. */

import type { WorkingHours } from '../../src/availability/hours.ts';
import type { BusyKind } from '../../src/availability/period.ts';
import type { EventTypeRules } from '../../src/availability/rules.ts';
import { cacheKey } from '../../src/cache/keys.ts';
import type { Trouble } from '../../src/calendars/source.ts';
import { EMPTY_FORM } from '../../src/form/event-form.ts';
import { createCacheLoader } from '../../src/offers/cache-loader.ts';
import { createExplain } from '../../src/offers/explain.ts';
import { createSources } from '../../src/offers/sources.ts';
import { endNativeTime, takeNativeTime } from '../../src/store/bookings/native-time.ts';
import { beginSelection, endSelection, insertCalendar } from '../../src/store/calendars/calendars.ts';
import { applyChanges } from '../../src/store/calendars/events.ts';
import { recordFreshness, recordFreshnessGap } from '../../src/store/calendars/freshness-history.ts';
import { drawPullNumber } from '../../src/store/calendars/leases.ts';
import { storedTrouble } from '../../src/store/calendars/states.ts';
import { closeStore, createStore } from '../../src/store/client.ts';
import { changeEventType, insertEventType } from '../../src/store/rules/event-types.ts';
import { insertHost, writeHours } from '../../src/store/rules/hosts.ts';
import { bumpVersions } from '../../src/store/versions.ts';
import { DAY, type Instant } from '../../src/time/clock.ts';
import { freshDatabase } from '../harness/postgres.ts';
import { addOrganisations } from '../store/parents.fixture.ts';
import { host, NOW, rules } from './world.fixture.ts';

export const ORGANISATION = 'org_1';
export const RETENTION = 30 * DAY;

export interface Happening {
  id: string;
  start: Instant;
  end: Instant;
  kind?: BusyKind;
  ownId?: string;
}

export async function openRecords() {
  const database = await freshDatabase();
  const store = createStore(database.url, { max: 4 });
  await addOrganisations(store, ORGANISATION, 'org_2');
  const clock = { at: NOW as Instant, now: () => clock.at };
  const truth = createCacheLoader(store, clock);
  const sources = createSources({
    read: async (keys) => new Map((await truth(keys)).map((entry) => [entry.key, entry])),
    publish: async () => {},
  });
  const explain = createExplain({
    store,
    sources,
    clock,
    defaultStaleAfter: 15 * 60_000,
    retention: RETENTION,
  });
  const { hours } = host();
  let count = 0;
  const number = () => String(++count);

  return {
    store,
    clock,
    explain: (eventType: string, start: Instant, asOf: Instant | null = null) =>
      explain(ORGANISATION, { eventType, start, asOf }),

    /** Works every day from nine to five, UTC. */
    async addHost(name: string, when: Instant): Promise<string> {
      const fields = { name, slug: name.toLowerCase(), email: null, timeZone: 'UTC' };
      const row = await store.$transaction((tx) =>
        insertHost(tx, ORGANISATION, fields, { hours, zoneChanges: [] }, when),
      );
      await bumpVersions(store, [cacheKey.host(row.id), cacheKey.native(row.id)]);
      return row.id;
    },

    async setHours(id: string, changed: Partial<WorkingHours>, when: Instant) {
      const row = await store.host.findUniqueOrThrow({ where: { id } });
      await writeHours(store, row, { hours: { ...hours, ...changed }, zoneChanges: [] }, when);
      await bumpVersions(store, [cacheKey.host(id)]);
    },

    addType: (hosts: string[], more: Partial<EventTypeRules>, when: Instant): Promise<string> =>
      store.$transaction(async (tx) => {
        const address = { ownerId: hosts[0] ?? '', slug: `t${number()}` };
        const fields = { title: 'Talk', hosts, rules: rules(more), form: EMPTY_FORM };
        const id = await insertEventType(tx, ORGANISATION, address, fields, when);
        await bumpVersions(tx, [cacheKey.eventType(id)]);
        return id;
      }),

    changeType: (id: string, hosts: string[], more: Partial<EventTypeRules>, when: Instant) =>
      store.$transaction(async (tx) => {
        const row = await tx.eventType.findUniqueOrThrow({ where: { id } });
        const fields = { title: 'Talk', hosts, rules: rules(more), form: EMPTY_FORM };
        await changeEventType(tx, row, row, fields, when);
        await bumpVersions(tx, [cacheKey.eventType(id)]);
      }),

    /** Selected, never read. */
    addCalendar: (hostId: string, when: Instant): Promise<string> =>
      store.$transaction(async (tx) => {
        const account = await tx.account.create({
          data: {
            id: `acc_${number()}`,
            organisationId: ORGANISATION,
            hostId,
            provider: 'google',
            subject: number(),
            status: 'CONNECTED',
          },
        });
        const row = await insertCalendar(tx, account, {
          externalId: number(),
          name: 'Work',
          timeZone: 'UTC',
          primary: true,
          writable: true,
          watchable: true,
        });
        await beginSelection(tx, row, when, null);
        await recordFreshness(tx, [row.id], when);
        await bumpVersions(tx, [cacheKey.host(hostId), cacheKey.calendar(row.id)]);
        return row.id;
      }),

    deselect: (id: string, when: Instant) =>
      store.$transaction(async (tx) => {
        const row = await tx.calendar.findUniqueOrThrow({ where: { id } });
        await endSelection(tx, row, when);
        await bumpVersions(tx, [cacheKey.host(row.hostId), cacheKey.calendar(id)]);
      }),

    /** A pull: all that the calendar has, `gap` when the one before was long ago. */
    read: (id: string, events: Happening[], when: Instant, gap = false) =>
      store.$transaction(async (tx) => {
        const state = await tx.calendarState.findUniqueOrThrow({ where: { calendarId: id } });
        if (gap && state.provenAsOf) await recordFreshnessGap(tx, id, state.provenAsOf);
        await tx.calendarState.update({
          where: { calendarId: id },
          data: {
            provenAsOf: new Date(when),
            provenPull: await drawPullNumber(tx),
            basis: 'POLL',
            coveredFrom: new Date(NOW - 7 * DAY),
            coveredTo: new Date(NOW + 90 * DAY),
            trouble: null,
          },
        });
        await recordFreshness(tx, [id], when);
        const round = {
          full: true,
          removed: [],
          series: [],
          kept: [],
          events: events.map(({ id: externalId, start, end, kind = 'BUSY' as const, ownId = null }) => ({
            externalId,
            seriesId: null,
            kind,
            start,
            end,
            allDay: false,
            title: null,
            ownId,
          })),
        };
        await applyChanges(
          tx,
          { id, organisationId: ORGANISATION } as Parameters<typeof applyChanges>[1],
          round,
          when,
        );
        await bumpVersions(tx, [cacheKey.calendar(id)]);
      }),

    /** A pull that failed. */
    fail: (id: string, trouble: Trouble, when: Instant) =>
      store.$transaction(async (tx) => {
        await tx.calendarState.update({
          where: { calendarId: id },
          data: { trouble: storedTrouble(trouble) },
        });
        await recordFreshness(tx, [id], when);
        await bumpVersions(tx, [cacheKey.calendar(id)]);
      }),

    /** An hour of the host; a hold when it expires. */
    take: (
      taken: { host: string; eventType: string; owner: string; start: Instant; expiresAt?: Instant },
      when: Instant,
    ) =>
      store.$transaction(async (tx) => {
        const { start, expiresAt = null } = taken;
        await takeNativeTime(
          tx,
          {
            ...taken,
            hosts: [taken.host],
            kind: expiresAt === null ? 'booking' : 'hold',
            organisation: ORGANISATION,
            end: start + 3_600_000,
            bufferBefore: 0,
            bufferAfter: 0,
            expiresAt,
            byHost: false,
          },
          when,
        );
        await bumpVersions(tx, [cacheKey.native(taken.host)]);
      }),

    release: async (owner: string, when: Instant) => {
      for (const hostId of await endNativeTime(store, owner, when)) {
        await bumpVersions(store, [cacheKey.native(hostId)]);
      }
    },

    async close() {
      await closeStore(store);
      await database.drop();
    },
  };
}

export type Records = Awaited<ReturnType<typeof openRecords>>;
