/** Secrets at rest: encrypted when they must be read again, hashed when it is enough to recognise them. */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/**
 * Every column of the database that holds sealed text, with the context that the text of a row is sealed for. Nothing is sealed for
 * a column that isn't here, so that all that seals anew or counts what a key seals knows every column.
 */
const CONTEXTS = {
  'account.tokens': (id) => id,
  'organisation_connection.secret': (id) => id,
  'connect_attempt.verifier': (stateHash) => stateHash,
  'webhook_endpoint.secret': (id) => `webhook endpoint ${id}`,
  'feed.secret': (id) => `feed ${id}`,
  'signing_key.secret': (id) => `signing key ${id}`,
} as const satisfies Record<string, (row: string) => string>;

/** A sealed column as table.column of the database. */
export type SealedColumn = keyof typeof CONTEXTS;

/** AES-256 keys by id: the first encrypts, all decrypt. */
export interface KeyRing {
  /** Names of the keys, the current one's first: eight hex digits, which tell nothing of the key. */
  ids: readonly string[];
  /** The text is bound to its column and row (an account's id, for example): for others it does not decrypt. */
  encrypt(plain: string, column: SealedColumn, row: string): string;
  /** @throws SealedTextError when the key is gone, the text was altered or belongs to another column or row. */
  decrypt(sealed: string, column: SealedColumn, row: string): string;
  /** The text was encrypted with the current key. */
  isCurrent(sealed: string): boolean;
  /** A deterministic signature of text and context by the current key: 43 characters, base64url. */
  sign(text: string, context: string): string;
  /** The signature by every key, the current key's first, to look up texts that an older key signed. */
  signatures(text: string, context: string): string[];
  /** What `sign` signs texts of a context with, of each key of the ring. 32 bytes each. */
  signingKeys(context: string): { id: string; key: Buffer }[];
}

const FORM = 'v1';

/** A sealed text that no key of the ring opens, or not for this row. */
export class SealedTextError extends Error {
  override readonly name = 'SealedTextError';
}

/** @param keys 32 bytes each, the current one first. */
export function createKeyRing(keys: readonly Buffer[]): KeyRing {
  const [current] = keys;
  if (!current) throw new Error('A key ring needs a key.');
  if (keys.some((key) => key.length !== 32)) throw new Error('A key of the ring does not have 32 bytes.');
  const ids = keys.map(keyId);
  const byId = new Map(keys.map((key) => [keyId(key), key]));
  const signingKey = (key: Buffer, context: string) =>
    createHmac('sha256', key).update(`slotwire ${context}`).digest();
  const sign = (key: Buffer, text: string, context: string) =>
    mac(signingKey(key, context), text).toString('base64url');
  return {
    ids,
    sign: (text, context) => sign(current, text, context),
    signatures: (text, context) => keys.map((key) => sign(key, text, context)),
    signingKeys: (context) => keys.map((key) => ({ id: keyId(key), key: signingKey(key, context) })),
    isCurrent: (sealed) => sealed.split('.')[1] === keyId(current),
    encrypt(plain, column, row) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', current, nonce).setAAD(contextOf(column, row));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return [FORM, keyId(current), nonce.toString('base64url'), body.toString('base64url')].join('.');
    },
    decrypt(sealed, column, row) {
      const [form, id = '', nonce = '', body = ''] = sealed.split('.');
      const key = byId.get(id);
      if (form !== FORM || !key)
        throw new SealedTextError(`No key ${id} in ENCRYPTION_KEYS for this secret.`);
      const bytes = Buffer.from(body, 'base64url');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), {
          authTagLength: 16,
        })
          .setAAD(contextOf(column, row))
          .setAuthTag(bytes.subarray(-16));
        return decipher.update(bytes.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8');
      } catch (error) {
        throw new SealedTextError('This secret was altered, or belongs to another row.', { cause: error });
      }
    },
  };
}

const contextOf = (column: SealedColumn, row: string) => Buffer.from(CONTEXTS[column](row));

const mac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** Signs texts of one kind, such as the ids of bookings. */
export interface Signer {
  /** The same each time: 43 characters, base64url. */
  sign(text: string): string;
  /** The signature was made by `sign` with any of the keys. Compares in constant time. */
  verifies(text: string, signature: string): boolean;
}

/** @param keys 32 bytes each; the first signs, all verify. */
export function createSigner(keys: readonly Buffer[]): Signer {
  const [current] = keys;
  if (!current) throw new Error('A signer needs a key.');
  return {
    sign: (text) => mac(current, text).toString('base64url'),
    verifies(text, signature) {
      const given = Buffer.from(signature, 'base64url');
      // Every key is tried, so that the time does not depend on which one matches.
      return keys.filter((key) => given.length === 32 && timingSafeEqual(given, mac(key, text))).length > 0;
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
