/** The languages that Slotwire speaks, and which of them a person is shown. Pure. */

/** BCP 47. Each has a file of messages beside this one, and a file of mails in src/mail/templates. */
export const LANGUAGES = 'en de fr es it pt-BR nl pl ja zh-CN ar he'.split(' ');

/** Without one that a person understands. */
export const FALLBACK_LANGUAGE = 'en';

export interface ChosenLanguage {
  /** One of those that there are. */
  readonly language: string;
  /** For dates, as its person wrote it: `de-AT` where the language is `de`. */
  readonly locale: string;
}

const RIGHT_TO_LEFT: ReadonlySet<string | undefined> = new Set(['Arab', 'Hebr']);

export const directionOf = (language: string): 'ltr' | 'rtl' =>
  RIGHT_TO_LEFT.has(localeOf(language)?.maximize().script) ? 'rtl' : 'ltr';

/**
 * The first language that a person wants and that there is. Regions are near enough to each other (`pt-PT` and `pt-BR`), scripts
 * are not (`zh-TW` and `zh-CN`).
 * @param wanted in the person's order; what is no language is passed over
 * @returns null where there is none
 */
export function chooseLanguage(
  available: Iterable<string>,
  wanted: readonly string[],
): ChosenLanguage | null {
  const known = [...available].flatMap((language) => {
    const parts = partsOf(language);
    return parts ? [{ language, ...parts }] : [];
  });
  for (const tag of wanted) {
    const asked = partsOf(tag);
    if (!asked) continue;
    const near = known.filter((each) => each.spoken === asked.spoken && each.script === asked.script);
    const found =
      near.find((each) => each.name === asked.name) ??
      near.find((each) => each.name === each.spoken) ??
      near[0];
    if (found) return { language: found.language, locale: asked.name };
  }
  return null;
}

/** Longer headers are no browser's. Characters. */
const HEADER_MAX = 1_000;

/** @param header Accept-Language (RFC 9110 §12.5.4). @returns what it names, the most wanted first */
export function acceptedLanguages(header: string | undefined): string[] {
  const ranges = (header ?? '').slice(0, HEADER_MAX).split(',');
  return ranges
    .map((range) => {
      const [tag = '', ...parameters] = range.split(';').map((part) => part.trim());
      const weight = parameters.find((parameter) => parameter.startsWith('q='));
      return { tag, weight: weight === undefined ? 1 : Number(weight.slice(2)) };
    })
    .filter(({ tag, weight }) => tag !== '' && weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
}

function partsOf(tag: string) {
  const locale = localeOf(tag);
  if (!locale) return null;
  const { language: spoken, script } = locale.maximize();
  return { name: locale.baseName, spoken, script };
}

/** Null for what is no tag of a language. */
function localeOf(tag: string): Intl.Locale | null {
  try {
    return new Intl.Locale(tag);
  } catch {
    return null;
  }
}
