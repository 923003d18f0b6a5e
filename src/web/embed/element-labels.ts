/** What the element itself says, in the language of the page that it shows. */
import { chooseLanguage } from '../../languages/languages.ts';
import { LABELS } from './labels.ts';

export interface ElementLabels {
  /** Of the frame, of the dialog, and on the button. */
  readonly title: string;
  /** The way to a page that did not come. */
  readonly open: string;
  readonly close: string;
}

/** @param locale the element's own; null: the browser's languages */
export function labelsFor(locale: string | null): ElementLabels {
  const wanted = [...(locale === null ? [] : [locale]), ...navigator.languages];
  const chosen = chooseLanguage(Object.keys(LABELS), wanted)?.language ?? 'en';
  const [title = '', open = '', close = ''] = LABELS[chosen] ?? [];
  return { title, open, close };
}
