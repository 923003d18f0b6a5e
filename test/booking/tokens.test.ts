import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createBookingTokens } from '../../src/booking/tokens.ts';
import { createSigner } from '../../src/secrets.ts';

const [first, second] = [randomBytes(32), randomBytes(32)];
const tokens = createBookingTokens(createSigner([first]));

describe("a booking's token", () => {
  it('is the same each time, and leads back to its booking', () => {
    expect(tokens.sign('bkg_1')).toBe(tokens.sign('bkg_1'));
    expect(tokens.sign('bkg_1')).not.toBe(tokens.sign('bkg_2'));
    expect(tokens.verify(tokens.sign('bkg_1'))).toBe('bkg_1');
  });

  it('is of no other booking, and of nobody who has not the key', () => {
    const [, signature = ''] = tokens.sign('bkg_1').split('.');
    const forged = createBookingTokens(createSigner([second])).sign('bkg_1');
    for (const token of [
      '',
      '.',
      'bkg_1',
      'bkg_1.',
      `bkg_2.${signature}`,
      `.${signature}`,
      signature,
      forged,
    ]) {
      expect(tokens.verify(token), token).toBeNull();
    }
    expect(tokens.verify(`${tokens.sign('bkg_1')}A`)).toBeNull();
  });

  it('outlives its key for as long as the signer knows that', () => {
    const rotated = createBookingTokens(createSigner([second, first]));
    expect(rotated.verify(tokens.sign('bkg_1'))).toBe('bkg_1');
    expect(rotated.sign('bkg_1')).not.toBe(tokens.sign('bkg_1'));
  });
});
