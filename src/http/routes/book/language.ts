/** In which language a visitor reads a page: the one that its address names, else the first that the browser asks for and Slotwire speaks. */
import type { IncomingMessage } from 'node:http';
import { wordsOf } from '../../../languages/catalogues.ts';
import {
  acceptedLanguages,
  chooseLanguage,
  directionOf,
  FALLBACK_LANGUAGE,
  LANGUAGES,
} from '../../../languages/languages.ts';
import type { Words } from '../../../languages/words.ts';

export interface PageLanguage {
  readonly words: Words;
  /** For dates; null: of a visitor whose languages are none of ours the browser knows more. */
  readonly locale: string | null;
  /** Attributes of <html>, each with a space before it. */
  readonly attributes: string;
}

export function pageLanguage(
  { headers }: Pick<IncomingMessage, 'headers'>,
  { searchParams }: URL,
): PageLanguage {
  const named = searchParams.get('locale');
  const accepted = acceptedLanguages(headers['accept-language']);
  const chosen = chooseLanguage(LANGUAGES, named === null ? accepted : [named, ...accepted]);
  const language = chosen?.language ?? FALLBACK_LANGUAGE;
  const direction = directionOf(language) === 'rtl' ? ' dir="rtl"' : '';
  return {
    words: wordsOf(language),
    locale: chosen?.locale ?? null,
    attributes: ` lang="${language}"${direction}`,
  };
}
