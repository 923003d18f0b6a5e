/** The colour that the page's address asks for (`color`), in the page's look. */
import { type Accent, accentOf, DARK_GROUND, LIGHT_GROUND } from './accent.ts';
import { formatColour, parseColour } from './colour.ts';

/** Has no effect where the address names no colour. */
export function applyPageColour(search: string): void {
  const colour = parseColour(new URLSearchParams(search).get('color') ?? '');
  if (!colour) return;
  const [light, dark] = [accentOf(colour, LIGHT_GROUND), accentOf(colour, DARK_GROUND)];
  // A constructed style sheet, because the page's policy allows no inline styles. On paper, the page is black on white.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`@media screen {
    :root { ${declarations(light)} }
    :root[data-theme="dark"] { ${declarations(dark)} }
    @media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { ${declarations(dark)} } }
  }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

const declarations = ({ accent, ink, wash }: Accent) =>
  `--accent: ${formatColour(accent)}; --accent-ink: ${formatColour(ink)}; --accent-wash: ${formatColour(wash)}; --glow: ${formatColour(accent)}`;
