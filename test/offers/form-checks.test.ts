import { describe, expect, it } from 'vitest';
import { EMPTY_FORM, type EventForm, type FormPlace, type FormQuestion } from '../../src/form/event-form.ts';
import { checkEventForm } from '../../src/offers/form-checks.ts';

const check = (more: Partial<EventForm>) => () => checkEventForm({ ...EMPTY_FORM, ...more });
const question = (more: Partial<FormQuestion> = {}): FormQuestion => ({
  ...{ id: 'q', label: 'Q?', kind: 'TEXT', required: false, options: [] },
  ...more,
});
const place = (kind: FormPlace['kind'], value: string | null) => check({ places: [{ kind, value }] });

describe('what an event type asks', () => {
  it('may be nothing, and all of it', () => {
    expect(check({})).not.toThrow();
    expect(
      check({
        description: `Bring your laptop.\n\nhttps://example.com ${'x'.repeat(4_900)}`,
        questions: [question(), question({ id: 'c-1', kind: 'CHOICE', options: ['a', 'b'] })],
        maxGuests: 50,
        places: [
          { kind: 'IN_PERSON', value: 'Main St 1' },
          { kind: 'PHONE_TO_HOST', value: '+49 30 123456' },
          { kind: 'PHONE_TO_VISITOR', value: null },
          { kind: 'LINK', value: 'https://meet.example/{booking}?x=1' },
        ],
        redirectUrl: 'https://example.com/thanks?from=slotwire',
      }),
    ).not.toThrow();
  });

  it.each<[Partial<EventForm>, string]>([
    [{ description: 'x'.repeat(5_001) }, 'description: takes at most 5000 characters'],
    [{ description: 'a\u0007' }, 'description: must not hold'],
    [{ questions: [question({ id: 'Q' })] }, 'questions.0.id: takes 1 to 64 of a-z, 0-9 and -'],
    [{ questions: [question({ id: '' })] }, 'questions.0.id'],
    [{ questions: [question(), question()] }, 'questions.1.id: q is there twice'],
    [{ questions: [question({ label: ' ' })] }, 'questions.0.label: takes 1 to 500'],
    [{ questions: [question({ label: 'a\nb' })] }, 'questions.0.label: must not hold'],
    [{ questions: [question({ kind: 'CHOICE' })] }, 'questions.0.options: says what can be chosen'],
    [{ questions: [question({ kind: 'CHOICES', options: ['a', 'a'] })] }, 'questions.0.options.1'],
    [{ questions: [question({ options: ['a'] })] }, 'questions.0.options: is for CHOICE'],
    [
      { questions: Array.from({ length: 51 }, (_, i) => question({ id: `${i}` })) },
      'questions: takes at most',
    ],
    [{ maxGuests: -1 }, 'maxGuests: takes 0 to 50'],
    [{ maxGuests: 51 }, 'maxGuests: takes 0 to 50'],
    [{ redirectUrl: 'javascript:alert(1)' }, 'redirectUrl: takes an address'],
    [{ redirectUrl: 'ftp://example.com/' }, 'redirectUrl: takes an address'],
  ])('is refused with its field: %j', (more, message) => {
    expect(check(more)).toThrow(message);
  });

  it('has places of each kind once, with what the kind needs', () => {
    const twice = { kind: 'PHONE_TO_VISITOR', value: null } as const;
    expect(check({ places: [twice, twice] })).toThrow('places.1.kind: PHONE_TO_VISITOR is there twice');
    expect(place('IN_PERSON', null)).toThrow('places.0.value: says the address');
    expect(place('IN_PERSON', 'a\nb')).toThrow('places.0.value: must not hold');
    expect(place('PHONE_TO_HOST', null)).toThrow('places.0.value: says the number');
    expect(place('PHONE_TO_HOST', 'call me')).toThrow('places.0.value: takes a phone number');
    expect(place('PHONE_TO_VISITOR', '1234')).toThrow('places.0.value: must be absent');
    expect(place('GOOGLE_MEET', null)).not.toThrow();
    expect(place('MICROSOFT_TEAMS', null)).not.toThrow();
    expect(place('GOOGLE_MEET', 'https://meet.google.com/abc')).toThrow('places.0.value: must be absent');
    expect(place('LINK', null)).toThrow('places.0.value: says the address');
    expect(place('LINK', 'javascript:{booking}')).toThrow('places.0.value: takes an address');
    expect(place('LINK', '{booking}')).toThrow('places.0.value: takes an address');
  });
});
