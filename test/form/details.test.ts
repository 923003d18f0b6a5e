import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requireDetails } from '../../src/booking/details.ts';
import {
  checkDetails,
  type GivenDetails,
  metadataFaults,
  NO_DETAILS,
  personFaults,
} from '../../src/form/details.ts';
import {
  EMPTY_FORM,
  type EventForm,
  type FormQuestion,
  type QuestionKind,
} from '../../src/form/event-form.ts';
import { type Draft, EMPTY_DRAFT } from '../../src/web/booking/draft.ts';
import { detailsInput, errorsIn, trimmed } from '../../src/web/booking/form.ts';

const OPTIONS = ['Red', 'Green', 'Blue'];
const question = (kind: QuestionKind, more: Partial<FormQuestion> = {}): FormQuestion => ({
  ...{ id: 'q', label: 'Q?', kind, required: false, options: kind.startsWith('CHOICE') ? OPTIONS : [] },
  ...more,
});
const form = (more: Partial<EventForm>): EventForm => ({ ...EMPTY_FORM, ...more });
const check = (of: Partial<EventForm>, given: Partial<GivenDetails>) =>
  checkDetails(form(of), { ...NO_DETAILS, ...given }, 'grace@example.com');
const faultsOf = (...of: Parameters<typeof check>) =>
  check(...of).faults.map(({ field, fault }) => `${field} ${fault}`);
const answer = (kind: QuestionKind, values: string[], more: Partial<FormQuestion> = {}) =>
  faultsOf({ questions: [question(kind, more)] }, { answers: [{ question: 'q', values }] });

describe('answers', () => {
  it.each<[QuestionKind, string[]]>([
    ['TEXT', ['Compilers']],
    ['LONG_TEXT', ['One line\nand another']],
    ['PHONE', ['+49 (30) 123-456']],
    ['PHONE', ['030/123456 ext. 7']],
    ['NUMBER', ['-3.5']],
    ['CHOICE', ['Green']],
    ['CHOICES', ['Blue', 'Red']],
    ['CHECKBOX', ['true']],
    ['CHECKBOX', ['false']],
    ['URL', ['https://example.com/a?b#c']],
  ])('to a question of the kind %s may be %j', (kind, values) => {
    expect(answer(kind, values)).toEqual([]);
    expect(answer(kind, values, { required: true })).toEqual(
      values[0] === 'false' ? ['answers.q required'] : [],
    );
  });

  it.each<[QuestionKind, string[], string]>([
    ['TEXT', ['two\nlines'], 'unshown'],
    ['TEXT', ['x'.repeat(501)], 'too-long'],
    ['TEXT', ['a', 'b'], 'one-value'],
    ['LONG_TEXT', ['x'.repeat(5_001)], 'too-long'],
    ['LONG_TEXT', ['beep\u0007'], 'unshown'],
    ['PHONE', ['call me'], 'no-phone'],
    ['PHONE', ['12'], 'no-phone'],
    ['NUMBER', ['1,5'], 'no-number'],
    ['NUMBER', ['Infinity'], 'no-number'],
    ['CHOICE', ['Yellow'], 'no-option'],
    ['CHOICE', ['Red', 'Blue'], 'one-value'],
    ['CHOICES', ['Red', 'Yellow'], 'no-option'],
    ['CHOICES', ['Red', 'Red'], 'twice'],
    ['CHECKBOX', ['on'], 'no-checkbox'],
    ['URL', ['example.com'], 'no-url'],
    ['URL', ['javascript:alert(1)'], 'no-url'],
    ['URL', ['https://'], 'no-url'],
  ])('to a question of the kind %s must not be %j', (kind, values, fault) => {
    expect(answer(kind, values)).toEqual([`answers.q ${fault}`]);
  });

  it('that are empty are none: a required question wants one, and another has none then', () => {
    for (const values of [[], [''], ['  ']]) {
      expect(answer('TEXT', values, { required: true })).toEqual(['answers.q required']);
      const { details } = check({ questions: [question('TEXT')] }, { answers: [{ question: 'q', values }] });
      expect(details.answers).toEqual([]);
    }
    expect(faultsOf({ questions: [question('CHOICES', { required: true })] }, {})).toEqual([
      'answers.q required',
    ]);
  });

  it('are trimmed, and stand in the order of their questions, with the labels of those', () => {
    const questions = [
      question('TEXT', { id: 'a', label: 'A?' }),
      question('NUMBER', { id: 'b', label: 'B?' }),
    ];
    const answers = [
      { question: 'b', values: [' 2 '] },
      { question: 'a', values: [' one '] },
    ];
    expect(check({ questions }, { answers }).details.answers).toEqual([
      { question: 'a', label: 'A?', kind: 'TEXT', values: ['one'] },
      { question: 'b', label: 'B?', kind: 'NUMBER', values: ['2'] },
    ]);
  });

  it('to questions that are not asked, or twice to one, are refused where they stand', () => {
    const answers = [
      { question: 'q', values: ['1'] },
      { question: 'other', values: ['1'] },
      { question: 'q', values: ['2'] },
    ];
    expect(faultsOf({ questions: [question('TEXT')] }, { answers })).toEqual([
      'answers.1.question unknown-question',
      'answers.2.question twice',
    ]);
  });

  it('are limited in all', () => {
    const questions = Array.from({ length: 5 }, (_, i) => question('LONG_TEXT', { id: `q${i}` }));
    const answers = questions.map(({ id }) => ({ question: id, values: ['x'.repeat(4_500)] }));
    expect(faultsOf({ questions }, { answers })).toEqual(['answers too-long']);
  });
});

