import { describe, expect, it } from 'vitest';
import { digestHeader, parseDigestChallenge } from '../../../src/providers/caldav/digest.ts';

/** RFC 7616 §3.9.1. */
const EXAMPLE = [
  'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256,',
  'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",',
  'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5,',
  'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
].join(' ');
const request = {
  username: 'Mufasa',
  password: 'Circle of Life',
  method: 'GET',
  target: '/dir/index.html',
};
const CNONCE = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';

describe('a Digest challenge', () => {
  it("is answered as RFC 7616's example is, by the strongest hash", () => {
    const challenge = parseDigestChallenge(EXAMPLE);
    if (!challenge) throw new Error('none found');
    const header = digestHeader(challenge, request, CNONCE);
    expect(header).toContain('response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"');
    expect(header).toContain('algorithm=SHA-256, qop=auth, nc=00000001');
    expect(digestHeader(challenge, request, CNONCE)).toContain('nc=00000002');
  });

  it('is answered by MD5 where there is nothing else', () => {
    const challenge = parseDigestChallenge(EXAMPLE.slice(EXAMPLE.lastIndexOf('Digest')));
    if (!challenge) throw new Error('none found');
    expect(digestHeader(challenge, request, CNONCE)).toContain('response="8ca523f5e9506fed4657c9700eebdbec"');
  });

  it('is found among other schemes, and read with its escapes', () => {
    const header =
      'Negotiate, Basic realm="a, \\"b\\" Digest nonce=x", digest nonce=n1, realm="c \\"d\\"", stale=TRUE, Bearer abc==';
    expect(parseDigestChallenge(header)).toEqual({
      realm: 'c "d"',
      nonce: 'n1',
      opaque: null,
      algorithm: 'MD5',
      qop: false,
      stale: true,
      count: 0,
    });
  });

  it.each([
    null,
    '',
    'Basic realm="x"',
    'Digest realm="x", nonce="y", algorithm=SHA-1024',
    'Digest realm="x", nonce="y", qop="auth-int"',
    'Digest nonce="y"',
  ])('is none in %j', (header) => {
    expect(parseDigestChallenge(header)).toBeNull();
  });

  it('names users whose names are not ASCII, and changes the session hash', () => {
    const challenge = parseDigestChallenge('Digest realm="r", nonce="n", qop="auth", algorithm=MD5-sess');
    if (!challenge) throw new Error('none found');
    const header = digestHeader(challenge, { ...request, username: 'Jäsøn Doe' }, CNONCE);
    expect(header).toContain("username*=UTF-8''J%C3%A4s%C3%B8n%20Doe");
    expect([...header].every((character) => character.charCodeAt(0) < 128)).toBe(true);
  });
});
