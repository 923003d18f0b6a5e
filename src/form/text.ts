/** What texts that people write may be, alike in the browser and on the server. Pure. */

/** Longest name of a person, in characters. */
export const NAME_MAX = 200;
const EMAIL_MAX = 254;
const URL_MAX = 2_000;

/** Control characters, breaks of lines, and what turns the direction of text round: none is part of a name. */
const UNSHOWN = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
/** Control characters but for breaks of lines and tabs. */
const UNSHOWN_IN_LINES = /[^\P{Cc}\t\n\r]/u;
/** Without characters that are not shown: they would make a name or a line of their own in mails and logs. */
const EMAIL = /^[^\s@<>\p{C}]+@[^\s@<>\p{C}]+$/u;
/** Digits as people group them, and an extension. */
const PHONE = /^\+?[\d\s().\-/]{3,40}(?:\s?(?:x|ext\.?)\s?\d{1,6})?$/i;
const NUMBER = /^[+-]?\d{1,15}(?:\.\d{1,10})?$/;

export const isOneLine = (text: string): boolean => !UNSHOWN.test(text);
export const isPlainText = (text: string): boolean => !UNSHOWN_IN_LINES.test(text);
export const isMailAddress = (text: string): boolean => text.length <= EMAIL_MAX && EMAIL.test(text);
export const isNumber = (text: string): boolean => NUMBER.test(text);

export function isPhoneNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '').length;
  return PHONE.test(text) && digits >= 3 && digits <= 21;
}

/** An absolute address of the web: no other scheme is opened for a stranger. */
export function isWebAddress(text: string): boolean {
  if (text.length > URL_MAX || /\s/.test(text) || !isOneLine(text)) return false;
  try {
    return /^https?:$/.test(new URL(text).protocol) && /^https?:\/\//i.test(text);
  } catch {
    return false;
  }
}
