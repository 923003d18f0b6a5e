/** The files that mails are made from, and an operator's in their place. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../src/languages/languages.ts';
import { createComposeMail } from '../../src/mail/compose.ts';
import type { MailFacts } from '../../src/mail/facts.ts';
import { MAIL_TEMPLATES_FOLDER, readMailTemplates } from '../../src/mail/templates.ts';
import { FROM, NOW } from './world.fixture.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slotwire-mail-'));
});
afterEach(() => rm(folder, { recursive: true }));

const own = (files: Record<string, string | object>) =>
  Promise.all(
    Object.entries(files).map(([name, content]) =>
      writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content)),
    ),
  );

const FACTS: MailFacts = {
  to: { name: 'Eve', email: 'eve@example.org' },
  locale: null,
  timeZone: 'UTC',
  title: 'Intro',
  start: NOW,
  end: NOW + 1_800_000,
  hosts: [{ id: 'host_1', name: 'Ada', email: null }],
  page: { owner: 'ada', slug: 'intro' },
  ...{ place: null, isGuest: false, brand: { color: null, logo: null } },
  before: null,
  booking: null,
  visitor: null,
  code: { digits: '123456', expiresAt: NOW + 600_000 },
};

async function raw(locale: string | null): Promise<Buffer> {
  const compose = createComposeMail({
    templates: await readMailTemplates(folder),
    from: FROM,
    publicUrl: 'https://cal.example',
    manageUrl: () => '',
  });
  const facts = JSON.stringify({ ...FACTS, locale });
  const { message } = await compose({
    id: 'mail_1',
    kind: 'VERIFICATION',
    host: null,
    facts,
    createdAt: NOW,
  });
  return message;
}

/** Without the line breaks that quoted-printable adds. */
const composed = async (locale: string | null) => (await raw(locale)).toString().replace(/=\r\n/g, '');

/** As a mail program reads it. */
const parsed = async (locale: string) => PostalMime.parse(await raw(locale));

const leaves = (value: unknown, path = ''): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${path}.${name}`))
    : [path];

/** By path. */
const texts = (value: unknown, path = ''): Map<string, string> =>
  typeof value === 'object' && value !== null
    ? new Map(Object.entries(value).flatMap(([name, inner]) => [...texts(inner, `${path}.${name}`)]))
    : new Map([[path, String(value)]]);

describe('the words of mails', () => {
  it('are whole in each language that comes along', async () => {
    const read = async (file: string) =>
      JSON.parse(await readFile(join(MAIL_TEMPLATES_FOLDER, file), 'utf8'));
    const files = (await readdir(MAIL_TEMPLATES_FOLDER)).filter((file) => file.endsWith('.json'));
    const english = leaves(await read('en.json')).sort();
    for (const file of files) expect([file, leaves(await read(file)).sort()]).toEqual([file, english]);
  });

  it('name in each language what they name in English, and are written in that language', async () => {
    const read = async (language: string) =>
      texts(JSON.parse(await readFile(join(MAIL_TEMPLATES_FOLDER, `${language}.json`), 'utf8')));
    const tags = (text: string) => [...new Set(text.match(/\{\{[^}]*\}\}/g))].sort();
    const english = await read('en');
    for (const language of LANGUAGES.filter((each) => each !== 'en')) {
      const words = await read(language);
      for (const [path, text] of words) {
        expect([language, path, tags(text)]).toEqual([language, path, tags(english.get(path) ?? '')]);
        if (path.startsWith('.visitor'))
          expect([language, path, text]).not.toEqual([language, path, english.get(path)]);
      }
      expect(words.get('.locale')).toBe(language);
    }
  });

  it.each([
    ['de-AT', 'de', 'ltr', '123456 ist Ihr Code für Intro', 'Wann: Freitag, 20. November 2026'],
    [
      'pt-PT',
      'pt-BR',
      'ltr',
      '123456 é o seu código para Intro',
      'Quando: sexta-feira, 20 de novembro de 2026',
    ],
    ['ja', 'ja', 'ltr', '123456：Intro の確認コード', '日時: 2026年11月20日金曜日'],
    ['he-IL', 'he', 'rtl', '123456 הוא הקוד שלך עבור Intro', 'מתי: יום שישי, 20 בנובמבר 2026'],
  ])('are those of the visitor’s locale: %s', async (locale, language, direction, subject, when) => {
    const mail = await parsed(locale);
    expect(mail.subject).toBe(subject);
    expect(mail.text).toContain(when);
    expect(mail.html).toContain(`<html lang="${language}" dir="${direction}">`);
  });

  it('are an operator’s where there are any, and the rest stays', async () => {
    await own({ 'en.json': { visitor: { verification: { subject: 'Code {{code}}' } } } });
    const message = await composed(null);
    expect(message).toContain('Subject: Code 123456');
    expect(message).toContain('Your code');
  });

  it('have a request’s where an operator’s are of before there were any, in the language or else in English', async () => {
    const before = {
      locale: 'sv',
      visitor: { booked: { subject: 'Bokad: {{title}}' } },
      host: { booked: { text: '' } },
    };
    await own({ 'sv.json': before, 'de.json': { visitor: { booked: { subject: 'Fest: {{title}}' } } } });
    const templates = await readMailTemplates(folder);
    const { visitor, host } = templates.wordsFor('sv').words;
    expect(visitor.booked.subject).toBe('Bokad: {{title}}');
    expect(visitor.requested.heading).toBe('Your request was sent');
    expect(host.requested.heading).toBe('A request waits for you');
    expect(templates.wordsFor('de').words.visitor.declined.heading).toBe('Ihre Anfrage wurde abgelehnt');
  });

  it('may be of one more language, which a visitor’s locale chooses', async () => {
    await own({
      'sv.json': { locale: 'sv', footer: 'Från {{site}}.', labels: { when: 'När' } },
      'readme.txt': 'nothing of a mail',
    });
    const swedish = await parsed('sv-FI');
    expect(swedish.text).toContain('Från cal.example.');
    expect(swedish.text).toMatch(/När: fredag 20 november 2026\n/);
    expect(swedish.html).toContain('lang="sv"');
    for (const other of [null, 'fi', 'no locale']) expect(await composed(other)).toContain('When: Friday');
  });
});

describe('a layout', () => {
  it('may be an operator’s', async () => {
    await own({ 'layout.txt': 'ACME\n{{heading}}\n{{#facts}}{{label}}={{value}};{{/facts}}' });
    const message = await composed(null);
    expect(message).toContain('ACME');
    expect(message).toMatch(/What=(3D)?Intro/);
  });
});

describe('a folder of templates', () => {
  it.each([
    ['words that are no JSON', { 'en.json': '{' }, /en\.json are no JSON/],
    [
      'a word that is not known',
      { 'en.json': { visitor: { bokked: {} } } },
      /visitor: Unrecognized key: "bokked"/,
    ],
    [
      'a layout that is no Mustache',
      { 'layout.html': '{{#facts}}' },
      /layout\.html is no Mustache: Unclosed section/,
    ],
  ])('with %s stops the start, and the file is named', async (_title, files, reason) => {
    await own(files);
    await expect(readMailTemplates(folder)).rejects.toThrow(reason);
  });

  it('that is not there stops the start', async () => {
    await expect(readMailTemplates(join(folder, 'nowhere'))).rejects.toThrow(/can't be read: ENOENT/);
  });
});
