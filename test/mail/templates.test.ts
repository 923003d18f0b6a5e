/** The files that mails are made from, and an operator's in their place. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
  ...{ place: null, isGuest: false },
  before: null,
  booking: null,
  visitor: null,
  code: { digits: '123456', expiresAt: NOW + 600_000 },
};

async function composed(locale: string | null) {
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
  // Without the line breaks that quoted-printable adds.
  return message.toString().replace(/=\r\n/g, '');
}

const leaves = (value: unknown, path = ''): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${path}.${name}`))
    : [path];

describe('the words of mails', () => {
  it('are whole in each language that comes along', async () => {
    const read = async (file: string) =>
      JSON.parse(await readFile(join(MAIL_TEMPLATES_FOLDER, file), 'utf8'));
    const files = (await readdir(MAIL_TEMPLATES_FOLDER)).filter((file) => file.endsWith('.json'));
    const english = leaves(await read('en.json')).sort();
    for (const file of files) expect([file, leaves(await read(file)).sort()]).toEqual([file, english]);
  });

  it('are an operator’s where there are any, and the rest stays', async () => {
    await own({ 'en.json': { visitor: { verification: { subject: 'Code {{code}}' } } } });
    const message = await composed(null);
    expect(message).toContain('Subject: Code 123456');
    expect(message).toContain('Your code');
  });

  it('may be of one more language, which a visitor’s locale chooses', async () => {
    await own({
      'de.json': { locale: 'de', footer: 'Von {{site}}.', labels: { when: 'Wann' } },
      'readme.txt': 'nothing of a mail',
    });
    const german = await composed('de-AT');
    expect(german).toContain('Von cal.example.');
    expect(german).toMatch(/Wann: Freitag, 20\. November 2026\r\n12:00/);
    expect(german).toContain('lang=3D"de"');
    for (const other of [null, 'fr', 'no locale']) expect(await composed(other)).toContain('When: Friday');
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
