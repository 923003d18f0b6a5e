/** Colours as sRGB, and the contrast between them (WCAG 2.2, "relative luminance" and "contrast ratio"). */

/** Red, green and blue, each 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

export const BLACK: Colour = [0, 0, 0];
export const WHITE: Colour = [255, 255, 255];

/** Parses `0b6b5d`, `#0b6b5d`, `#0b6` and `0b6`; null for any other text. */
export function parseColour(text: string): Colour | null {
  const digits = /^#?([\da-f]{3}|[\da-f]{6})$/i.exec(text)?.[1];
  if (!digits) return null;
  const long = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits;
  const part = (at: number) => Number.parseInt(long.slice(at, at + 2), 16);
  return [part(0), part(2), part(4)];
}

export const formatColour = (colour: Colour): string =>
  `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;

/** In whole parts, as the colour is written. @param share of the second colour, 0 to 1 */
export function mixColours(first: Colour, second: Colour, share: number): Colour {
  const mix = (at: 0 | 1 | 2) => Math.round(first[at] + (second[at] - first[at]) * share);
  return [mix(0), mix(1), mix(2)];
}

/** 1 to 21. */
export function contrast(first: Colour, second: Colour): number {
  const [one, other] = [luminance(first), luminance(second)];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

/** Black or white, whichever is easier to read on the colour. */
export const inkOn = (colour: Colour): Colour =>
  contrast(colour, WHITE) >= contrast(colour, BLACK) ? WHITE : BLACK;
