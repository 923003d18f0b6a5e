/** What pages say in each language: whole, with the same placeholders as in English, and fit to be said of any number. */
import { readdirSync } from 'node:fs';
import compile from 'icu-minify/compile';
import { describe, expect, it } from 'vitest';
import { MESSAGES, wordsOf } from '../../src/languages/catalogues.ts';
import { LANGUAGES } from '../../src/languages/languages.ts';
import type { MessageKey } from '../../src/languages/words.ts';

const english = MESSAGES.en ?? {};
const keys = Object.keys(english) as MessageKey[];
const others = LANGUAGES.filter((language) => language !== 'en');

const SELECT = 1;
const PLURAL = 2;

/** Names of what a message wants, those of tags in their brackets, and the cases that each plural has. */
function wants(message: string) {
  const names = new Set<string>();
  const plurals: string[][] = [];
  /** As icu-minify has it: text, `[name]`, `[name, kind, …]`, and `[tag, …parts]`. */
  const visit = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    const [name, kind, options]: unknown[] = part;
    const isArgument = part.length === 1 || (typeof kind === 'number' && kind > 0);
    names.add(isArgument ? String(name) : `<${name}>`);
    if (!isArgument) part.slice(1).forEach(visit);
    if ((kind !== SELECT && kind !== PLURAL) || typeof options !== 'object' || options === null) return;
    if (kind === PLURAL) plurals.push(Object.keys(options));
    for (const option of Object.values(options)) partsOf(option).forEach(visit);
  };
  partsOf(compile(message)).forEach(visit);
  return { names: [...names].sort(), plurals };
}

const partsOf = (compiled: unknown): unknown[] => (Array.isArray(compiled) ? compiled : []);

it('has a file for each language, and no other', () => {
  const files = readdirSync('src/languages/messages').map((file) => file.replace('.json', ''));
  expect(files.sort()).toEqual([...LANGUAGES].sort());
  expect(Object.keys(MESSAGES).sort()).toEqual([...LANGUAGES].sort());
});

describe.each(others)('in %s', (language) => {
  const messages = MESSAGES[language] ?? {};

  it('no message is missing, and none is superfluous', () => {
    expect(Object.keys(messages)).toEqual(keys);
    expect(Object.values(messages).filter((message) => message.trim() === '')).toEqual([]);
  });

  it('messages have the placeholders that they have in English', () => {
    for (const key of keys) {
      expect([key, wants(messages[key] ?? '').names]).toEqual([key, wants(english[key] ?? '').names]);
    }
  });

  it('sentences are not left in English', () => {
    // Short ones may be the same: "Live", "24 h", "Notes".
    const left = keys.filter((key) => messages[key] === english[key] && messages[key]?.includes(' '));
    expect(left.filter((key) => !/^(?:choices\.h|calendar\.title)/.test(key))).toEqual([]);
  });
});

/** The first number of each case that whole numbers have in a language. */
function examples(language: string): Map<string, number> {
  const rules = new Intl.PluralRules(language);
  const found = new Map<string, number>();
  for (const count of [...Array(200).keys(), 1_000, 1_000_000]) {
    const name = rules.select(count);
    if (!found.has(name)) found.set(name, count);
  }
  return found;
}

describe.each(LANGUAGES)('numbers in %s', (language) => {
  const cases = examples(language);

  it('have words of their own in each plural, wherever the language tells them apart', () => {
    for (const [key, message] of Object.entries(MESSAGES[language] ?? {})) {
      for (const options of wants(message).plurals) {
        const given = options.filter((option) => !option.startsWith('='));
        // A sentence that is the same for all numbers needs no more than one case.
        if (given.length === 1) expect([key, given]).toEqual([key, ['other']]);
        else
          expect([
            key,
            [...cases.keys()].filter((name) => !given.includes(name) && name !== 'other'),
          ]).toEqual([key, []]);
        expect([
          key,
          given.filter(
            (name) =>
              !new Intl.PluralRules(language)
                .resolvedOptions()
                .pluralCategories.some((known) => known === name),
          ),
        ]).toEqual([key, []]);
      }
    }
  });

  it('are put into every message, which then has no gap', () => {
    const { say, sayWith } = wordsOf(language);
    for (const key of keys) {
      const { names } = wants(english[key] ?? '');
      const parts = names.filter((name) => name.startsWith('<')).map((name) => name.slice(1, -1));
      for (const count of [...cases.values(), 0, 7]) {
        const values = Object.fromEntries(names.map((name) => [name, count]));
        const text =
          parts.length === 0
            ? say(key, values)
            : sayWith(
                key,
                values,
                Object.fromEntries(parts.map((name) => [name, (words: string) => words])),
              ).join('');
        expect([key, text]).toEqual([key, expect.not.stringMatching(/undefined|NaN|[{}#<>]|^$/)]);
      }
    }
  });
});

describe('what is counted', () => {
  it.each([
    ['en', 1, '1 host'],
    ['de', 2, '2 Personen'],
    ['pl', 1, '1 osoba'],
    ['pl', 3, '3 osoby'],
    ['pl', 5, '5 osób'],
    ['pl', 22, '22 osoby'],
    ['ar', 1, 'شخص واحد'],
    ['ar', 2, 'شخصان'],
    ['he', 2, 'שני אנשים'],
    ['ja', 1, '1名'],
  ])('has the form of its number in %s: %i', (language, count, words) => {
    expect(wordsOf(language).say('hosts.count', { count })).toBe(words);
  });

  it.each([
    ['en', '1 hour 30 minutes'],
    ['de', '1 Stunde, 30 Minuten'],
    ['pl', '1 godzina i 30 minut'],
    ['ar', 'ساعة و30 دقيقة'],
  ])('has the words for durations that %s has', (language, words) => {
    expect(wordsOf(language).duration(5_400_000).replaceAll('\u00a0', ' ')).toBe(words);
  });
});
