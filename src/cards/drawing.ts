/** The picture of a card as SVG: a stripe and a label in the brand's accent, its logo, title, names and lengths, cut to what fits. */
import { accentOf, LIGHT_GROUND } from '../brand/accent.ts';
import { formatColour, parseColour } from '../brand/colour.ts';
import { CARD_HEIGHT, CARD_WIDTH, type Card } from './card.ts';

/** A logo as it is drawn. */
export interface DrawnLogo {
  /** A data: URL. */
  url: string;
  width: number;
  height: number;
}

/** @returns the text's width in pixels */
export type MeasureText = (text: string, font: Font) => number;

export interface Font {
  size: number;
  weight: 400 | 700;
}

/** As of pages without a brand. */
const ACCENT = '#0b6b5d';
const STRIPE = 24;
const MARGIN = 80;
const WIDTH = CARD_WIDTH - 2 * MARGIN;
const LOGO = { width: 360, height: 80, top: 56 };
/** The largest in which the title has no more than so many lines; the last cuts it. */
const TITLES = [
  { size: 84, lines: 2, height: 100 },
  { size: 68, lines: 3, height: 84 },
] as const;
const DETAIL: Font = { size: 38, weight: 400 };
const LENGTHS: Font = { size: 34, weight: 700 };

export function drawCard(card: Card, logo: DrawnLogo | null, measure: MeasureText): string {
  const { accent, ink } = accentOf(parseColour(card.color ?? ACCENT) ?? [0x0b, 0x6b, 0x5d], LIGHT_GROUND);
  const isRtl = /^[^\p{L}]*[\p{Script=Hebrew}\p{Script=Arabic}]/u.test(card.title);
  const start = isRtl ? CARD_WIDTH - MARGIN : MARGIN;
  const line = (content: string, y: number, font: Font, fill: string) =>
    `<text x="${start}" y="${y}" text-anchor="${isRtl ? 'end' : 'start'}" ${fontOf(font)} fill="${fill}">${xmlText(directed(content))}</text>`;
  const { lines, font, height } = titleLines(card.title, measure);
  const base = 400 - (card.detail === null ? 0 : 14);
  const parts = [
    `<rect width="${CARD_WIDTH}" height="${CARD_HEIGHT}" fill="#f6f7f9"/>`,
    `<rect x="${isRtl ? CARD_WIDTH - STRIPE : 0}" width="${STRIPE}" height="${CARD_HEIGHT}" fill="${formatColour(accent)}"/>`,
    ...(logo ? [logoOf(logo, isRtl)] : []),
    ...lines.map((text, at) => line(text, base - (lines.length - 1 - at) * height, font, '#1a2129')),
  ];
  if (card.detail !== null) {
    const [detail = ''] = wrapText(card.detail, 1, WIDTH, (text) => measure(text, DETAIL));
    parts.push(line(detail, base + 66, DETAIL, '#55606d'));
  }
  if (card.lengths) {
    const width = Math.min(WIDTH, Math.ceil(measure(card.lengths, LENGTHS)) + 56);
    const left = isRtl ? CARD_WIDTH - MARGIN - width : MARGIN;
    parts.push(
      `<rect x="${left}" y="506" width="${width}" height="68" rx="34" fill="${formatColour(accent)}"/>`,
      `<text x="${left + width / 2}" y="552" text-anchor="middle" ${fontOf(LENGTHS)} fill="${formatColour(ink)}">${xmlText(card.lengths)}</text>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${CARD_WIDTH}" height="${CARD_HEIGHT}" viewBox="0 0 ${CARD_WIDTH} ${CARD_HEIGHT}">${parts.join('')}</svg>`;
}

/** The text alone, as it is measured. */
export const textAlone = (text: string, font: Font): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${CARD_WIDTH}" height="${CARD_HEIGHT}"><text x="0" y="200" ${fontOf(font)}>${xmlText(directed(text))}</text></svg>`;

const fontOf = ({ size, weight }: Font) =>
  `font-family="Noto Sans" font-size="${size}" font-weight="${weight}"`;

/** The renderer takes all text for left to right that does not say otherwise itself. */
const directed = (text: string) =>
  /^[^\p{L}]*[\p{Script=Hebrew}\p{Script=Arabic}]/u.test(text) ? `\u202b${text}\u202c` : text;

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const xmlText = (text: string) => text.replace(/[&<>"]/g, (char) => ESCAPES[char] ?? char);

function logoOf({ url, width, height }: DrawnLogo, isRtl: boolean): string {
  const scale = Math.min(LOGO.width / width, LOGO.height / height);
  const [w, h] = [width * scale, height * scale];
  const x = isRtl ? CARD_WIDTH - MARGIN - w : MARGIN;
  return `<image x="${x}" y="${LOGO.top + (LOGO.height - h) / 2}" width="${w}" height="${h}" href="${xmlText(url)}"/>`;
}

function titleLines(title: string, measure: MeasureText) {
  for (const { size, lines: most, height } of TITLES) {
    const font: Font = { size, weight: 700 };
    const lines = wrapText(title, most, WIDTH, (text) => measure(text, font));
    const isLast = size === TITLES[TITLES.length - 1]?.size;
    if (isLast || !lines.at(-1)?.endsWith('…')) return { lines, font, height };
  }
  throw new Error('no font for titles');
}

/** Lines of whole words, at most so many; what is too long for the last, and a word that is too long for a line, end with "…". */
export function wrapText(
  text: string,
  most: number,
  width: number,
  widthOf: (text: string) => number,
): string[] {
  const words = text.split(' ');
  const lines: string[] = [];
  for (let at = 0; at < words.length; ) {
    if (lines.length === most - 1) {
      lines.push(cutText(words.slice(at).join(' '), width, widthOf));
      break;
    }
    let line = words[at] ?? '';
    at += 1;
    if (widthOf(line) > width) line = cutText(line, width, widthOf);
    while (at < words.length && widthOf(`${line} ${words[at]}`) <= width) {
      line = `${line} ${words[at]}`;
      at += 1;
    }
    lines.push(line);
  }
  return lines;
}

function cutText(text: string, width: number, widthOf: (text: string) => number): string {
  if (widthOf(text) <= width) return text;
  const letters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  let [fits, tooMany] = [0, letters.length];
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1;
    if (widthOf(`${letters.slice(0, middle).join('').trimEnd()}…`) <= width) fits = middle;
    else tooMany = middle;
  }
  return `${letters.slice(0, fits).join('').trimEnd()}…`;
}
