import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyRing, createSigner, hashSecret, matchesHash, randomSecret } from '../src/secrets.ts';

const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);
const ring = createKeyRing([NEW, OLD]);
const COLUMN = 'account.tokens';

describe('a key ring', () => {
  it('gives back what it sealed, and seals it differently each time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (plain, row) => {
        const [one, two] = [ring.encrypt(plain, COLUMN, row), ring.encrypt(plain, COLUMN, row)];
        expect(one).not.toBe(two);
        expect(ring.decrypt(one, COLUMN, row)).toBe(plain);
      }),
    );
  });

  it('turns: the second key still opens, the first seals', () => {
    const before = createKeyRing([OLD]).encrypt('secret', COLUMN, 'acc_1');
    expect(ring.decrypt(before, COLUMN, 'acc_1')).toBe('secret');
    const after = ring.encrypt('secret', COLUMN, 'acc_1');
    expect([ring.isCurrent(before), ring.isCurrent(after)]).toEqual([false, true]);
    expect(createKeyRing([NEW]).decrypt(after, COLUMN, 'acc_1')).toBe('secret');
    expect(() => createKeyRing([OLD]).decrypt(after, COLUMN, 'acc_1')).toThrow(
      /No key [0-9a-f]{8} in ENCRYPTION_KEYS/,
    );
  });

  it('opens nothing at another place', () => {
    const sealed = ring.encrypt('secret', COLUMN, 'acc_1');
    expect(() => ring.decrypt(sealed, COLUMN, 'acc_2')).toThrow();
    expect(() => ring.decrypt(sealed, COLUMN, '')).toThrow();
    expect(() => ring.decrypt(sealed, 'feed.secret', 'acc_1')).toThrow();
  });

  it('opens nothing that was altered', () => {
    const [form, id, nonce, body] = ring.encrypt('secret', COLUMN, 'acc_1').split('.') as [
      string,
      string,
      string,
      string,
    ];
    const flipped = (text: string, at: number) => {
      const bytes = Buffer.from(text, 'base64url');
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return bytes.toString('base64url');
    };
    const opening =
      (...parts: string[]) =>
      () =>
        ring.decrypt(parts.join('.'), COLUMN, 'acc_1');
    expect(opening(form, id, nonce, body)()).toBe('secret');
    for (let at = 0; at < Buffer.from(body, 'base64url').length; at++) {
      expect(opening(form, id, nonce, flipped(body, at)), `byte ${at}`).toThrow();
    }
    expect(opening(form, id, flipped(nonce, 0), body)).toThrow();
    expect(opening('v2', id, nonce, body)).toThrow();
    const shorter = Buffer.from(body, 'base64url').subarray(0, -1).toString('base64url');
    expect(opening(form, id, nonce, shorter)).toThrow();
    for (const junk of ['', '.', 'v1', 'v1....', 'plain text']) expect(opening(junk)).toThrow();
  });

  it('tells neither key nor secret by what it writes', () => {
    const sealed = ring.encrypt('a secret of some length', COLUMN, 'acc_1');
    expect(sealed).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]{16}\.[\w-]+$/);
    for (const form of ['hex', 'base64', 'base64url'] as const) {
      expect(sealed).not.toContain(NEW.toString(form).slice(0, 8));
      expect(sealed).not.toContain(Buffer.from('a secret').toString(form).slice(0, 8));
    }
  });

  it('needs keys of 32 bytes', () => {
    expect(() => createKeyRing([])).toThrow();
    expect(() => createKeyRing([NEW, Buffer.alloc(31)])).toThrow();
  });
});

describe('a signer', () => {
  it('signs with its first key, and verifies what any of them signed', () => {
    const [before, after] = [createSigner([OLD]), createSigner([NEW, OLD])];
    expect(after.sign('bkg_1')).toBe(createSigner([NEW]).sign('bkg_1'));
    expect(after.verifies('bkg_1', before.sign('bkg_1'))).toBe(true);
    expect(after.verifies('bkg_2', before.sign('bkg_1'))).toBe(false);
    expect(before.verifies('bkg_1', after.sign('bkg_1'))).toBe(false);
    for (const broken of ['', '.', 'AAAA', `${before.sign('bkg_1')}A`])
      expect(before.verifies('bkg_1', broken), broken).toBe(false);
  });

  it('of an encryption key signs as the ring does', () => {
    const [current] = ring.signingKeys('booking');
    expect(ring.ids[0]).toBe(current?.id);
    expect(current && createSigner([current.key]).sign('bkg_1')).toBe(ring.sign('bkg_1', 'booking'));
  });
});

describe('a secret of ours', () => {
  it('has 256 bits, and is never the same twice', () => {
    const secrets = Array.from({ length: 100 }, randomSecret);
    expect(new Set(secrets).size).toBe(100);
    for (const secret of secrets) expect(secret).toMatch(/^[\w-]{43}$/);
  });

  it('is recognised by its hash, and nothing else is', () => {
    const secret = randomSecret();
    const hash = hashSecret(secret);
    expect(matchesHash(secret, hash)).toBe(true);
    expect(matchesHash(`${secret}x`, hash)).toBe(false);
    expect(matchesHash('', hash)).toBe(false);
    for (const broken of ['', 'zz', hash.slice(2), `${hash}00`])
      expect(matchesHash(secret, broken)).toBe(false);
  });
});
