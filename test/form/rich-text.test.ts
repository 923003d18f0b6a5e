import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isSafeLink, textParts } from '../../src/form/rich-text.ts';

const linksIn = (text: string) =>
  textParts(text).flatMap(({ text: words, href }) => (href === null ? [] : [[words, href]]));

it.each<[string, [string, string][]]>([
  ['See https://example.com/a?b=c#d.', [['https://example.com/a?b=c#d', 'https://example.com/a?b=c#d']]],
  ['(http://example.com)', [['http://example.com', 'http://example.com']]],
  ['https://example.com/a_(b)', [['https://example.com/a_(b)', 'https://example.com/a_(b)']]],
  ['[our agenda](https://example.com/agenda), please', [['our agenda', 'https://example.com/agenda']]],
  ['Write to mailto:ada@example.com!', [['ada@example.com', 'mailto:ada@example.com']]],
  ['[write](mailto:ada@example.com?subject=Hi)', [['write', 'mailto:ada@example.com?subject=Hi']]],
])('%j has the links %j', (text, links) => {
  expect(linksIn(text)).toEqual(links);
});

it.each([
  'javascript:alert(1)',
  '[click](javascript:alert(1))',
  '[click](data:text/html,x)',
  '[click](//evil.example)',
  '[click](https://)',
  'ftp://example.com',
  'example.com',
  '<a href="x">y</a>',
  '[a](vbscript:x) [b](JaVaScRiPt:x)',
])('%j has no link, and stays as it is', (text) => {
  expect(textParts(text)).toEqual([{ text, href: null }]);
});

it('every text keeps its words, and every link is safe', () => {
  const bits = fc.constantFrom(
    '[',
    ']',
    '(',
    ')',
    'https://',
    'mailto:',
    'javascript:',
    'a.b',
    '@',
    '.',
    ' ',
    '\n',
    '<',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(bits, { maxLength: 30 }).map((list) => list.join('')),
      ),
      (text) => {
        const parts = textParts(text);
        for (const { href } of parts) if (href !== null) expect(isSafeLink(href)).toBe(true);
        const whole = parts.map(({ text: words, href }) =>
          href === null || words === href ? words : href === `mailto:${words}` ? href : `[${words}](${href})`,
        );
        expect(whole.join('')).toBe(text);
      },
    ),
    { numRuns: 2_000 },
  );
});

it('a long text is read in one pass', () => {
  for (const bit of ['[', '(', '[a](', 'https://', 'mailto:', ')', '[a'])
    expect(textParts(bit.repeat(2_500)).length).toBeGreaterThan(0);
});
