/** The booking page's file, in the visitor's language and with the head that belongs to its address. */
import { readFile } from 'node:fs/promises';
import { wordsScript } from '../../../languages/scripts.ts';
import type { Words } from '../../../languages/words.ts';
import type { FileVersions } from '../file-versions.ts';
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

/** What stands in the file for a page whose script does not come, or does not run. */
const LATE = /<main class="page missing late">.*?<\/main>/s;
const NO_SCRIPT = /<noscript>.*?<\/noscript>/s;

/**
 * @param path of the built page
 * @returns a function that makes the page; null where the gateway was not built.
 */
export function createPageShell(path: string, { versioned }: Pick<FileVersions, 'versioned'>) {
  let page: string | null = null;

  /** With its files by names that say what is in them. */
  async function read(): Promise<string | null> {
    const built = await readFile(path, 'utf8').catch(() => null);
    const [css, js] = await Promise.all(['book.css', 'book.js'].map(versioned));
    return (
      built?.replace('/assets/book.css', `/assets/${css}`).replace('/assets/book.js', `/assets/${js}`) ?? null
    );
  }

  /**
   * @param head markup in place of the page's own title; null leaves that
   * @param first markup of <main> in place of the words that the script did not come, and what the script asks first; null: neither
   */
  return async (
    head: string | null,
    { words, locale, attributes }: PageLanguage,
    look: string,
    brand: BrandMarkup,
    first: { standIn: string; data?: unknown } | null = null,
  ): Promise<string | null> => {
    const script = `/assets/${wordsScript(words.language).name}`;
    const texts = pageTexts(words, script);
    const forScript = ` data-words="${script}"${locale === null ? '' : ` data-locale="${locale}"`}`;
    page ??= await read();
    // Functions, as a title may hold what a replacement gives a meaning.
    return (
      page
        ?.replace(/<html [^>]*>/, () => `<html${attributes}${look}${forScript}>`)
        .replace(/\{\{([\w.]+)\}\}/g, (_, name: string) => texts[name] ?? '')
        .replace(/<title>.*?<\/title>/s, (own) => (head ?? own) + brand.head)
        .replace('<body>', (body) => body + brand.top)
        .replace(LATE, (own) => first?.standIn ?? own)
        .replace(NO_SCRIPT, (own) => (first ? dataScript(first.data) : own)) ?? null
    );
  };
}

/** Data that no browser runs, and that its script reads. @param data undefined: none */
const dataScript = (data: unknown): string =>
  data === undefined
    ? ''
    : `<script type="application/json" id="first-answer">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>`;

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
