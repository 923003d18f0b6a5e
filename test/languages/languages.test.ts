import { describe, expect, it } from 'vitest';
import { acceptedLanguages, chooseLanguage, directionOf } from '../../src/languages/languages.ts';

const AVAILABLE = ['en', 'de', 'pt-BR', 'zh-CN', 'ar', 'he'];

describe('the language of a person', () => {
  it.each([
    [['de-AT', 'en'], { language: 'de', locale: 'de-AT' }],
    [['fi', 'de'], { language: 'de', locale: 'de' }],
    [['pt-PT'], { language: 'pt-BR', locale: 'pt-PT' }],
    [['pt'], { language: 'pt-BR', locale: 'pt' }],
    [['DE-de'], { language: 'de', locale: 'de-DE' }],
    // An earlier code of Hebrew.
    [['iw'], { language: 'he', locale: 'he' }],
    [['zh-SG'], { language: 'zh-CN', locale: 'zh-SG' }],
    // Another script.
    [['zh-TW', 'en-GB'], { language: 'en', locale: 'en-GB' }],
    [['*', '"><script>', '', 'xx', 'en'], { language: 'en', locale: 'en' }],
    [['fi'], null],
    [[], null],
  ])('of those who want %j is %j', (wanted, chosen) => {
    expect(chooseLanguage(AVAILABLE, wanted)).toEqual(chosen);
  });

  it('is rather the one without a region, where there are both', () => {
    expect(chooseLanguage(['pt-BR', 'pt'], ['pt-PT'])?.language).toBe('pt');
    expect(chooseLanguage(['pt', 'pt-BR'], ['pt-BR'])?.language).toBe('pt-BR');
  });

  it.each([
    ['de-AT,de;q=0.9,en;q=0.8', ['de-AT', 'de', 'en']],
    ['en;q=0.2, fr, de;q=0', ['fr', 'en']],
    ['*', ['*']],
    [',;q=1,', []],
    [undefined, []],
  ])('is asked for by the header %j', (header, languages) => {
    expect(acceptedLanguages(header)).toEqual(languages);
  });

  it('is written from the right where its script is', () => {
    expect(['en', 'ar', 'he', 'ja', 'fa-IR', 'no language'].map(directionOf)).toEqual([
      'ltr',
      'rtl',
      'rtl',
      'ltr',
      'rtl',
      'ltr',
    ]);
  });
});
