import { describe, expect, it } from 'vitest';
import { parseMailbox, parseSmtpUrl } from '../src/smtp-url.ts';

describe('SMTP_URL', () => {
  it.each([
    ['smtp://mail.example', { host: 'mail.example', port: 587, encryption: 'start', credentials: null }],
    ['smtps://mail.example', { host: 'mail.example', port: 465, encryption: 'tls', credentials: null }],
    ['smtp://[::1]:25', { host: '::1', port: 25, encryption: 'start', credentials: null }],
    [
      'smtp://a%40b.example:p%2Fw%25@mail.example:2525',
      {
        ...{ host: 'mail.example', port: 2525, encryption: 'required' },
        credentials: { user: 'a@b.example', password: 'p/w%' },
      },
    ],
    ['smtp://u:p@localhost', { encryption: 'start' }],
    ['smtp://u:p@127.0.0.1', { encryption: 'start' }],
    ['smtp://u:p@mail.example?tls=optional', { encryption: 'start' }],
    ['smtp://mail.example/?tls=required', { encryption: 'required' }],
    ['smtp://mail.example?tls=off', { encryption: 'none' }],
  ])('reads %s', (text, target) => {
    expect(parseSmtpUrl(text)).toMatchObject(target);
  });

  it.each([
    ['mail.example:25', /must be a URL as smtp/],
    ['https://mail.example', /must be a URL as smtp/],
    ['smtp://', /must be a URL as smtp/],
    ['smtp://mail.example/inbox', /nothing follows the port/],
    ['smtp://user@mail.example', /both a user and a password/],
    ['smtp://mail.example?tls=maybe', /tls=required, tls=optional or tls=off/],
    ['smtps://mail.example?tls=off', /takes no tls/],
    ['smtp://mail.example?pool=true', /not known: pool/],
    ['smtp://u:p%zz@mail.example', /%25 for %/],
  ])('refuses %s, and says why without the password', (text, reason) => {
    expect(() => parseSmtpUrl(text)).toThrow(reason);
    expect(() => parseSmtpUrl(text.replace('user@', 'u:hunter2@').replace('u:p', 'u:hunter2'))).not.toThrow(
      /hunter2/,
    );
  });
});

describe('MAIL_FROM', () => {
  it.each([
    ['bookings@example.com', { name: '', address: 'bookings@example.com' }],
    ['Example Ltd <bookings@example.com>', { name: 'Example Ltd', address: 'bookings@example.com' }],
    ['"Bookings, Example" <b@example.com>', { name: 'Bookings, Example', address: 'b@example.com' }],
    ['Bücher <post@bücher.example>', { name: 'Bücher', address: 'post@bücher.example' }],
  ])('reads %s', (text, mailbox) => {
    expect(parseMailbox(text)).toEqual(mailbox);
  });

  it.each([
    '',
    'bookings',
    'a@b@c',
    'A <a@example.com>, B <b@example.com>',
    'A <a@example.com>\r\nBcc: x@y.z',
  ])('refuses %j', (text) => {
    expect(parseMailbox(text)).toBeNull();
  });
});
