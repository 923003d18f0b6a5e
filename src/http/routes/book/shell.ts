/** The booking page's file, with the head that belongs to its address. */
import { readFile } from 'node:fs/promises';

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
  return async (head: string | null, attributes: string): Promise<string | null> => {
    page ??= await readFile(path, 'utf8').catch(() => null);
    // Functions, as a title may hold what a replacement gives a meaning.
    return (
      page
        ?.replace(/<html(?=[ >])/, () => `<html${attributes}`)
        .replace(/<title>.*?<\/title>/s, (own) => head ?? own) ?? null
    );
  };
}
