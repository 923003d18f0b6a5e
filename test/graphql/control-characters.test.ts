import { describe, expect, it } from 'vitest';
import { emailAddress } from '../../src/graphql/scalars.ts';
import { checkText } from '../../src/offers/rule-checks.ts';

describe('characters that are not shown', () => {
  it.each([
    'Ada\nBcc: x@example.com',
    'Ada\u0000',
    'Ada\u001b[31m',
    'Ada\u2028x',
    'Ada\u202eecalevoL',
    'Ada\u0085',
  ])('are refused in a name: %j', (name) => {
    expect(() => checkText(name, 'input.name')).toThrow('input.name');
  });

  it.each(['Ada Lovelace', 'Zoë', 'علی‌رضا', '👩‍💻 Ada', '李'])(
    'are no letters that join others: %s',
    (name) => {
      expect(() => checkText(name, 'input.name')).not.toThrow();
    },
  );

  it('are refused in an e-mail address', () => {
    for (const address of [
      'a\u0001@example.com',
      'a@exa\u007fmple.com',
      'a\u200b@example.com',
      'a\n@example.com',
    ]) {
      expect([address, emailAddress.parse(address)]).toEqual([address, null]);
    }
    expect(emailAddress.parse('jörg@münchen.example')).toBe('jörg@münchen.example');
  });
});
