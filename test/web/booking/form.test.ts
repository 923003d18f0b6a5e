import { describe, expect, it } from 'vitest';
import { EMPTY, errorsIn, tidied } from '../../../src/web/booking/form.ts';

const GRACE = { name: 'Grace', email: 'grace@example.net', notes: '' };

describe('a form', () => {
  it('wants a name and an address', () => {
    expect(Object.keys(errorsIn(EMPTY))).toEqual(['name', 'email']);
    expect(Object.keys(errorsIn({ ...GRACE, name: '   ' }))).toEqual(['name']);
    expect(errorsIn(GRACE)).toEqual({});
  });

  it.each(['grace', 'grace@', '@example.net', 'grace@example', 'a b@example.net', 'Grace <g@example.net>'])(
    'takes %s for no address',
    (email) => {
      expect(Object.keys(errorsIn({ ...GRACE, email }))).toEqual(['email']);
    },
  );

  it('takes no more than the server does', () => {
    const long = { name: 'x'.repeat(201), email: `${'x'.repeat(250)}@y.de`, notes: 'x'.repeat(5_001) };
    expect(Object.keys(errorsIn(long))).toEqual(['name', 'email', 'notes']);
    expect(errorsIn({ ...GRACE, name: 'x'.repeat(200), notes: 'x'.repeat(5_000) })).toEqual({});
  });

  it('sends no blanks around the words, and no empty notes', () => {
    expect(tidied({ name: ' Grace ', email: ' grace@example.net ', notes: '  ' })).toEqual({
      name: 'Grace',
      email: 'grace@example.net',
      notes: null,
    });
  });
});
