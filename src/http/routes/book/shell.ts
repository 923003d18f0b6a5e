/** The booking page's file, in the visitor's language and with the head that belongs to its address. */
import { readFile } from 'node:fs/promises';
import { wordsScript } from '../../../languages/scripts.ts';
import type { Words } from '../../../languages/words.ts';
import { htmlText } from '../pages.ts';
import type { BrandMarkup } from './brand.ts';
import type { PageLanguage } from './language.ts';

/** Attributes of <html> by which a page is styled, and knows that it is in a frame; of the address's parameters. */
export function lookAttributes(params: URLSearchParams): string {
  const embed = params.get('embed');
  const theme = params.get('theme');
  return [
    embed === null ? '' : ` data-embed="${embed === 'popup' || embed === 'button' ? embed : 'inline'}"`,
    theme === 'light' || theme === 'dark' ? ` data-theme="${theme}"` : '',
  ].join('');
}

/**
 * @param path of the built page
 * @returns a function that makes the page; null where the gateway was not built.
 */
export function createPageShell(path: string) {
  let page: string | null = null;
  /** @param head markup in place of the page's own title; null leaves that */
  return async (
    head: string | null,
    { words, locale, attributes }: PageLanguage,
    look: string,
    brand: BrandMarkup,
  ): Promise<string | null> => {
    const script = `/assets/${wordsScript(words.language).name}`;
    const texts = pageTexts(words, script);
    const forScript = ` data-words="${script}"${locale === null ? '' : ` data-locale="${locale}"`}`;
    page ??= await readFile(path, 'utf8').catch(() => null);
    // Functions, as a title may hold what a replacement gives a meaning.
    return (
      page
        ?.replace(/<html [^>]*>/, () => `<html${attributes}${look}${forScript}>`)
        .replace(/\{\{([\w.]+)\}\}/g, (_, name: string) => texts[name] ?? '')
        .replace(/<title>.*?<\/title>/s, (own) => (head ?? own) + brand.head)
        .replace('<body>', (body) => body + brand.top) ?? null
    );
  };
}

/** What stands in the file in double braces, as markup. */
function pageTexts({ say, sayWith }: Words, script: string): Record<string, string> {
  // An empty address is this page with its parameters.
  const again = (text: string) => `<a href="">${text}</a>`;
  return {
    'page.title': htmlText(say('page.title')),
    'late.title': htmlText(say('late.title')),
    'late.text': sayWith('late.text', {}, { again }).join(''),
    'late.noScript': htmlText(say('late.noScript')),
    words: script,
  };
}
