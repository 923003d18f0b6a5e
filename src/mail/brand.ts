/** What a mail's layout shows of a brand: colours that can be read on its grounds, and the logo by its address. */
import { accentOf, type Ground } from '../brand/accent.ts';
import { formatColour, parseColour, WHITE } from '../brand/colour.ts';
import { logoPath } from '../brand/logo.ts';
import type { Brand } from '../store/rules/brands.ts';

/** As in layout.html. */
const LIGHT: Ground = { paper: [0xf4, 0xf6, 0xfa], card: WHITE };
const DARK: Ground = { paper: [0x12, 0x16, 0x1e], card: [0x1b, 0x21, 0x2c] };

/** Without a brand's colour. */
const PLAIN = { accent: '#1a56c4', accentInk: '#ffffff', darkAccent: '#82b1ff', darkAccentInk: '#10151f' };

/** Pixels. */
const LOGO_WIDTH = 224;
const LOGO_HEIGHT = 48;

/** @param publicUrl PUBLIC_URL: without https mail programs show no image, and browsers none in a page of https */
export function brandView({ color, logo }: Brand, publicUrl: string) {
  const colour = color === null ? null : parseColour(color);
  return {
    ...(colour ? { ...coloursOf(colour), stripe: true } : { ...PLAIN, stripe: false }),
    logo:
      logo && publicUrl.startsWith('https:') ? { url: publicUrl + logoPath(logo), ...fitted(logo) } : null,
  };
}

function coloursOf(colour: readonly [number, number, number]): typeof PLAIN {
  const [light, dark] = [accentOf(colour, LIGHT), accentOf(colour, DARK)];
  return {
    accent: formatColour(light.accent),
    accentInk: formatColour(light.ink),
    darkAccent: formatColour(dark.accent),
    darkAccentInk: formatColour(dark.ink),
  };
}

function fitted({ width, height }: { width: number; height: number }) {
  const scale = Math.min(1, LOGO_WIDTH / width, LOGO_HEIGHT / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
