/** The state that survives a reload, in this tab's session storage: the hold, the draft of the form, the chosen zone. */
import { isTimeZone } from '../../time/zone.ts';
import { type Draft, readDraft } from './draft.ts';

/** A hold with its secret token. Instants are epoch ms of the server's clock. */
export interface ClientHold {
  readonly token: string;
  readonly start: number;
  readonly end: number;
  readonly expiresAt: number;
  /** Names of the hosts that were assigned. */
  readonly hosts: readonly string[];
}

export interface PageStorage {
  hold(eventType: string): ClientHold | null;
  saveHold(eventType: string, held: ClientHold | null): void;
  draft(): Draft | null;
  saveDraft(draft: Draft | null): void;
  zone(): string | null;
  saveZone(zone: string): void;
}

export type StorageArea = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Where the browser refuses storage, a reload loses this state, and nothing else fails. */
export function createPageStorage(open: () => StorageArea): PageStorage {
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
      const held = read(`hold.${eventType}`) as ClientHold | null;
      return typeof held?.token === 'string' && Array.isArray(held.hosts) ? held : null;
    },
    saveHold: (eventType, held) => write(`hold.${eventType}`, held),
    draft: () => readDraft(read('draft')),
    saveDraft: (draft) => write('draft', draft),
    zone() {
      const zone = read('zone');
      return typeof zone === 'string' && isTimeZone(zone) ? zone : null;
    },
    saveZone: (zone) => write('zone', zone),
  };
}
