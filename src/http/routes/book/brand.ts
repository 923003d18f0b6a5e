/** What a page shows of its brand: a logo above it, and a style sheet within it, which the page's policy allows by its digest. */
import { createHash } from 'node:crypto';
import { parseColour } from '../../../brand/colour.ts';
import { logoPath } from '../../../brand/logo.ts';
import { accentStyles } from '../../../brand/style-sheet.ts';
import type { Brand } from '../../../store/rules/brands.ts';

export interface BrandMarkup {
  /** Of elements that belong into <head>. */
  head: string;
  /** Of what stands above <main>. */
  top: string;
  /** Of the page's policy, beside its own origin (CSP `style-src`). */
  styleSource: string;
}

export function brandMarkup({ color, logo }: Brand): BrandMarkup {
  const colour = color === null ? null : parseColour(color);
  const styles = colour ? accentStyles(colour) : null;
  return {
    head: styles === null ? '' : `\n<style>${styles}</style>`,
    top: logo
      ? `<div class="brand"><img src="${logoPath(logo)}" width="${logo.width}" height="${logo.height}" alt=""></div>\n`
      : '',
    styleSource: styles === null ? '' : `'sha256-${createHash('sha256').update(styles).digest('base64')}'`,
  };
}
