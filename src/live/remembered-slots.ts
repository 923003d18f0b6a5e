/** The slots and facts of a shared query's latest answers, by etag: what clients who come back may hold. */
import { SEVERAL_FACTS } from '../cache/port.ts';
import type { Availability } from '../offers/query.ts';
import { factsOf, isPlain, type KnownSlots } from './delta.ts';

/** How many answers, the latest among them, a client may resume from. */
const MAX_REMEMBERED = 32;

/** Saves slots where all gateways find them. @returns the facts that any gateway gave with this etag before, as RecentSlotSets has it */
export type SaveSlots = (known: KnownSlots, facts: string) => Promise<string | null>;

export interface RememberedSlots {
  find(etag: string): KnownSlots | undefined;
  add(answer: Availability): void;
  /**
   * Whether a client that holds the slots of this answer holds its facts, too: no other facts were given with them, by
   * any gateway. Where no gateway had saved them, the client has its etag of a query, or what was saved is lost: then an
   * answer whose facts nobody needs to be warned of counts as held.
   */
  holdsFacts(answer: Availability): Promise<boolean>;
}

interface Entry extends KnownSlots {
  facts: string;
  before: Promise<string | null>;
}

export function createRememberedSlots(save: SaveSlots): RememberedSlots {
  /** The oldest first. */
  const byEtag = new Map<string, Entry>();

  return {
    find: (etag) => byEtag.get(etag),
    add(answer) {
      const { etag, slots } = answer;
      const facts = factsOf(answer);
      const known = byEtag.get(etag);
      byEtag.delete(etag);
      byEtag.set(etag, {
        ...{ etag, slots },
        facts: known && known.facts !== facts ? SEVERAL_FACTS : facts,
        before: save({ etag, slots }, facts),
      });
      for (const oldest of byEtag.keys()) {
        if (byEtag.size <= MAX_REMEMBERED) break;
        byEtag.delete(oldest);
      }
    },
    async holdsFacts(answer) {
      const entry = byEtag.get(answer.etag);
      const facts = factsOf(answer);
      if (entry && entry.facts !== facts) return false;
      const before = (await entry?.before) ?? null;
      return before === null ? isPlain(answer) : before === facts;
    },
  };
}
