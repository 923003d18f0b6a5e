/** What the visitor has typed so far; it survives a reload. Pure. */
import type { PlaceKind } from '../../form/event-form.ts';
import type { Prefill } from '../../form/prefill.ts';

export interface Draft {
  readonly name: string;
  readonly email: string;
  readonly notes: string;
  readonly phone: string;
  readonly place: PlaceKind | null;
  /** With empty ones, which are fields that wait to be filled in. */
  readonly guests: readonly string[];
  /** By the id of their question. */
  readonly answers: Readonly<Record<string, readonly string[]>>;
  /** Id of the event type whose form it is. */
  readonly eventType: string | null;
  /** The parameters of the address that the form was opened at. */
  readonly address: string;
}

export const EMPTY_DRAFT: Draft = {
  ...{ name: '', email: '', notes: '', phone: '' },
  ...{ place: null, guests: [], answers: {}, eventType: null, address: '' },
};

/** @returns null for what is no draft; what an earlier version of the page stored has no more than its texts */
export function readDraft(stored: unknown): Draft | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const draft = { ...EMPTY_DRAFT, ...stored } as Draft;
  const { name, email, notes, phone, guests, answers, address } = draft;
  const isWhole =
    [name, email, notes, phone, address].every((text) => typeof text === 'string') &&
    areTexts(guests) &&
    typeof answers === 'object' &&
    answers !== null &&
    Object.values(answers).every(areTexts);
  return isWhole ? draft : null;
}

const areTexts = (list: unknown): boolean =>
  Array.isArray(list) && list.every((item) => typeof item === 'string');

/**
 * The draft that a form opens with. What an address fills in takes the place of what was typed at another address; answers belong
 * to one event type.
 */
export function openingDraft(
  stored: Draft | null,
  eventType: string,
  address: string,
  prefill: Prefill,
): Draft {
  const isSame = stored?.eventType === eventType;
  if (stored && isSame && stored.address === address) return stored;
  const { name = '', email = '', notes = '', phone = '' } = stored ?? {};
  const kept = stored && isSame ? stored : EMPTY_DRAFT;
  return {
    name: prefill.name ?? name,
    email: prefill.email ?? email,
    notes: prefill.notes ?? notes,
    phone,
    place: kept.place,
    guests: prefill.guests.length > 0 ? prefill.guests : kept.guests,
    answers: { ...kept.answers, ...prefill.answers },
    eventType,
    address,
  };
}
