import { describe, expect, it } from 'vitest';
import { EMPTY_FORM } from '../../../src/form/event-form.ts';
import { EMPTY_DRAFT } from '../../../src/web/booking/draft.ts';
import { detailsInput, errorsIn, hasField, trimmed, valueAt } from '../../../src/web/booking/form.ts';

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

  it('checks what the event type asks for, and says at which field what is wrong', () => {
    const form = {
      ...EMPTY_FORM,
      questions: [{ id: 'company', label: 'Company', kind: 'TEXT', required: true, options: [] }],
      places: [
        { kind: 'LINK', value: null },
        { kind: 'PHONE_TO_VISITOR', value: null },
      ],
      maxGuests: 2,
    } as const;
    const draft = { ...EMPTY_DRAFT, ...GRACE, guests: ['', 'eve@example'] };
    expect(errorsIn(draft, form)).toEqual({
      'guests.1': 'Please enter a whole e-mail address, like name@example.com.',
      'answers.company': 'Please answer this.',
      place: 'Please choose where it is to be.',
    });
    const called = {
      ...draft,
      guests: [''],
      place: 'PHONE_TO_VISITOR',
      answers: { company: ['ACME '] },
    } as const;
    expect(Object.keys(errorsIn(called, form))).toEqual(['phone']);
    expect(detailsInput({ ...called, phone: ' +49 30 1234 ' }, form)).toEqual({
      answers: [{ question: 'company', values: ['ACME'] }],
      ...{ place: 'PHONE_TO_VISITOR', phone: '+49 30 1234' },
    });
    expect(detailsInput({ ...EMPTY_DRAFT, ...GRACE }, EMPTY_FORM)).toEqual({});
  });

  it('knows which refused fields it shows, and what stands in them', () => {
    const asking = {
      ...EMPTY_FORM,
      questions: [{ id: 'a', label: 'A', kind: 'TEXT', required: false, options: [] }],
    } as const;
    const fields = ['name', 'answers.a', 'answers.b', 'guests.0', 'place', 'phone', 'metadata.0.key'];
    expect(fields.filter((field) => hasField(field, asking))).toEqual(['name', 'answers.a']);
    const draft = { ...EMPTY_DRAFT, answers: { a: ['x'] } };
    expect(valueAt(draft, 'answers.a')).not.toBe(valueAt({ ...draft, answers: { a: ['y'] } }, 'answers.a'));
  });

  it('trims surrounding blanks, and sends null for empty notes', () => {
    expect(trimmed({ name: ' Grace ', email: ' grace@example.net ', notes: '  ' })).toEqual({
      name: 'Grace',
      email: 'grace@example.net',
      notes: null,
    });
  });
});
