import { describe, expect, it } from 'vitest';
import { frameAddress, parseMode } from '../../../src/web/embed/frame-address.ts';

const address = (attributes: Record<string, string>) =>
  frameAddress('https://slots.example', (name) => attributes[name] ?? null);

describe("the frame's address", () => {
  it('is of an event type, or without a slug of all that the owner lists', () => {
    expect(address({ owner: 'ada', slug: 'intro' })).toBe(
      'https://slots.example/book/ada/intro?embed=inline',
    );
    expect(address({ owner: 'ada' })).toBe('https://slots.example/book/ada?embed=inline');
    expect(address({ slug: 'intro' })).toBeNull();
  });

  it('has the attributes as parameters, each once, and escapes them', () => {
    const found = new URL(
      address({
        owner: 'a/b',
        slug: '../c?',
        name: 'Grace & Co',
        email: 'grace+x@example.net',
        zone: 'Europe/Berlin',
        theme: 'dark',
        color: '#0b6b5d',
        params: 'utm_source=news&guest=a@example.net&guest=b@example.net&name=other&embed=popup',
      }) ?? '',
    );
    expect(found.pathname).toBe('/book/a%2Fb/..%2Fc%3F');
    expect(
      Object.fromEntries(
        [...new Set(found.searchParams.keys())].map((key) => [key, found.searchParams.getAll(key)]),
      ),
    ).toEqual({
      utm_source: ['news'],
      guest: ['a@example.net', 'b@example.net'],
      name: ['Grace & Co'],
      email: ['grace+x@example.net'],
      zone: ['Europe/Berlin'],
      theme: ['dark'],
      color: ['#0b6b5d'],
      embed: ['inline'],
    });
  });

  it.each([
    [null, 'inline'],
    ['', 'inline'],
    ['drawer', 'inline'],
    ['popup', 'popup'],
    ['button', 'button'],
  ])('is of a page that knows the mode %s as %s', (mode, known) => {
    expect(parseMode(mode)).toBe(known);
  });
});
