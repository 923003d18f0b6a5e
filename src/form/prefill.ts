/** What the page's address fills in: name, e-mail, notes, guests and answers for the visitor to look over, and pairs that go along. Pure. */
import {
  LONG_ANSWER_MAX,
  METADATA_KEY_MAX,
  METADATA_MAX,
  METADATA_VALUE_MAX,
  type MetadataPair,
  metadataFaults,
  NOTES_MAX,
} from './details.ts';
import { CHECKED, type EventForm, type FormQuestion } from './event-form.ts';
import { NAME_MAX } from './text.ts';

export interface Prefill {
  readonly name: string | null;
  readonly email: string | null;
  readonly notes: string | null;
  readonly guests: readonly string[];
  readonly answers: Readonly<Record<string, readonly string[]>>;
}

/** @param search the address' parameters, with their question mark or without */
export function prefillOf(search: string, { questions, maxGuests }: EventForm): Prefill {
  const params = new URLSearchParams(search);
  const text = (name: string, most: number) => cut(params.get(name) ?? '', most).trim() || null;
  const answers = questions.flatMap((question) => {
    const values = answerOf(question, params.getAll(`answer.${question.id}`));
    return values.length > 0 ? [[question.id, values] as const] : [];
  });
  return {
    name: text('name', NAME_MAX),
    // An address that is cut would be another's.
    email: text('email', NOTES_MAX),
    notes: text('notes', NOTES_MAX),
    guests: params
      .getAll('guest')
      .map((guest) => guest.trim())
      .filter((guest) => guest !== '')
      .slice(0, maxGuests),
    answers: Object.fromEntries(answers),
  };
}

/** Only what can be shown: another option would be an answer that nobody sees. */
function answerOf({ kind, options }: FormQuestion, given: readonly string[]): string[] {
  const values = given.map((value) => cut(value, LONG_ANSWER_MAX));
  switch (kind) {
    case 'CHOICES':
      return options.filter((option) => values.includes(option));
    case 'CHOICE':
      return values.filter((value) => options.includes(value)).slice(0, 1);
    case 'CHECKBOX':
      return values.some((value) => /^(?:true|1|yes|on)$/i.test(value)) ? [CHECKED] : [];
    default:
      return values.slice(0, 1);
  }
}

const METADATA = /^metadata\.(.+)$/;
const CAMPAIGN = /^utm_/i;

/** `metadata.{key}`, and `utm_*` by their own names. What is too long is cut, what is too much is left out: neither keeps a visitor from booking. */
export function metadataOf(search: string): MetadataPair[] {
  const pairs: MetadataPair[] = [];
  for (const [name, value] of new URLSearchParams(search)) {
    const key = METADATA.exec(name)?.[1] ?? (CAMPAIGN.test(name) ? name : null);
    if (key === null || key.length > METADATA_KEY_MAX || pairs.some((pair) => pair.key === key)) continue;
    const pair = { key, value: cut(value, METADATA_VALUE_MAX) };
    if (pairs.length < METADATA_MAX && metadataFaults([pair]).length === 0) pairs.push(pair);
  }
  return pairs;
}

const cut = (text: string, most: number) => text.slice(0, most).toWellFormed();
