import { expect, it } from 'vitest';
import { createManageUrl, manageLine } from '../../src/booking/manage-url.ts';
import { createBookingTokens } from '../../src/booking/tokens.ts';
import { createSigner } from '../../src/secrets.ts';
import { parseBookingToken } from '../../src/web/booking/address.ts';

const tokens = createBookingTokens(createSigner([Buffer.alloc(32, 1)]));

it('leads to the page that reads the booking of its token, behind a path of PUBLIC_URL too', () => {
  const url = createManageUrl(tokens, 'https://cal.example/base')('bkg_01kafx6v1ve9xrbfxbz1f0vqk5');
  const token = parseBookingToken(url.replace('https://cal.example/base', '')) ?? '';
  expect(tokens.verify(token)).toBe('bkg_01kafx6v1ve9xrbfxbz1f0vqk5');
  expect(manageLine(url)).toContain(url);
});
