/** The accent of a page or a mail, made of a colour that somebody asks for: made darker or lighter until all that is written in it can be read. */
import { BLACK, type Colour, contrast, inkOn, mixColours, WHITE } from './colour.ts';

/** What the accent stands on. */
export interface Ground {
  readonly paper: Colour;
  readonly card: Colour;
}

/** Of pages, as in base.css. */
export const LIGHT_GROUND: Ground = { paper: [0xf6, 0xf7, 0xf9], card: WHITE };
export const DARK_GROUND: Ground = { paper: [0x12, 0x16, 0x1b], card: [0x1b, 0x21, 0x29] };

export interface Accent {
  readonly accent: Colour;
  /** Of text on the accent. */
  readonly ink: Colour;
  /** The accent's shade behind text in the accent. */
  readonly wash: Colour;
}

/** WCAG 2.2 AA, of text. */
const READABLE = 4.5;
const WASH = 0.1;
const STEPS = 40;

/** The colour itself where it can be read on all of the ground, else the nearest of its shades that can. */
export function accentOf(colour: Colour, ground: Ground): Accent {
  const far = contrast(WHITE, ground.card) > contrast(BLACK, ground.card) ? WHITE : BLACK;
  for (let step = 0; step <= STEPS; step++) {
    const accent = mixColours(colour, far, step / STEPS);
    const wash = mixColours(ground.card, accent, WASH);
    const isReadable = [ground.paper, ground.card, wash].every((on) => contrast(accent, on) >= READABLE);
    if (isReadable) return { accent, ink: inkOn(accent), wash };
  }
  return { accent: far, ink: inkOn(far), wash: mixColours(ground.card, far, WASH) };
}
