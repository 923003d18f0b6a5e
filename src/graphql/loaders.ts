/** Nouns read by id, batched per request. Only what the viewer's organisation owns is found. */
import DataLoader from 'dataloader';
import { accountsByIds, accountsOfHosts } from '../store/access/accounts.ts';
import { blockRulesByIds } from '../store/access/block-rules.ts';
import { connectionsByIds } from '../store/access/organisation-connections.ts';
import { organisationsByIds } from '../store/access/organisations.ts';
import { blocksByIds } from '../store/bookings/blocks.ts';
import { bookingsByIds, writeStatuses } from '../store/bookings/bookings.ts';
import { bookingCalendars } from '../store/bookings/calendars.ts';
import { type Calendar, calendarsOfAccounts, calendarsOfHosts } from '../store/calendars/calendars.ts';
import { deliveriesByIds } from '../store/calendars/deliveries.ts';
import { calendarStatesByIds, watchChannelsByCalendar } from '../store/calendars/health.ts';
import type { Store } from '../store/client.ts';
import { feedsByIds } from '../store/outbound/feeds.ts';
import { mailsByIds } from '../store/outbound/mails.ts';
import { endpointsByIds } from '../store/outbound/webhook-endpoints.ts';
import { attemptsOfMessages, messagesByIds } from '../store/outbound/webhook-messages.ts';
import { brandsOfOwners } from '../store/rules/brands.ts';
import { eventTypesByIds, eventTypesWithDeleted } from '../store/rules/event-types.ts';
import { hostsByIds, hoursOfHosts, publicHostsByIds } from '../store/rules/hosts.ts';
import { teamsByIds } from '../store/rules/teams.ts';
import { calendarNodes } from './native-calendar.ts';

export type Loaders = ReturnType<typeof createLoaders>;

/**
 * @param organisation the viewer's; null finds only what is public
 * @param isOperator the operator finds organisations, too
 */
export function createLoaders(store: Store, organisation: string | null, isOperator = false) {
  const owned = <T extends { id: string }>(
    read: (store: Store, organisation: string, ids: readonly string[]) => Promise<T[]>,
  ) => byId((ids) => (organisation === null ? Promise.resolve<T[]>([]) : read(store, organisation, ids)));
  return {
    host: owned(hostsByIds),
    team: owned(teamsByIds),
    brand: owned(brandsOfOwners),
    organisation: byId(async (ids) => (isOperator ? organisationsByIds(store, ids) : [])),
    account: owned(accountsByIds),
    organisationConnection: owned(connectionsByIds),
    calendar: owned(calendarNodes),
    delivery: owned(deliveriesByIds),
    feed: owned(feedsByIds),
    webhookEndpoint: owned(endpointsByIds),
    blockRule: owned(blockRulesByIds),
    webhookMessage: owned(messagesByIds),
    mail: owned(mailsByIds),
    attemptsOfMessage: byParent(
      (ids) => attemptsOfMessages(store, ids),
      (row) => row.messageId,
    ),
    block: owned(blocksByIds),
    booking: owned(bookingsByIds),
    writeStatus: byId((ids) => writeStatuses(store, ids)),
    publicHost: byId((ids) => publicHostsByIds(store, ids)),
    eventType: byId((ids) => eventTypesByIds(store, ids)),
    /** Deleted ones too. */
    eventTypeOfBooking: byId((ids) => eventTypesWithDeleted(store, ids)),
    hours: new DataLoader<
      string,
      NonNullable<ReturnType<Awaited<ReturnType<typeof hoursOfHosts>>['get']>> | null
    >(async (ids) => {
      const found = await hoursOfHosts(store, ids);
      return ids.map((id) => found.get(id) ?? null);
    }),
    state: byId(async (ids) =>
      (await calendarStatesByIds(store, ids)).map((row) => ({ ...row, id: row.calendarId })),
    ),
    channel: byId(async (ids) =>
      (await watchChannelsByCalendar(store, ids)).map((row) => ({ channel: row, id: row.calendarId })),
    ),
    accountsOfHost: byParent(
      (ids) => accountsOfHosts(store, ids),
      (row) => row.hostId,
    ),
    calendarsOfHost: byParent(
      (ids) => calendarsOfHosts(store, ids),
      (row) => row.hostId,
    ),
    /** Null: its native one. */
    bookingCalendarOfHost: new DataLoader<string, Calendar | null>(async (hosts) => {
      const found = await bookingCalendars(store, hosts);
      return hosts.map((host) => found.get(host) ?? null);
    }),
    calendarsOfAccount: byParent(
      (ids) => calendarsOfAccounts(store, ids),
      (row) => row.accountId,
    ),
  };
}

/** Null where there is nothing under an id. */
function byId<T extends { id: string }>(read: (ids: readonly string[]) => Promise<T[]>) {
  return new DataLoader<string, T | null>(async (ids) => {
    const found = new Map((await read(ids)).map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? null);
  });
}

function byParent<T>(read: (ids: readonly string[]) => Promise<T[]>, keyOf: (row: T) => string) {
  return new DataLoader<string, T[]>(async (ids) => {
    const found = new Map(ids.map((id): [string, T[]] => [id, []]));
    for (const row of await read(ids)) found.get(keyOf(row))?.push(row);
    return ids.map((id) => found.get(id) ?? []);
  });
}
