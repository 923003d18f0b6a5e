/** The colour that the page's address asks for (`color`), in the page's look. It holds in place of the brand's. */
import { parseColour } from '../../brand/colour.ts';
import { accentStyles } from '../../brand/style-sheet.ts';

/** Has no effect where the address names no colour. */
export function applyPageColour(search: string): void {
  const colour = parseColour(new URLSearchParams(search).get('color') ?? '');
  if (!colour) return;
  // A constructed style sheet, because the page's policy allows no inline styles; it comes after all that the page has.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(accentStyles(colour));
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
