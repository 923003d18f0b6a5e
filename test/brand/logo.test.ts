/** What is taken for a logo, by its bytes. */
import { describe, expect, it } from 'vitest';
import { LOGO_MAX, logoPath, readLogo } from '../../src/brand/logo.ts';
import { jpegHead, pngImage } from './image.fixture.ts';

const base64 = (bytes: Buffer | string) => Buffer.from(bytes).toString('base64');
const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
const FAULT = {
  fault: expect.stringMatching(/^takes a PNG or JPEG image of at most 150 KB and of 16 to 2000 pixels/),
};

describe('a logo', () => {
  it.each([
    ['a PNG', base64(pngImage(120, 40)), { type: 'png', width: 120, height: 40 }],
    [
      'a PNG as a data: URL',
      `data:image/png;base64,${base64(pngImage(120, 40))}`,
      { type: 'png', width: 120 },
    ],
    ['a JPEG', base64(jpegHead(300, 100)), { type: 'jpeg', width: 300, height: 100 }],
    ['a JPEG that is called a PNG', `data:image/png;base64,${base64(jpegHead(300, 100))}`, { type: 'jpeg' }],
  ])('is read from %s', (_name, text, expected) => {
    expect(readLogo(text)).toMatchObject({ ...expected, hash: expect.stringMatching(/^[\w-]{22}$/) });
  });

  it.each([
    ['nothing', ''],
    ['an address', 'https://example.com/logo.png'],
    ['SVG, which can hold scripts', base64(SVG)],
    ['SVG that is called a PNG', `data:image/png;base64,${base64(SVG)}`],
    ['a WebP', base64(Buffer.concat([Buffer.from('RIFF\0\0\0\0WEBPVP8 '), Buffer.alloc(60)]))],
    ['a page', `data:text/html;base64,${base64('<script>alert(1)</script>')}`],
    ['the signature of a PNG alone', base64(pngImage(120, 40).subarray(0, 8))],
    ['a PNG without an end', base64(pngImage(120, 40).subarray(0, 60))],
    ['a JPEG that is cut before its size', base64(jpegHead(300, 100).subarray(0, 16))],
    ['a JPEG of no segments', base64(Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(40)]))],
    ['what is no base64', `data:image/png;base64,${base64(pngImage(120, 40))}"><script>`],
  ])('is not read from %s', (_name, text) => {
    expect(readLogo(text)).toEqual(FAULT);
  });

  it.each([
    ['15 × 40', pngImage(15, 40)],
    ['2001 × 20', pngImage(2_001, 20)],
    ['20 × 60000', jpegHead(20, 60_000)],
  ])('of %s pixels is refused by its size, which the refusal names', (size, bytes) => {
    expect(readLogo(base64(bytes))).toEqual({ fault: expect.stringContaining(`this one has ${size}`) });
  });

  it('may have 150 KB and no byte more', () => {
    const empty = pngImage(20, 20, [1, 2, 3], 1).length - 1;
    expect(readLogo(base64(pngImage(20, 20, [1, 2, 3], LOGO_MAX - empty)))).toMatchObject({ width: 20 });
    expect(readLogo(base64(pngImage(20, 20, [1, 2, 3], LOGO_MAX - empty + 1)))).toEqual(FAULT);
  });

  it('has an address that its bytes alone make', () => {
    const pathOf = (bytes: Buffer) => {
      const logo = readLogo(base64(bytes));
      return 'fault' in logo ? null : logoPath(logo);
    };
    expect(pathOf(pngImage(120, 40))).toMatch(/^\/logos\/[\w-]{22}\.png$/);
    expect(pathOf(pngImage(120, 40))).toBe(pathOf(pngImage(120, 40)));
    expect(pathOf(pngImage(120, 40))).not.toBe(pathOf(pngImage(120, 40, [0, 90, 161])));
    expect(pathOf(jpegHead(300, 100))).toMatch(/\.jpeg$/);
  });
});
