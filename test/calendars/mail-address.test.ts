import { describe, expect, it } from 'vitest';
import { mailAddressesOf, mailAddressForms, mailboxOf } from '../../src/calendars/mail-address.ts';

it.each([
  ['ada@example.com', ['ada@example.com']],
  [' MAILTO:Ada@Example.COM ', ['ada@example.com']],
  ['mailto:ada%40example.com', ['ada@example.com']],
  ['<Ada@example.com>', ['ada@example.com']],
  ['ada@example.com.', ['ada@example.com']],
  ['ada+work@example.com', ['ada+work@example.com']],
  ['ada@Bücher.example', ['ada@bücher.example', 'ada@xn--bcher-kva.example']],
  ['ada@xn--bcher-kva.example', ['ada@xn--bcher-kva.example', 'ada@bücher.example']],
  ['/principals/ada/', []],
  ['ada', []],
  ['@example.com', []],
  ['', []],
])('a mail address counts as the same in its forms: %s', (text, forms) => {
  expect(mailAddressForms(text)).toEqual(forms);
});

it('mail addresses are in one order, and each once', () => {
  expect(mailAddressesOf(['Zoe@example.com', null, 'ada@example.com', 'zoe@example.com'])).toEqual([
    'ada@example.com',
    'zoe@example.com',
  ]);
});

describe('the mailbox of an address', () => {
  it.each([
    ['Ada@Example.COM', 'ada@example.com'],
    ['ada+news@example.com', 'ada@example.com'],
    ['a.d.a@example.com', 'a.d.a@example.com'],
    ['A.d.a+x@gmail.com', 'ada@gmail.com'],
    ['ada@googlemail.com', 'ada@gmail.com'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@example.com.', 'ada@example.com'],
    ['+1@example.com', '+1@example.com'],
  ])('of %s is %s', (email, mailbox) => {
    expect(mailboxOf(email)).toBe(mailbox);
  });
});
