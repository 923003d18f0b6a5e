/** Ids of stored nouns: TypeIDs (a prefix that names the noun, then a UUIDv7), the same in database and API. */
import { fromString, typeid } from 'typeid-js';

/** Noun of the API → prefix of its ids. */
export const ID_PREFIX = {
  Organisation: 'org',
  Host: 'host',
  Team: 'team',
  EventType: 'et',
  Account: 'acc',
  OrganisationConnection: 'conn',
  Calendar: 'cal',
  WatchChannel: 'chan',
  Delivery: 'dlv',
  Hold: 'hold',
  Booking: 'bkg',
  BookingWrite: 'bkw',
  Block: 'blk',
  BlockRule: 'rule',
  Feed: 'feed',
  WebhookEndpoint: 'whe',
  WebhookMessage: 'msg',
  Mail: 'mail',
  ApiKey: 'key',
  AuditEntry: 'aud',
} as const;

export type Noun = keyof typeof ID_PREFIX;

const NOUN_OF_PREFIX = new Map(
  Object.entries(ID_PREFIX).map(([noun, prefix]) => [prefix as string, noun as Noun]),
);

export const newId = (noun: Noun): string => typeid(ID_PREFIX[noun]).toString();

/** The noun that an id names, or null for a malformed id. */
export function nounOf(id: string): Noun | null {
  const noun = NOUN_OF_PREFIX.get(id.slice(0, Math.max(0, id.lastIndexOf('_'))));
  if (!noun) return null;
  try {
    fromString(id, ID_PREFIX[noun]);
    return noun;
  } catch {
    return null;
  }
}