describe('guests', () => {
  it('are as many as the event type takes', () => {
    const guests = ['a@example.com', 'b@example.com', 'c@example.com'];
    expect(faultsOf({ maxGuests: 3 }, { guests })).toEqual([]);
    expect(faultsOf({ maxGuests: 2 }, { guests })).toEqual(['guests too-many']);
    expect(faultsOf({}, { guests: ['a@example.com'] })).toEqual(['guests too-many']);
  });

  it('are e-mail addresses, each invited once, and not the visitor', () => {
    expect(faultsOf({ maxGuests: 3 }, { guests: ['a@example.com', 'b'] })).toEqual(['guests.1 no-email']);
    const guests = ['Grace@Example.com', 'a@example.com', ' A@example.com', ''];
    expect(check({ maxGuests: 1 }, { guests })).toMatchObject({
      details: { guests: ['a@example.com'] },
      faults: [],
    });
  });
});

describe('the place', () => {
  const several: Partial<EventForm> = {
    places: [
      { kind: 'IN_PERSON', value: 'Main St 1' },
      { kind: 'PHONE_TO_VISITOR', value: null },
    ],
  };

  it('is chosen by itself where there is one, and by the visitor where there are several', () => {
    expect(check({ places: [{ kind: 'LINK', value: 'https://x.test' }] }, {}).details.place).toBe('LINK');
    expect(faultsOf(several, {})).toEqual(['place required']);
    expect(faultsOf(several, { place: 'IN_PERSON' })).toEqual([]);
    expect(faultsOf(several, { place: 'LINK' })).toEqual(['place not-offered']);
    expect(faultsOf({}, { place: 'LINK' })).toEqual(['place not-offered']);
  });

  it('needs a number where the visitor is called', () => {
    expect(faultsOf(several, { place: 'PHONE_TO_VISITOR' })).toEqual(['phone required']);
    expect(faultsOf(several, { place: 'PHONE_TO_VISITOR', phone: '+49 30 1234' })).toEqual([]);
    expect(faultsOf(several, { place: 'IN_PERSON', phone: 'none' })).toEqual(['phone no-phone']);
  });
});

