/**
 * Block rules: addresses, e-mail domains and mailboxes that may not hold, book or move at an organisation's event types. Each
 * process keeps an organisation's rules in memory; a change reaches all processes by an invalidation, and half a minute
 * later at the latest.
 */
import { BlockList, isIP } from 'node:net';
import { BoundedMap } from '../async/bounded-map.ts';
import { parseKey, topicKey } from '../cache/keys.ts';
import type { Topics } from '../cache/port.ts';
import { mailboxOf, mailDomainOf } from '../calendars/mail-address.ts';
import { badInput, conflict, notFound, SlotwireError } from '../errors.ts';
import { newId } from '../ids.ts';
import type { Log } from '../log.ts';
import {
  allBlockRules,
  type BlockRule,
  type BlockRuleKind,
  insertBlockRule,
  lockBlockRules,
  removeBlockRule,
} from '../store/access/block-rules.ts';
import type { Store } from '../store/client.ts';
import { type Clock, type Instant, SECOND } from '../time/clock.ts';
import { checkBlockRuleValue } from './block-rule-value.ts';

/** The most rules of an organisation: they are in memory. */
const RULES_MAX = 5_000;
const NOTE_MAX = 500;
/** Organisations whose rules are in memory at once. */
const ORGANISATIONS_MAX = 1_000;
/** An invalidation may be lost while Redis is away; the rows are the truth. */
const KEPT_FOR = 30 * SECOND;

export interface BlockRuleInput {
  kind: BlockRuleKind;
  value: string;
  note: string | null;
}

export interface BlockRules {
  /** @throws SlotwireError BAD_USER_INPUT; CONFLICT when the organisation has this rule, or as many as it may */
  create(organisation: string, input: BlockRuleInput): Promise<BlockRule>;
  /** @throws SlotwireError NOT_FOUND */
  delete(organisation: string, id: string): Promise<void>;
  /**
   * The words are the same whichever rule applies, so that they don't say what to change.
   * @param caller null in place of what isn't known or doesn't count
   * @throws SlotwireError FORBIDDEN
   */
  refuse(organisation: string, caller: { address: string | null; email: string | null }): Promise<void>;
}

export interface BlockRulesDeps {
  store: Store;
  topics: Topics;
  clock: Clock;
  log: Log;
}

/** The rules of one organisation, as they are looked up. */
interface Lookup {
  addresses: BlockList;
  domains: ReadonlySet<string>;
  mailboxes: ReadonlySet<string>;
}

export function createBlockRules({ store, topics, clock, log }: BlockRulesDeps): BlockRules {
  const kept = new BoundedMap<string, { lookup: Promise<Lookup>; readAt: Instant }>(ORGANISATIONS_MAX);

  // Ends with the topics, which the process closes.
  topics.subscribe({
    onInvalidation({ key }) {
      const parsed = parseKey(key);
      if (parsed?.kind === 'blocked') kept.delete(parsed.id);
    },
    onReconnect: () => kept.clear(),
  });

  function lookupOf(organisation: string): Promise<Lookup> {
    const found = kept.get(organisation);
    if (found && clock.now() - found.readAt < KEPT_FOR) return found.lookup;
    const entry = { lookup: allBlockRules(store, organisation).then(createLookup), readAt: clock.now() };
    kept.set(organisation, entry);
    entry.lookup.catch(() => {
      // The next caller asks the database again.
      if (kept.get(organisation) === entry) kept.delete(organisation);
    });
    return entry.lookup;
  }

  async function announceChange(organisation: string) {
    kept.delete(organisation);
    await topics.publish([{ key: topicKey.blockRules(organisation), version: 0 }]).catch((error: unknown) => {
      log.warn(
        { err: error },
        'changed block rules not published; other gateways see them within half a minute',
      );
    });
  }

  return {
    async create(organisation, { kind, value, note }) {
      if (note !== null && note.length > NOTE_MAX) {
        throw badInput('note', `takes at most ${NOTE_MAX} characters`);
      }
      const rule = {
        id: newId('BlockRule'),
        organisationId: organisation,
        kind,
        value: checkBlockRuleValue(kind, value),
        note,
        createdAt: new Date(clock.now()),
      };
      await store.$transaction(async (tx) => {
        if ((await lockBlockRules(tx, organisation)) >= RULES_MAX) {
          throw conflict(`The organisation has ${RULES_MAX} block rules, which is the most.`);
        }
        if (!(await insertBlockRule(tx, rule))) throw conflict('The organisation has this rule already.');
        return rule;
      });
      await announceChange(organisation);
      return rule;
    },

    async delete(organisation, id) {
      const removed = await store.$transaction((tx) => removeBlockRule(tx, organisation, id));
      if (!removed) throw notFound('block rule', id);
      await announceChange(organisation);
    },

    async refuse(organisation, caller) {
      if (isBlocked(await lookupOf(organisation), caller)) {
        throw new SlotwireError('FORBIDDEN', "This can't be booked online by you: please ask the organiser.");
      }
    },
  };
}

function createLookup(rules: readonly Pick<BlockRule, 'kind' | 'value'>[]): Lookup {
  const addresses = new BlockList();
  const valuesOf = (kind: BlockRuleKind) => rules.flatMap((rule) => (rule.kind === kind ? [rule.value] : []));
  for (const range of valuesOf('ADDRESS')) {
    const [address = '', length] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (length === undefined) addresses.addAddress(address, family);
    else addresses.addSubnet(address, Number(length), family);
  }
  return {
    addresses,
    domains: new Set(valuesOf('EMAIL_DOMAIN')),
    mailboxes: new Set(valuesOf('EMAIL')),
  };
}

function isBlocked(
  { addresses, domains, mailboxes }: Lookup,
  { address, email }: { address: string | null; email: string | null },
): boolean {
  const family = address === null ? 0 : isIP(address);
  if (address !== null && family !== 0 && addresses.check(address, family === 6 ? 'ipv6' : 'ipv4'))
    return true;
  if (email === null) return false;
  if (mailboxes.has(mailboxOf(email))) return true;
  // A rule names a domain with all domains below it.
  const labels = mailDomainOf(email.slice(email.lastIndexOf('@') + 1)).split('.');
  return labels.some((_, i) => domains.has(labels.slice(i).join('.')));
}
