/** Pieces of the pages that need no script. All take text and give markup. */
import { textParts } from '../../../../form/rich-text.ts';
import type { Words } from '../../../../languages/words.ts';
import type { PublicEventType } from '../../../../store/rules/public-pages.ts';
import { htmlText } from '../../pages.ts';
import { factsLine } from '../words.ts';

/** Parameters of an address that name a step of these pages; the others go along. */
const OWN_PARAMETERS = ['plain', 'date', 'start', 'zone', 'length'];

/** The address of a step, on the page's own path. @param search of the page's address */
export function stepAddress(path: string, search: string, step: Readonly<Record<string, string>>): string {
  const params = new URLSearchParams(search);
  for (const name of OWN_PARAMETERS) params.delete(name);
  for (const [name, value] of Object.entries(step)) params.set(name, value);
  return params.size > 0 ? `${path}?${params}` : path;
}

export const linkTo = (address: string, text: string, attributes = ''): string =>
  `<a href="${htmlText(address)}"${attributes}>${htmlText(text)}</a>`;

export const hiddenInputs = (pairs: Iterable<readonly [string, string]>): string =>
  [...pairs]
    .map(([name, value]) => `<input type="hidden" name="${htmlText(name)}" value="${htmlText(value)}">`)
    .join('');

/** @param text empty: none */
export const notice = (text: string): string =>
  text === '' ? '' : `<p class="notice" role="alert">${htmlText(text)}</p>\n`;

/** The same head as the page has once its script runs. */
export function eventTypeHeader(eventType: PublicEventType, words: Words): string {
  const { title, form } = eventType;
  const about =
    form.description === null ? '' : `\n<p class="description">${linkedText(form.description)}</p>`;
  return `<header class="head"><h1>${htmlText(title)}</h1>
<p class="facts">${htmlText(factsLine(eventType, words))}</p>${about}</header>`;
}

/** A text in which what is a safe link is one. */
export const linkedText = (text: string): string =>
  textParts(text)
    .map(({ text: words, href }) =>
      href === null
        ? htmlText(words)
        : `<a href="${htmlText(href)}" rel="noopener noreferrer nofollow">${htmlText(words)}</a>`,
    )
    .join('');

/** Rows of a list of facts; one without a text is left out. @param rows label, and markup */
export const factsList = (rows: readonly (readonly [label: string, value: string | null])[]): string =>
  `<dl class="facts-list">
${rows
  .filter(([, value]) => value !== null && value !== '')
  .map(([label, value]) => `<dt>${htmlText(label)}</dt><dd class="notes">${value}</dd>`)
  .join('\n')}</dl>`;
