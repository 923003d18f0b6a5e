/** Secrets at rest: encrypted when they must be read again, hashed when it is enough to recognise them. */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import type { Log } from './log.ts';

/** AES-256 keys by id: the first encrypts, all decrypt. */
export interface KeyRing {
  /** `context` binds the ciphertext to its owner (for example an account's id): with another one it does not decrypt. */
  encrypt(plain: string, context: string): string;
  /** @throws when the key is gone, the text was altered or the context is another. */
  decrypt(sealed: string, context: string): string;
  /** The text was encrypted with the current key. */
  isCurrent(sealed: string): boolean;
  /** Is a key of this id, as the second part of a ciphertext names it, in the ring? */
  holds(keyId: string): boolean;
  /** A deterministic signature of text and context by the current key: 43 characters, base64url. */
  sign(text: string, context: string): string;
  /** The signature by every key, the current key's first, to look up texts that an older key signed. */
  signatures(text: string, context: string): string[];
  /** The signature was made by `sign` with any key of the ring. Compares in constant time. */
  verifies(text: string, context: string, signature: string): boolean;
}

const FORM = 'v1';

/** @param keys 32 bytes each, the current one first. */
export function createKeyRing(keys: readonly Buffer[]): KeyRing {
  const [current] = keys;
  if (!current) throw new Error('A key ring needs a key.');
  if (keys.some((key) => key.length !== 32)) throw new Error('A key of the ring does not have 32 bytes.');
  const byId = new Map(keys.map((key) => [keyId(key), key]));
  const mac = (key: Buffer, text: string, context: string) =>
    createHmac('sha256', createHmac('sha256', key).update(`slotwire ${context}`).digest())
      .update(text)
      .digest();
  return {
    sign: (text, context) => mac(current, text, context).toString('base64url'),
    signatures: (text, context) => keys.map((key) => mac(key, text, context).toString('base64url')),
    verifies(text, context, signature) {
      const given = Buffer.from(signature, 'base64url');
      // Every key is tried, so that the time does not depend on which one matches.
      return (
        keys.filter((key) => given.length === 32 && timingSafeEqual(given, mac(key, text, context))).length >
        0
      );
    },
    isCurrent: (sealed) => sealed.split('.')[1] === keyId(current),
    holds: (id) => byId.has(id),
    encrypt(plain, context) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', current, nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return [FORM, keyId(current), nonce.toString('base64url'), body.toString('base64url')].join('.');
    },
    decrypt(sealed, context) {
      const [form, id = '', nonce = '', body = ''] = sealed.split('.');
      const key = byId.get(id);
      if (form !== FORM || !key) throw new Error(`No key ${id} in ENCRYPTION_KEYS for this secret.`);
      const bytes = Buffer.from(body, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), {
        authTagLength: 16,
      })
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(-16));
      return decipher.update(bytes.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8');
    },
  };
}

/** Eight hex digits of the key's hash: they name a key without revealing it. */
const keyId = (key: Buffer) =>
  createHash('sha256').update('slotwire key').update(key).digest('hex').slice(0, 8);

/** 256 bits, base64url: 43 characters. */
export const randomSecret = () => randomBytes(32).toString('base64url');

/** For generated secrets with 256 bits of entropy, whose plain hash needs neither salt nor stretching. */
export const hashSecret = (secret: string) => createHash('sha256').update(secret).digest('hex');

/** Compares in constant time, whatever the lengths. */
export function matchesHash(secret: string, hash: string): boolean {
  const given = Buffer.from(hashSecret(secret), 'hex');
  const kept = Buffer.from(hash, 'hex');
  return given.length === kept.length && timingSafeEqual(given, kept);
}

/** The secrets of one kind that the database holds sealed, such as those of feeds. */
export interface SealedSecrets {
  /** What a log message calls one of them. */
  subject: string;
  list(): Promise<readonly { id: string; secret: string }[]>;
  /** The context that the secret of `id` is sealed for. */
  context(id: string): string;
  /** Stores the secret sealed anew, unless the stored text is no longer `before`. */
  replace(id: string, before: string, plain: string): Promise<unknown>;
}

/**
 * Seals secrets with the current key, so that the previous key can be removed. A secret that no key opens stays as it is.
 * @returns a task of the sweep. Keys change at a start only, so it does its work once.
 */
export function createReseal(
  { keyRing, log }: { keyRing: KeyRing; log: Log },
  { subject, list, context, replace }: SealedSecrets,
): () => Promise<void> {
  let done = false;
  return async () => {
    if (done) return;
    const all = await list();
    // A fault of one secret must not have every pass of the sweep try all of them again.
    done = true;
    for (const { id, secret } of all) {
      if (keyRing.isCurrent(secret)) continue;
      try {
        await replace(id, secret, keyRing.decrypt(secret, context(id)));
      } catch (error) {
        log.error({ err: error, [subject]: id }, `${subject} secret not resealed`);
      }
    }
  };
}
