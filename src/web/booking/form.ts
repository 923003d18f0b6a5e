/** The visitor's details and their validation. Pure. */
import type { InputField } from './problems.ts';

export interface Draft {
  readonly name: string;
  readonly email: string;
  readonly notes: string;
}

export const EMPTY_DRAFT: Draft = { name: '', email: '', notes: '' };

/** The server's own limits, in characters. */
export const MAX_LENGTH = { name: 200, email: 254, notes: 5_000, reason: 5_000 } as const;

export type FieldErrors = Partial<Record<InputField, string>>;

/** Empty when the draft is valid. An e-mail address is checked for its form only. */
export function errorsIn({ name, email, notes }: Draft): FieldErrors {
  const errors: FieldErrors = {};
  if (!name.trim()) errors.name = 'Please enter your name.';
  else if (name.trim().length > MAX_LENGTH.name)
    errors.name = `At most ${MAX_LENGTH.name} characters, please.`;
  if (!email.trim()) errors.email = 'Please enter your e-mail address.';
  else if (!/^[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]+$/.test(email.trim()) || email.trim().length > MAX_LENGTH.email)
    errors.email = 'Please enter a whole e-mail address, like name@example.com.';
  if (notes.length > MAX_LENGTH.notes)
    errors.notes = `At most ${MAX_LENGTH.notes.toLocaleString('en')} characters, please.`;
  return errors;
}

/** Messages for fields that the server refused although this page found them valid. */
export const REFUSED_MESSAGES: Record<InputField, string> = {
  name: 'The server did not accept this name. Please write it differently.',
  email: 'The server did not accept this address. Please check it.',
  notes: 'The server did not accept these notes. Please shorten them.',
  reason: 'The server did not accept this reason. Please shorten it.',
};

/** The draft in the form of the request: without surrounding blanks, and with null for empty notes. */
export const trimmed = ({ name, email, notes }: Draft) => ({
  name: name.trim(),
  email: email.trim(),
  notes: notes.trim() || null,
});
