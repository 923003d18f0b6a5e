import { describe, expect, it } from 'vitest';
import { EMPTY_DRAFT, errorsIn, trimmed } from '../../../src/web/booking/form.ts';

const GRACE = { name: 'Grace', email: 'grace@example.net', notes: '' };

describe('a form', () => {
  it('requires a name and an e-mail address', () => {
    expect(Object.keys(errorsIn(EMPTY_DRAFT))).toEqual(['name', 'email']);
    expect(Object.keys(errorsIn({ ...GRACE, name: '   ' }))).toEqual(['name']);
    expect(errorsIn(GRACE)).toEqual({});
  });

  it.each(['grace', 'grace@', '@example.net', 'grace@example', 'a b@example.net', 'Grace <g@example.net>'])(
    'refuses %s as an e-mail address',
    (email) => {
      expect(Object.keys(errorsIn({ ...GRACE, email }))).toEqual(['email']);
    },
  );

  it('limits texts to the lengths that the server accepts', () => {
    const long = { name: 'x'.repeat(201), email: `${'x'.repeat(250)}@y.de`, notes: 'x'.repeat(5_001) };
    expect(Object.keys(errorsIn(long))).toEqual(['name', 'email', 'notes']);
    expect(errorsIn({ ...GRACE, name: 'x'.repeat(200), notes: 'x'.repeat(5_000) })).toEqual({});
  });

  it('trims surrounding blanks, and sends null for empty notes', () => {
    expect(trimmed({ name: ' Grace ', email: ' grace@example.net ', notes: '  ' })).toEqual({
      name: 'Grace',
      email: 'grace@example.net',
      notes: null,
    });
  });
});
