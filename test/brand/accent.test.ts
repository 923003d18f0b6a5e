import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Accent, accentOf, DARK_GROUND, LIGHT_GROUND } from '../../src/brand/accent.ts';
import { BLACK, type Colour, contrast, formatColour, parseColour, WHITE } from '../../src/brand/colour.ts';

/** Colours all over the cube. */
const STEPS = [0, 29, 51, 91, 102, 138, 153, 187, 204, 230, 255];
const CUBE = STEPS.flatMap((red) =>
  STEPS.flatMap((green) => STEPS.map((blue): Colour => [red, green, blue])),
);

const styles = await readFile(new URL('../../src/web/booking/styles/base.css', import.meta.url), 'utf8');

/** The declarations of each rule for the root, by selector. */
const rootRules = Object.fromEntries(
  [...styles.matchAll(/^ *(:root[^\n{]*?) \{\n([^}]*)\}/gm)].map(([, selector = '', body = '']) => [
    selector,
    Object.fromEntries([...body.matchAll(/(--[\w-]+): ([^;]+);/g)].map(([, name, value]) => [name, value])),
  ]),
);

describe('colours', () => {
  it.each([
    ['0b6b5d', '#0b6b5d'],
    ['#0B6B5D', '#0b6b5d'],
    ['#f80', '#ff8800'],
  ])('are read from %s', (text, written) => {
    expect(formatColour(parseColour(text) ?? BLACK)).toBe(written);
  });

  it.each(['', 'red', '#12345', 'url(x)', '#0b6b5d;', '0b6b5d }'])('are not read from "%s"', (text) => {
    expect(parseColour(text)).toBeNull();
  });

  it('have the contrast that WCAG gives', () => {
    expect(contrast(BLACK, WHITE)).toBeCloseTo(21, 5);
    expect(contrast([0x77, 0x77, 0x77], WHITE)).toBeCloseTo(4.48, 2);
  });
});

/** The colours that a browser is given. */
const asWritten = ({ accent, ink, wash }: Accent): Accent => {
  const written = (colour: Colour) => parseColour(formatColour(colour)) ?? BLACK;
  return { accent: written(accent), ink: written(ink), wash: written(wash) };
};

describe('the accent of a colour', () => {
  it.each([
    ['light', LIGHT_GROUND],
    ['dark', DARK_GROUND],
  ])('can be read on all that is %s, and what is written on it, too', (_name, ground) => {
    const unreadable = CUBE.filter((colour) => {
      const { accent, ink, wash } = asWritten(accentOf(colour, ground));
      const grounds = [ground.paper, ground.card, wash];
      return contrast(ink, accent) < 4.5 || grounds.some((on) => contrast(accent, on) < 4.5);
    });
    expect(unreadable.map(formatColour)).toEqual([]);
  });

  it('is the colour itself where that can be read', () => {
    const colour: Colour = [0x0b, 0x6b, 0x5d];
    expect(accentOf(colour, LIGHT_GROUND).accent).toEqual(colour);
  });

  it('knows the ground that the styles have', () => {
    const hex = (name: string, selector: string) => parseColour(rootRules[selector]?.[name] ?? '');
    for (const [selector, { paper, card }] of [
      [':root', LIGHT_GROUND],
      [':root[data-theme="dark"]', DARK_GROUND],
    ] as const) {
      expect([hex('--paper', selector), hex('--card', selector)]).toEqual([paper, card]);
    }
  });
});

it('looks the same in the dark, whether the system or the address asks for it', () => {
  const bySystem = rootRules[':root:not([data-theme="light"])'];
  expect(Object.keys(bySystem ?? {})).toContain('--accent');
  expect(rootRules[':root[data-theme="dark"]']).toEqual(bySystem);
});
