/** What a card says, and what it leaves out. */
import { describe, expect, it } from 'vitest';
import { type Card, cardVersion, drawableText, lengthsOnCard, namesOnCard } from '../../src/cards/card.ts';
import { drawCard, wrapText } from '../../src/cards/drawing.ts';
import { HOUR, MINUTE } from '../../src/time/clock.ts';

const CARD: Card = { title: 'Talk', detail: 'Ada', lengths: '30 min', color: '#0a58ca', logo: null };
/** Each character is half as wide as it is high. */
const measure = (text: string, { size }: { size: number }) => text.length * size * 0.5;

describe('the text of a card', () => {
  it.each([
    ['Żółć, Ångström & Co. – 50 % «Größe»', 'Żółć, Ångström & Co. – 50 % «Größe»'],
    ['Привет, Ελλάδα', 'Привет, Ελλάδα'],
    ['שלום עולם', 'שלום עולם'],
    ['مرحبا بالعالم', 'مرحبا بالعالم'],
    ['  Coffee ☕️ with\nus 👩‍💻 ', 'Coffee with us'],
    ['Ｗｉｄｅ 𝐛𝐨𝐥𝐝', 'Wide bold'],
    ['Talk\u202e\u0007', 'Talk'],
  ])('is what the bundled fonts can write: %s', (text, drawn) => {
    expect(drawableText(text)).toBe(drawn);
  });

  it.each(['打ち合わせ', '咨询', 'Talk 咨询', 'สวัสดี', '👩‍💻', '', ' – '])(
    'is nothing where they can not: %s',
    (text) => {
      expect(drawableText(text)).toBeNull();
    },
  );

  it('names four hosts that can be written, and counts the others', () => {
    expect(namesOnCard(['Ada', '山田', 'Bo'])).toBe('Ada, Bo +1');
    expect(namesOnCard(['A', 'B', 'C', 'D'])).toBe('A, B, C, D');
    expect(namesOnCard(['A', 'B', 'C', 'D', 'E', 'F'])).toBe('A, B, C, D +2');
    expect([namesOnCard(['山田']), namesOnCard([])]).toEqual([null, null]);
  });

  it('has lengths in symbols that all languages share', () => {
    expect(lengthsOnCard([15 * MINUTE, 90 * MINUTE, 26 * HOUR])).toBe('15 min · 1 h 30 min · 1 d 2 h');
    expect(lengthsOnCard([1, 2, 3, 4, 5].map((hours) => hours * HOUR))).toBe('1 h · 2 h · 3 h · 4 h · …');
  });
});

describe('the version of a card', () => {
  it('is the same for the same card, and another for each change', () => {
    const others = [
      { ...CARD, title: 'Talks' },
      { ...CARD, detail: null },
      { ...CARD, lengths: '1 h' },
      { ...CARD, color: null },
      { ...CARD, logo: 'x' },
    ];
    const versions = [CARD, ...others].map(cardVersion);
    expect(new Set(versions).size).toBe(6);
    expect(cardVersion({ ...CARD })).toBe(versions[0]);
    expect(versions[0]).toMatch(/^[\w-]{22}$/);
  });
});

describe('lines of a card', () => {
  const byLetter = (text: string) => text.length;

  it.each([
    ['one two three', 3, 7, ['one two', 'three']],
    ['one two three four', 2, 9, ['one two', 'three fo…']],
    ['Llanfairpwllgwyngyll', 1, 8, ['Llanfai…']],
    ['Llanfairpwllgwyngyll is far', 2, 8, ['Llanfai…', 'is far']],
    ['a', 1, 1, ['a']],
  ])('%s in %i of %i are cut to fit', (text, most, width, lines) => {
    expect(wrapText(text, most, width, byLetter)).toEqual(lines);
  });

  it('never part what is one character', () => {
    expect(wrapText('e\u0301e\u0301e\u0301', 1, 4, byLetter)).toEqual(['e\u0301…']);
  });
});

describe('the picture', () => {
  it('holds what it says as text, and nothing of it as markup', () => {
    const title = '</text><image href="https://evil.example/x.png"/><script>';
    const svg = drawCard({ ...CARD, title, detail: '"&' }, null, measure);
    expect(svg.match(/<\/?\w+/g)?.join(' ')).not.toMatch(/script|image/);
    expect(svg).toContain('&lt;/text&gt;');
    expect(svg).toContain('&quot;&amp;');
  });

  it('has the brand’s colour in a shade that can be read on its ground', () => {
    expect(drawCard(CARD, null, measure)).toContain('fill="#0a58ca"');
    expect(drawCard({ ...CARD, color: '#ffe600' }, null, measure)).not.toContain('#ffe600');
  });

  it('begins at the right for titles that are written from there', () => {
    expect(drawCard({ ...CARD, title: 'שלום' }, null, measure)).toContain(
      'x="1120" y="386" text-anchor="end"',
    );
    expect(drawCard(CARD, null, measure)).toContain('x="80" y="386" text-anchor="start"');
  });
});
