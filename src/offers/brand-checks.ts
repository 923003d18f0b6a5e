/** Checks of brands before they are stored: colours, and logos by their bytes. */
import { formatColour, parseColour } from '../brand/colour.ts';
import { type Logo, readLogo } from '../brand/logo.ts';
import { badInput } from '../errors.ts';
import type { BrandChange } from '../store/rules/brands.ts';

/** As the API takes it. Absent: it stays as it is; null: none. */
export interface GivenBrand {
  color?: string | null | undefined;
  /** Base64, alone or as a data: URL. */
  logo?: string | null | undefined;
}

/** @throws SlotwireError BAD_USER_INPUT, naming the field */
export function checkBrand({ color, logo }: GivenBrand, field: string): BrandChange {
  return {
    ...(color === undefined ? {} : { color: color === null ? null : colourOf(color, `${field}.color`) }),
    ...(logo === undefined ? {} : { logo: logo === null ? null : logoOf(logo, `${field}.logo`) }),
  };
}

function colourOf(text: string, field: string): string {
  const colour = parseColour(text);
  if (!colour) throw badInput(field, 'takes a colour as #0b6b5d');
  return formatColour(colour);
}

function logoOf(text: string, field: string): Logo {
  const logo = readLogo(text);
  if ('fault' in logo) throw badInput(field, logo.fault);
  return logo;
}
