/** The style sheet that gives a page its accent: a brand's, or that of the page's address. */
import { type Accent, accentOf, DARK_GROUND, LIGHT_GROUND } from './accent.ts';
import { type Colour, formatColour } from './colour.ts';

/**
 * On paper, the page is black on white. The doubled `:root` weighs more than the page's own styles wherever this stands among them; of
 * two such sheets the later holds.
 */
export function accentStyles(colour: Colour): string {
  const [light, dark] = [accentOf(colour, LIGHT_GROUND), accentOf(colour, DARK_GROUND)];
  return `@media screen {
:root:root { ${declarations(light)} }
:root:root[data-theme="dark"] { ${declarations(dark)} }
@media (prefers-color-scheme: dark) { :root:root:not([data-theme="light"]) { ${declarations(dark)} } }
}`;
}

const declarations = ({ accent, ink, wash }: Accent) =>
  `--accent: ${formatColour(accent)}; --accent-ink: ${formatColour(ink)}; --accent-wash: ${formatColour(wash)}; --glow: ${formatColour(accent)}`;
