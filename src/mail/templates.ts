/** The files that mails are made from: two layouts, and one file of words for each language. An operator's folder takes the place of any of them. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Mustache from 'mustache';
import { z } from 'zod';
import { StartError } from '../errors.ts';
import { chooseLanguage } from '../languages/languages.ts';

/** The words of one mail, as Mustache templates of plain text. */
const message = z.strictObject({
  subject: z.string().min(1),
  heading: z.string().min(1),
  text: z.string(),
  /** On the button; absent: there is none. */
  action: z.string().optional(),
  note: z.string().optional(),
});

/** Of bookings that wait until they are accepted. */
const requests = {
  requested: message,
  requestChanged: message,
  withdrawn: message,
  accepted: message,
  declined: message,
};

const wordsSchema = z.strictObject({
  /** BCP 47: how dates and lists are written for a person whose own locale is of another language. */
  locale: z.string().refine(isLocale, 'is no locale'),
  labels: z.strictObject({
    what: z.string(),
    when: z.string(),
    before: z.string(),
    with: z.string(),
    where: z.string(),
    bookedBy: z.string(),
    phone: z.string(),
    guests: z.string(),
    notes: z.string(),
    reason: z.string(),
  }),
  time: z.strictObject({ sameDay: z.string(), otherDay: z.string(), zone: z.string() }),
  place: z.strictObject({
    call: z.string(),
    /** Of an online meeting whose link isn't known yet. */
    later: z.string(),
  }),
  footer: z.string(),
  visitor: z.strictObject({
    booked: message,
    moved: message,
    cancelled: message,
    reminder: message,
    verification: message,
    ...requests,
    /** In mails to guests and hosts without its button and its note. */
    link: message,
  }),
  guest: z.strictObject({ booked: message, moved: message, cancelled: message }),
  host: z.strictObject({ booked: message, moved: message, cancelled: message, ...requests }),
});

export type MailWords = z.output<typeof wordsSchema>;
export type MailMessageWords = z.output<typeof message>;

export interface MailTemplates {
  /** @param locale BCP 47; null: not known. @returns the words of its language, or English, and the locale to write dates for */
  wordsFor(locale: string | null): { language: string; locale: string; words: MailWords };
  html: string;
  text: string;
}

const LAYOUTS = ['layout.html', 'layout.txt'] as const;
const FALLBACK = 'en';

/** Beside this file in the source, and in a folder of dist. */
export const MAIL_TEMPLATES_FOLDER = fileURLToPath(
  new URL(import.meta.url.endsWith('/templates.ts') ? './templates/' : './mail/', import.meta.url),
);

/**
 * @param folder MAIL_TEMPLATES: the operator's own files; undefined: none
 * @throws StartError that names the file and what is wrong with it
 */
export async function readMailTemplates(folder: string | undefined): Promise<MailTemplates> {
  const builtIn = await readFolder(MAIL_TEMPLATES_FOLDER);
  const own = folder === undefined ? new Map<string, string>() : await readFolder(folder);
  for (const [name, text] of own) checkMustache(join(folder ?? '', name), text);
  const layout = (name: string) => own.get(name) ?? builtIn.get(name) ?? '';
  const languages = new Map<string, MailWords>();
  for (const file of new Set([...builtIn.keys(), ...own.keys()])) {
    if (!file.endsWith('.json')) continue;
    const language = basename(file, '.json');
    // What a file leaves out stays as it was: in this language, or else in English.
    const base = merged(
      parseJson(file, builtIn.get(`${FALLBACK}.json`) ?? '{}'),
      parseJson(file, builtIn.get(file) ?? '{}'),
    );
    const path = join(folder ?? '', file);
    const words = merged(base, own.has(file) ? parseJson(path, own.get(file) ?? '') : {});
    const parsed = wordsSchema.safeParse(words);
    if (!parsed.success) {
      const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
      throw new StartError(`The words of mails in ${path} are not right:\n${faults.join('\n')}`);
    }
    languages.set(isLocale(language) ? new Intl.Locale(language).baseName : language, parsed.data);
  }
  const english = languages.get(FALLBACK);
  if (!english) throw new StartError(`The words of mails are missing: there is no ${FALLBACK}.json.`);
  return {
    html: layout('layout.html'),
    text: layout('layout.txt'),
    wordsFor(locale) {
      const chosen = locale === null ? null : chooseLanguage(languages.keys(), [locale]);
      const words = chosen && languages.get(chosen.language);
      if (!words) return { language: FALLBACK, locale: english.locale, words: english };
      return { ...chosen, words };
    },
  };
}

/** The files of a folder by name that are templates of mails; files of other names are nobody's business here. */
async function readFolder(folder: string): Promise<Map<string, string>> {
  try {
    const names = (await readdir(folder)).filter(
      (name) => LAYOUTS.some((layout) => layout === name) || /^[a-z]{2,3}(-[a-z\d]+)*\.json$/i.test(name),
    );
    const texts = names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const);
    return new Map(await Promise.all(texts));
  } catch (error) {
    throw new StartError(`The templates of mails can't be read: ${reasonOf(error)}`);
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StartError(`The words of mails in ${path} are no JSON: ${reasonOf(error)}`);
  }
}

function checkMustache(path: string, text: string): void {
  try {
    Mustache.parse(text);
  } catch (error) {
    throw new StartError(`The template of mails ${path} is no Mustache: ${reasonOf(error)}`);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `own` says, and for the rest `base`, at all depths. */
function merged(base: unknown, own: unknown): unknown {
  if (!isObject(base) || !isObject(own)) return own;
  const names = new Set([...Object.keys(base), ...Object.keys(own)]);
  return Object.fromEntries(
    [...names].map((name) => [name, name in own ? merged(base[name], own[name]) : base[name]]),
  );
}

function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
