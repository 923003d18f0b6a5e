import { describe, expect, it } from 'vitest';
import { ID_PREFIX, type Noun, newId, nounOf } from '../src/ids.ts';
import { nextMillisecond } from './harness/eventually.ts';

const nouns = Object.keys(ID_PREFIX) as Noun[];

describe('an id', () => {
  it.each(nouns)('of %s tells its noun', (noun) => {
    const id = newId(noun);
    expect(id).toMatch(new RegExp(`^${ID_PREFIX[noun]}_[0-7][0-9a-hjkmnp-tv-z]{25}$`));
    expect(nounOf(id)).toBe(noun);
  });

  it('has a prefix that no other noun has', () => {
    expect(new Set(Object.values(ID_PREFIX)).size).toBe(nouns.length);
  });

  it('is never given twice, and later ones sort behind', async () => {
    const first = Array.from({ length: 50 }, () => newId('Host'));
    await nextMillisecond();
    const later = newId('Host');
    expect(new Set(first).size).toBe(50);
    expect(first.every((id) => id < later)).toBe(true);
  });

  it.each([
    '',
    'host',
    'host_',
    '_',
    'host_1',
    newId('Host').slice(0, -1),
    `${newId('Host')}0`,
    newId('Host').toUpperCase(),
    newId('Host').replace('host_', 'guest_'),
    newId('Host').replace('host_', ''),
    newId('Host').replace('host_', 'constructor_'),
    `host_8${newId('Host').slice(6)}`,
    `host_${'u'.repeat(26)}`,
  ])('%j is none of ours', (text) => {
    expect(nounOf(text)).toBeNull();
  });
});
