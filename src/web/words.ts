/** The words of the page's language, known to every part of the page, and the locale that it writes dates for. */
import type { Words } from '../languages/words.ts';

let words: Words | null = null;
let dates: string | undefined;

/** Before the page is drawn. @param locale of dates, BCP 47; absent: the browser's */
export function speak(chosen: Words, locale?: string): void {
  words = chosen;
  dates = locale;
}

export function pageWords(): Words {
  if (!words) throw new Error('The page has no words yet.');
  return words;
}

export const say: Words['say'] = (key, values) => pageWords().say(key, values);

/** Of dates and times. */
export const pageLocale = (): string | undefined => dates;

/** The page is written from right to left, so that what comes next lies to the left. */
export const isRightToLeft = (): boolean => document.documentElement.dir === 'rtl';
