/**
 * Answers that were made for a request of the public and hold for every equal one: for a second, unless something that they were
 * made from changes before that. Equal requests at the same time share one computation.
 */
import { parseKey } from '../../cache/keys.ts';
import type { Topics } from '../../cache/port.ts';
import type { AnswerSources } from '../../graphql/answer-basis.ts';
import { type Clock, type Instant, SECOND, steadyClock } from '../../time/clock.ts';

/** How long an answer is given again at most, counted from when its computation began. Milliseconds. */
export const ANSWER_AGE = SECOND;
/** Bytes of all answers that are kept, their requests among them. */
const BYTES_MAX = 24 * 1024 * 1024;
/** A larger one is not kept. A page's two weeks have 30 KB. */
const LARGEST = 1024 * 1024;
/** What an entry takes beside its texts. Bytes. */
const OVERHEAD = 1_000;
/** Keys whose last invalidations are remembered for the computations under way. */
const REMEMBERED_MAX = 10_000;

/** An answer as it may be sent to every caller of the public. */
export interface SharedAnswer {
  /** JSON. */
  bytes: Buffer;
  /** Fields, which every caller who gets the answer is charged for. */
  cost: number;
  sources: AnswerSources;
  /** As `answerTag` has it; null where answers carry none. */
  tag: string | null;
}

export interface AnswerTable {
  /** @returns undefined without an answer that holds now. */
  find(request: string): SharedAnswer | undefined;
  /** Whether an answer that was found still holds. */
  holds(request: string, answer: SharedAnswer): boolean;
  /**
   * The computation under way for an equal request, unless something has changed since it began. It resolves with null where its
   * answer can't be shared. Never rejects.
   */
  underWay(request: string): Promise<SharedAnswer | null> | undefined;
  /**
   * Computes an answer, and keeps it unless something changed meanwhile that it was made from.
   * @param work resolves with null where there is nothing to share; `giveUp` says so before that
   * @throws what `work` throws
   */
  compute(
    request: string,
    work: (giveUp: () => void) => Promise<SharedAnswer | null>,
  ): Promise<SharedAnswer | null>;
  close(): void;
}

export interface AnswerTableDeps {
  topics: Pick<Topics, 'subscribe'>;
  /** The clock that answers are computed by. */
  clock: Clock;
  /** Default: the process's steady one. */
  ageClock?: Clock;
  bytesMax?: number;
}

interface Entry {
  request: string;
  answer: SharedAnswer;
  /** By the steady clock. */
  begunAt: Instant;
  size: number;
}

interface Computation {
  begunAt: Instant;
  /** Number of the last invalidation before it began. */
  begunAfter: number;
  shared: Promise<SharedAnswer | null>;
}

