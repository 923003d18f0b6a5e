/** Recent slot sets of one process. */
import type { Clock, Instant } from '../../time/clock.ts';
import { RECENT, type Recent } from '../port.ts';

interface Question {
  /** By etag, the youngest last. */
  sets: Map<string, Buffer>;
  until: Instant;
  /** Of all its sets and names. */
  size: number;
}

export interface MemoryRecentDeps {
  clock: Clock;
  /** Of all questions: what was used longest ago goes first. */
  maxBytes: number;
}

export function createMemoryRecent({ clock, maxBytes }: MemoryRecentDeps): Recent {
  /** In the order of use. */
  const questions = new Map<string, Question>();
  let total = 0;

  function current(name: string): Question | null {
    const known = questions.get(name);
    if (!known) return null;
    questions.delete(name);
    if (known.until > clock.now()) {
      questions.set(name, known);
      return known;
    }
    total -= known.size;
    return null;
  }

  /** Whole questions go: one is small beside the bound. */
  function tidy() {
    const now = clock.now();
    for (const [name, { until, size }] of questions) {
      if (total <= maxBytes && until > now) break;
      questions.delete(name);
      total -= size;
    }
  }

  return {
    async keep(name, etag, bytes) {
      if (bytes.length > RECENT.bytes) return;
      const question = current(name) ?? { sets: new Map<string, Buffer>(), until: 0, size: 0 };
      const { sets } = question;
      const before = question.size;
      const drop = (gone: string) => {
        const set = sets.get(gone);
        if (set && sets.delete(gone)) question.size -= weigh(name, gone, set);
      };
      drop(etag);
      sets.set(etag, Buffer.from(bytes));
      question.size += weigh(name, etag, bytes);
      for (const oldest of sets.keys()) {
        if (sets.size <= RECENT.most) break;
        drop(oldest);
      }
      question.until = clock.now() + RECENT.ttl;
      questions.set(name, question);
      total += question.size - before;
      tidy();
    },
    async find(name, etag) {
      return current(name)?.sets.get(etag) ?? null;
    },
  };
}

const weigh = (name: string, etag: string, bytes: Buffer) => name.length + etag.length + bytes.length;
