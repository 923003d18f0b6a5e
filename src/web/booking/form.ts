/** What a visitor writes of themself, and what is wrong with it. Pure. */
import type { Field } from './problems.ts';

export interface Draft {
  readonly name: string;
  readonly email: string;
  readonly notes: string;
}

export const EMPTY: Draft = { name: '', email: '', notes: '' };

/** As long as the server takes them. */
export const LONGEST = { name: 200, email: 254, notes: 5_000, reason: 5_000 } as const;

export type FieldErrors = Partial<Record<Field, string>>;

/** Empty when all is well. An address need only look like one: whether it exists nobody can tell. */
export function errorsIn({ name, email, notes }: Draft): FieldErrors {
  const errors: FieldErrors = {};
  if (!name.trim()) errors.name = 'Please enter your name.';
  else if (name.trim().length > LONGEST.name) errors.name = `At most ${LONGEST.name} characters, please.`;
  if (!email.trim()) errors.email = 'Please enter your e-mail address.';
  else if (!/^[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]+$/.test(email.trim()) || email.trim().length > LONGEST.email)
    errors.email = 'Please enter a whole e-mail address, like name@example.com.';
  if (notes.length > LONGEST.notes)
    errors.notes = `At most ${LONGEST.notes.toLocaleString('en')} characters, please.`;
  return errors;
}

/** What is said of a field that the server refused though it looked well. */
export const REFUSED: Record<Field, string> = {
  name: 'The server did not accept this name. Please write it differently.',
  email: 'The server did not accept this address. Please check it.',
  notes: 'The server did not accept these notes. Please shorten them.',
  reason: 'The server did not accept this reason. Please shorten it.',
};

/** As it is sent. */
export const tidied = ({ name, email, notes }: Draft) => ({
  name: name.trim(),
  email: email.trim(),
  notes: notes.trim() || null,
});
