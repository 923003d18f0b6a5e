import { describe, expect, it } from 'vitest';
import { EMPTY_FORM, type EventForm } from '../../../src/form/event-form.ts';
import { metadataOf, prefillOf } from '../../../src/form/prefill.ts';
import { EMPTY_DRAFT, openingDraft, readDraft } from '../../../src/web/booking/draft.ts';
import { redirectAddress } from '../../../src/web/booking/leave.ts';
import type { BookingStatus } from '../../../src/web/gql/documents.ts';

const ask = (id: string, kind: EventForm['questions'][number]['kind'], options: string[] = []) => ({
  ...{ id, label: id, kind, required: false, options },
});
const FORM: EventForm = {
  ...EMPTY_FORM,
  questions: [
    ask('topic', 'TEXT'),
    ask('size', 'CHOICE', ['S', 'M']),
    ask('days', 'CHOICES', ['Mon', 'Tue', 'Wed']),
    ask('terms', 'CHECKBOX'),
  ],
  maxGuests: 2,
};

describe('an address', () => {
  it('fills in name, e-mail, notes, guests and answers', () => {
    const search =
      '?name=Grace+Hopper&email=g%40example.com&notes=Hi&guest=a@example.com&guest=b@example.com&guest=c@example.com' +
      '&answer.topic=COBOL&answer.size=M&answer.days=Wed&answer.days=Mon&answer.terms=1&answer.gone=x';
    expect(prefillOf(search, FORM)).toEqual({
      ...{ name: 'Grace Hopper', email: 'g@example.com', notes: 'Hi' },
      guests: ['a@example.com', 'b@example.com'],
      answers: { topic: ['COBOL'], size: ['M'], days: ['Mon', 'Wed'], terms: ['true'] },
    });
  });

  it('fills in nothing that the form could not show', () => {
    expect(prefillOf('?answer.size=XL&answer.days=Sun&answer.terms=no&guest=', FORM)).toEqual({
      ...{ name: null, email: null, notes: null, guests: [], answers: {} },
    });
    expect(prefillOf(`?name=${'x'.repeat(900)}`, FORM).name).toHaveLength(200);
  });

  it('gives pairs along: metadata.* and utm_*, each once, cut to what the server takes', () => {
    const many = Array.from({ length: 30 }, (_, i) => `&metadata.k${i}=${i}`).join('');
    const pairs = metadataOf(`?utm_source=mail&utm_source=web&metadata.order=7&name=G&metadata.=x${many}`);
    expect(pairs.slice(0, 3)).toEqual([
      { key: 'utm_source', value: 'mail' },
      { key: 'order', value: '7' },
      { key: 'k0', value: '0' },
    ]);
    expect(pairs).toHaveLength(20);
    expect(metadataOf(`?utm_term=${'x'.repeat(900)}`)[0]?.value).toHaveLength(500);
    expect(metadataOf(`?metadata.${'k'.repeat(101)}=x&metadata.a=%00`)).toEqual([]);
  });
});

describe('the draft that a form opens with', () => {
  const prefill = prefillOf('?name=Grace&answer.topic=COBOL', FORM);

  it('has what the address fills in, and else what was typed before', () => {
    const typed = {
      ...EMPTY_DRAFT,
      name: 'Eve',
      email: 'eve@example.com',
      answers: { topic: ['x'], size: ['S'] },
    };
    const opened = openingDraft({ ...typed, eventType: 'et_1', address: '' }, 'et_1', '?name=Grace', prefill);
    expect(opened).toMatchObject({
      ...{ name: 'Grace', email: 'eve@example.com', answers: { topic: ['COBOL'], size: ['S'] } },
    });
  });

  it('keeps what was typed at the same address, and answers of one event type from another', () => {
    const typed = { ...EMPTY_DRAFT, name: 'Eve', answers: { topic: ['x'] }, guests: ['a@example.com'] };
    const here = { ...typed, eventType: 'et_1', address: '?name=Grace' };
    expect(openingDraft(here, 'et_1', '?name=Grace', prefill)).toBe(here);
    expect(openingDraft(here, 'et_2', '', prefillOf('', FORM))).toMatchObject({
      ...{ name: 'Eve', answers: {}, guests: [], eventType: 'et_2' },
    });
  });

  it('is read from what an earlier version of the page stored, and from nothing else', () => {
    expect(readDraft({ name: 'a', email: 'b', notes: 'c' })).toEqual({
      ...EMPTY_DRAFT,
      ...{ name: 'a', email: 'b', notes: 'c' },
    });
    for (const other of [null, 7, { name: 1 }, { guests: 'a' }, { answers: { a: 'b' } }, { answers: null }])
      expect(readDraft(other)).toBeNull();
  });
});

it('the address after booking has the booking, its start and its end beside its own parameters, whether it waits to be accepted, and no secret', () => {
  const booking = { id: 'bkg_1', start: '2026-12-01T10:00:00.000Z', end: '2026-12-01T10:30:00.000Z' };
  const address = (status: BookingStatus) =>
    redirectAddress('https://example.com/thanks?a=1&start=x#top', { ...booking, status });
  expect(address('CONFIRMED')).toBe(
    'https://example.com/thanks?a=1&start=2026-12-01T10%3A00%3A00.000Z&booking=bkg_1&end=2026-12-01T10%3A30%3A00.000Z#top',
  );
  expect(new URL(address('PENDING')).searchParams.get('status')).toBe('pending');
});
