/** The files that pages have their words from: one for each language, named by what is in it, so that browsers may keep it. */
import { createHash } from 'node:crypto';
import { catalogueOf } from './catalogues.ts';
import { LANGUAGES } from './languages.ts';

export interface WordsScript {
  readonly name: string;
  readonly content: string;
}

const known = new Map<string, WordsScript>();

/** @param language one of those that there are */
export function wordsScript(language: string): WordsScript {
  const found = known.get(language);
  if (found) return found;
  const content = `export default ${JSON.stringify(catalogueOf(language))};\n`;
  const version = createHash('sha256').update(content).digest('hex').slice(0, 10);
  const script = { name: `words.${language.toLowerCase()}.${version}.js`, content };
  known.set(language, script);
  return script;
}

/**
 * The file that a request for words means: a page of another build, as while a fleet is renewed, gets the words of this one.
 * @returns null for other files
 */
export function wordsAsset(name: string): { name: string; isCurrent: boolean } | null {
  const asked = /^words\.([a-z-]+)\.[\da-f]+\.js$/.exec(name)?.[1];
  const language = LANGUAGES.find((each) => each.toLowerCase() === asked);
  if (language === undefined) return null;
  const current = wordsScript(language).name;
  return { name: current, isCurrent: current === name };
}