export function createAnswerTable({
  topics,
  clock,
  ageClock = steadyClock,
  bytesMax = BYTES_MAX,
}: AnswerTableDeps): AnswerTable {
  /** In the order in which they were kept. */
  const entries = new Map<string, Entry>();
  /** Those that were made from the same set of keys are one group of the index, as a team's answers have hundreds of keys each. */
  const groups = new Map<ReadonlySet<string>, Set<Entry>>();
  const byKey = new Map<string, Set<Set<Entry>>>();
  let bytes = 0;
  const computations = new Map<string, Computation>();
  let running = 0;
  /** Invalidations so far. */
  let invalidations = 0;
  /** Number of the last invalidation of each key, while computations are under way. */
  const lastOf = new Map<string, number>();
  /** Number of the last one that concerned every key. */
  let lastOfAll = 0;
  let sweep: NodeJS.Timeout | null = null;

  const isYoung = (begunAt: Instant) => ageClock.now() - begunAt < ANSWER_AGE;

  function isCurrent({ begunAt, answer: { sources } }: Entry): boolean {
    const now = clock.now();
    const { computedAt, changesAt } = sources;
    // A clock that was set makes the answer's own instant wrong.
    const isOfNow = computedAt === null || Math.abs(now - computedAt) < ANSWER_AGE;
    return isYoung(begunAt) && isOfNow && (changesAt === null || now < changesAt);
  }

  function remove(entry: Entry) {
    if (entries.get(entry.request) !== entry) return;
    entries.delete(entry.request);
    bytes -= entry.size;
    const { keys } = entry.answer.sources;
    const group = groups.get(keys);
    group?.delete(entry);
    if (!group || group.size > 0) return;
    groups.delete(keys);
    for (const key of keys) {
      const dependent = byKey.get(key);
      dependent?.delete(group);
      if (dependent?.size === 0) byKey.delete(key);
    }
  }

  function groupOf(keys: ReadonlySet<string>): Set<Entry> {
    const known = groups.get(keys);
    if (known) return known;
    const group = new Set<Entry>();
    groups.set(keys, group);
    for (const key of keys) byKey.set(key, (byKey.get(key) ?? new Set()).add(group));
    return group;
  }

  function keep(request: string, answer: SharedAnswer, begunAt: Instant) {
    const { keys } = answer.sources;
    // A key and its place in the index take about as much as the key's text twice.
    const size = OVERHEAD + answer.bytes.length + 2 * request.length + 200 * keys.size;
    if (size > LARGEST) return;
    const before = entries.get(request);
    if (before) remove(before);
    const entry = { request, answer, begunAt, size };
    entries.set(request, entry);
    bytes += size;
    groupOf(keys).add(entry);
    for (const oldest of entries.values()) {
      if (bytes <= bytesMax) break;
      remove(oldest);
    }
    sweep ??= setTimeout(removeOld, ANSWER_AGE).unref();
  }

  function removeOld() {
    sweep = null;
    for (const entry of entries.values()) if (!isCurrent(entry)) remove(entry);
    if (entries.size > 0) sweep = setTimeout(removeOld, ANSWER_AGE).unref();
  }

  function invalidate(key: string) {
    if (parseKey(key)?.kind === 'organisation') return invalidateAll();
    invalidations += 1;
    if (running > 0) lastOf.set(key, invalidations);
    if (lastOf.size > REMEMBERED_MAX) {
      lastOf.clear();
      lastOfAll = invalidations;
    }
    for (const group of byKey.get(key) ?? []) for (const entry of group) remove(entry);
  }

  function invalidateAll() {
    invalidations += 1;
    lastOfAll = invalidations;
    for (const entry of entries.values()) remove(entry);
  }

  const isOvertaken = ({ begunAfter }: Computation, { sources: { keys } }: SharedAnswer) =>
    lastOfAll > begunAfter || [...keys].some((key) => (lastOf.get(key) ?? 0) > begunAfter);

  const unsubscribe = topics.subscribe({
    onInvalidation: ({ key }) => invalidate(key),
    onPublish: ({ key }) => invalidate(key),
    onReconnect: invalidateAll,
  });
  // How old anything is can't be known any more, or can be again.
  const unwatchClock = clock.onTrustChange?.(invalidateAll);

  return {
    find(request) {
      const entry = entries.get(request);
      if (!entry) return undefined;
      if (isCurrent(entry)) return entry.answer;
      remove(entry);
      return undefined;
    },
    holds(request, answer) {
      const entry = entries.get(request);
      return entry?.answer === answer && isCurrent(entry);
    },
    underWay(request) {
      const computation = computations.get(request);
      if (!computation) return undefined;
      // Its answer may be made from what was true before a change that this caller knows of.
      const isJoinable = computation.begunAfter === invalidations && isYoung(computation.begunAt);
      return isJoinable ? computation.shared : undefined;
    },
    async compute(request, work) {
      let share: (answer: SharedAnswer | null) => void = () => {};
      const shared = new Promise<SharedAnswer | null>((resolve) => {
        share = resolve;
      });
      const computation = { begunAt: ageClock.now(), begunAfter: invalidations, shared };
      computations.set(request, computation);
      running += 1;
      const leave = () => {
        if (computations.get(request) === computation) computations.delete(request);
      };
      try {
        const answer = await work(() => {
          leave();
          share(null);
        });
        if (answer && !isOvertaken(computation, answer)) keep(request, answer, computation.begunAt);
        share(answer);
        return answer;
      } finally {
        share(null);
        leave();
        running -= 1;
        if (running === 0) lastOf.clear();
      }
    },
    close() {
      unsubscribe();
      unwatchClock?.();
      if (sweep) clearTimeout(sweep);
      for (const entry of entries.values()) remove(entry);
    },
  };
}
