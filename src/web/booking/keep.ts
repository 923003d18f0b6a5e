/** What a reload must not lose, kept for this tab alone: the hold, what was typed, the chosen zone. */
import { isTimeZone } from '../../time/zone.ts';
import type { Draft } from './form.ts';

/** A hold as its holder knows it. Instants are epoch ms of the server's clock. */
export interface Held {
  readonly token: string;
  readonly start: number;
  readonly end: number;
  readonly expiresAt: number;
  /** Names of the hosts that were assigned. */
  readonly hosts: readonly string[];
}

export interface Keep {
  hold(eventType: string): Held | null;
  keepHold(eventType: string, held: Held | null): void;
  draft(): Draft | null;
  keepDraft(draft: Draft | null): void;
  zone(): string | null;
  keepZone(zone: string): void;
}

type Box = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** A browser that refuses storage loses on reload what it was not to keep; nothing else suffers. */
export function createKeep(open: () => Box): Keep {
  const read = (key: string): unknown => {
    try {
      return JSON.parse(open().getItem(`slotwire.${key}`) ?? 'null');
    } catch {
      return null;
    }
  };
  const write = (key: string, value: unknown) => {
    try {
      if (value === null) open().removeItem(`slotwire.${key}`);
      else open().setItem(`slotwire.${key}`, JSON.stringify(value));
    } catch {}
  };
  return {
    hold(eventType) {
      const held = read(`hold.${eventType}`) as Held | null;
      return typeof held?.token === 'string' && Array.isArray(held.hosts) ? held : null;
    },
    keepHold: (eventType, held) => write(`hold.${eventType}`, held),
    draft() {
      const draft = read('draft') as Draft | null;
      const whole = [draft?.name, draft?.email, draft?.notes].every((text) => typeof text === 'string');
      return whole ? draft : null;
    },
    keepDraft: (draft) => write('draft', draft),
    zone() {
      const zone = read('zone');
      return typeof zone === 'string' && isTimeZone(zone) ? zone : null;
    },
    keepZone: (zone) => write('zone', zone),
  };
}
