/** All languages' messages, compiled. For the server and the build: a page has those of its own language alone. */
import compile from 'icu-minify/compile';
import { FALLBACK_LANGUAGE } from './languages.ts';
import ar from './messages/ar.json' with { type: 'json' };
import de from './messages/de.json' with { type: 'json' };
import en from './messages/en.json' with { type: 'json' };
import es from './messages/es.json' with { type: 'json' };
import fr from './messages/fr.json' with { type: 'json' };
import he from './messages/he.json' with { type: 'json' };
import it from './messages/it.json' with { type: 'json' };
import ja from './messages/ja.json' with { type: 'json' };
import nl from './messages/nl.json' with { type: 'json' };
import pl from './messages/pl.json' with { type: 'json' };
import ptBr from './messages/pt-BR.json' with { type: 'json' };
import zhCn from './messages/zh-CN.json' with { type: 'json' };
import { type Catalogue, createWords, type Words } from './words.ts';

/** By language; in ICU's syntax. */
export const MESSAGES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ...{ en, de, fr, es, it, 'pt-BR': ptBr, nl, pl, ja, 'zh-CN': zhCn, ar, he },
};

export const catalogueOf = (language: string): Catalogue =>
  // What a language lacks is said in English.
  Object.fromEntries(
    Object.entries({ ...en, ...MESSAGES[language] }).map(([key, message]) => [key, compile(message)]),
  );

const known = new Map<string, Words>();

/** Made when a language is first asked for. @param language one of those that there are; English for any other */
export function wordsOf(language: string): Words {
  const found = known.get(language);
  if (found) return found;
  const name = language in MESSAGES ? language : FALLBACK_LANGUAGE;
  const words = createWords(name, catalogueOf(name));
  known.set(name, words);
  return words;
}
