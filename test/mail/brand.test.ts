/** What mails show of a brand. */
import { describe, expect, it } from 'vitest';
import { contrast, parseColour } from '../../src/brand/colour.ts';
import { brandView } from '../../src/mail/brand.ts';

const LOGO = { type: 'png', hash: 'x'.repeat(22), width: 1_000, height: 100 } as const;
const contrastOf = (first: string, second: string) =>
  contrast(parseColour(first) ?? [0, 0, 0], parseColour(second) ?? [0, 0, 0]);

describe('a brand in mails', () => {
  it.each(['#ffe600', '#000000', '#ffffff', '#777777', '#b3261e'])(
    'is written so that it can be read, light and dark: %s',
    (color) => {
      const { accent, accentInk, darkAccent, darkAccentInk } = brandView(
        { color, logo: null },
        'https://cal.example',
      );
      const pairs = [
        [accent, accentInk],
        [accent, '#ffffff'],
        [accent, '#f4f6fa'],
        [darkAccent, darkAccentInk],
        [darkAccent, '#1b212c'],
        [darkAccent, '#12161e'],
      ] as const;
      for (const [one, other] of pairs) expect(contrastOf(one, other)).toBeGreaterThanOrEqual(4.5);
    },
  );

  it('has a logo by an address of https alone, in the size of a header', () => {
    const brand = { color: null, logo: LOGO };
    expect(brandView(brand, 'https://cal.example').logo).toEqual({
      ...{ url: `https://cal.example/logos/${LOGO.hash}.png`, width: 224, height: 22 },
    });
    expect(brandView(brand, 'http://cal.example').logo).toBeNull();
  });
});