it('metadata is at most twenty pairs, each key once', () => {
  const pairs = (count: number) => Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: '' }));
  const fieldsOf = (of: { key: string; value: string }[]) =>
    metadataFaults(of).map(({ field, fault }) => `${field} ${fault}`);
  expect(fieldsOf(pairs(20))).toEqual([]);
  expect(fieldsOf(pairs(21))).toEqual(['metadata too-many']);
  expect(fieldsOf([...pairs(1), ...pairs(1)])).toEqual(['metadata.1.key twice']);
  expect(fieldsOf([{ key: ' ', value: '' }])).toEqual(['metadata.0.key required']);
  expect(fieldsOf([{ key: 'k'.repeat(101), value: '' }])).toEqual(['metadata.0.key too-long']);
  expect(fieldsOf([{ key: 'k', value: 'v'.repeat(501) }])).toEqual(['metadata.0.value too-long']);
});

const KINDS = [
  ...(['TEXT', 'LONG_TEXT', 'PHONE', 'NUMBER', 'CHOICE', 'CHOICES', 'CHECKBOX', 'URL'] as const),
];
/** What people type, and what nobody does. */
const texts = fc.oneof(
  fc.constantFrom('', ' ', 'a', 'Red', 'Blue', 'true', 'false', '42', '+49 30 123456', 'https://x.test/?q'),
  fc.constantFrom(
    'a@b.test',
    'A@b.test',
    'a@b',
    'a\u200b@b.test',
    'two\nlines',
    '\u202e',
    '\ud800',
    'x'.repeat(600),
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const usually = (text: string) => fc.oneof({ weight: 4, arbitrary: fc.constant(text) }, texts);
const forms = fc.record<EventForm>({
  description: fc.constant(null),
  questions: fc.uniqueArray(
    fc
      .record({
        kind: fc.constantFrom(...KINDS),
        required: fc.boolean(),
        id: fc.constantFrom('a', 'b', 'c', 'd'),
      })
      .map(({ kind, ...more }) => question(kind, more)),
    { selector: ({ id }) => id, maxLength: 4 },
  ),
  maxGuests: fc.integer({ min: 0, max: 3 }),
  places: fc.uniqueArray(
    fc.record({
      kind: fc.constantFrom('IN_PERSON', 'PHONE_TO_HOST', 'PHONE_TO_VISITOR', 'LINK'),
      value: fc.constant(null),
    }),
    { selector: ({ kind }) => kind, maxLength: 3 },
  ),
  redirectUrl: fc.constant(null),
});
const drafts = fc
  .record({
    ...{ name: usually('Grace'), email: usually('grace@b.test'), notes: texts, phone: texts },
    place: fc.constantFrom(null, 'IN_PERSON', 'PHONE_TO_VISITOR', 'LINK'),
    guests: fc.array(texts, { maxLength: 4 }),
    answers: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'gone'), fc.array(texts, { maxLength: 3 })),
  })
  .map((typed): Draft => ({ ...EMPTY_DRAFT, ...typed }));

it('what the page accepts the server accepts, and makes the same of it', () => {
  let accepted = 0;
  fc.assert(
    fc.property(forms, drafts, (of, draft) => {
      if (Object.keys(errorsIn(draft, of)).length > 0) return;
      accepted++;
      const person = trimmed(draft);
      // As it goes over the wire.
      const { answers = [], guests = [], place = null, phone = null } = detailsInput(draft, of);
      const given = JSON.parse(JSON.stringify({ answers, guests, place, phone }));
      expect(personFaults(person)).toEqual([]);
      const stored = requireDetails(of, { ...person, timeZone: 'UTC', locale: null, code: null, given });
      expect(JSON.parse(JSON.stringify(stored))).toMatchObject(given);
    }),
    {
      numRuns: 3_000,
      examples: [
        [
          form({ questions: [question('TEXT', { id: 'a', required: true })], maxGuests: 1 }),
          { ...EMPTY_DRAFT, name: 'G', email: 'g@b.test', guests: ['a@b.test', ''], answers: { a: [' x '] } },
        ],
      ],
    },
  );
  expect(accepted).toBeGreaterThan(10);
});
