/** Messages in one language, put together with what they name: plurals, lists and durations by Intl. For browser and server alike. */
import format, { type CompiledMessage } from 'icu-minify/format';
import type english from './messages/en.json';

export type MessageKey = keyof typeof english;

/** The messages of one language as they were compiled. */
export type Catalogue = Readonly<Record<string, CompiledMessage>>;

type Values = Readonly<Record<string, string | number>>;

export interface Words {
  /** BCP 47. */
  readonly language: string;
  say(key: MessageKey, values?: Values): string;
  /** A message with parts that are more than text: `<link>…</link>` becomes what `link` makes of the words in it. */
  sayWith<Part>(
    key: MessageKey,
    values: Values,
    parts: Readonly<Record<string, (words: string) => Part>>,
  ): readonly (string | Part)[];
  /** "Ada, Bo, and Cy", or with "or". */
  list(items: readonly string[], type: 'conjunction' | 'disjunction'): string;
  /** Milliseconds in words, to the whole second: "1 hour 30 minutes"; empty for none. */
  duration(ms: number): string;
  /** "90 seconds". */
  amount(count: number, unit: TimeUnit): string;
  number(value: number): string;
}

// Days are the longest unit, because "1 week" is an unusual way to describe a meeting.
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

export type TimeUnit = (typeof UNITS)[number][0];

/**
 * @param catalogue of the language
 * @param locale for numbers: of the same language
 */
export function createWords(language: string, catalogue: Catalogue, locale = language): Words {
  const formatters = {
    getDateTimeFormat: (...args: ConstructorParameters<typeof Intl.DateTimeFormat>) =>
      new Intl.DateTimeFormat(...args),
    getNumberFormat: (_language: unknown, options?: Intl.NumberFormatOptions) =>
      new Intl.NumberFormat(locale, options),
    getPluralRules: (...args: ConstructorParameters<typeof Intl.PluralRules>) =>
      new Intl.PluralRules(...args),
  };
  const amount = (count: number, unit: TimeUnit) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
  return {
    language,
    say: (key, values = {}) => String(format(catalogue[key] ?? key, language, values, { formatters })),
    sayWith<Part>(key: MessageKey, values: Values, parts: Readonly<Record<string, (words: string) => Part>>) {
      const makers = Object.entries(parts).map(([name, make]) => [
        name,
        (words: readonly (string | Part)[]) => make(words.join('')),
      ]);
      const made = format<Part>(
        catalogue[key] ?? key,
        language,
        { ...values, ...Object.fromEntries(makers) },
        { formatters },
      );
      return Array.isArray(made) ? made : [made];
    },
    amount,
    list: (items, type) => new Intl.ListFormat(language, { type }).format(items),
    duration(ms) {
      let rest = Math.floor(ms / 1_000);
      const amounts: string[] = [];
      for (const [unit, seconds] of UNITS) {
        const count = Math.floor(rest / seconds);
        rest -= count * seconds;
        if (count > 0) amounts.push(amount(count, unit));
      }
      return new Intl.ListFormat(language, { type: 'unit', style: 'narrow' }).format(amounts);
    },
    number: (value) => new Intl.NumberFormat(locale).format(value),
  };
}
