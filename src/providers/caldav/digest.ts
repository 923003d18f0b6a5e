/** Digest authentication (RFC 7616, and 2617 for servers without qop). */
import { createHash, randomBytes } from 'node:crypto';

export interface DigestChallenge {
  realm: string;
  nonce: string;
  opaque: string | null;
  algorithm: string;
  qop: boolean;
  /** The credentials may be right: only the nonce was too old. */
  stale: boolean;
  /** How many requests were made with this nonce. */
  count: number;
}

/** Strongest first; MD5 is assumed for a challenge that names no algorithm. */
const HASHES: Record<string, string> = {
  'SHA-512-256': 'sha512-256',
  'SHA-256': 'sha256',
  MD5: 'md5',
};

const TOKEN = "[\\w!#$%&'*+.^`|~-]+";
/** A parameter, or a scheme with the token that may follow it. */
const CHALLENGE_PART = new RegExp(
  `[\\s,]*(?:(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))|(${TOKEN})(?:\\s+[\\w.~+/-]+=*(?=\\s*(?:,|$)))?)`,
  'y',
);

/**
 * The strongest challenge that can be answered; null when there is none.
 * @param header the whole of WWW-Authenticate
 */
export function parseDigestChallenge(header: string | null): DigestChallenge | null {
  const found: Map<string, string>[] = [];
  let current: Map<string, string> | null = null;
  CHALLENGE_PART.lastIndex = 0;
  for (let part = CHALLENGE_PART.exec(header ?? ''); part; part = CHALLENGE_PART.exec(header ?? '')) {
    const [, name, quoted, plain, scheme] = part;
    if (scheme !== undefined) {
      current = new Map();
      if (scheme.toLowerCase() === 'digest') found.push(current);
    } else if (name !== undefined) {
      current?.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '');
    }
  }
  const usable = found.map(toChallenge).filter((challenge) => challenge !== null);
  const rank = ({ algorithm }: DigestChallenge) => Object.keys(HASHES).indexOf(baseOf(algorithm));
  return usable.sort((one, other) => rank(one) - rank(other))[0] ?? null;
}

function toChallenge(parameters: Map<string, string>): DigestChallenge | null {
  const algorithm = (parameters.get('algorithm') ?? 'MD5').toUpperCase();
  const [realm, nonce] = [parameters.get('realm'), parameters.get('nonce')];
  if (!HASHES[baseOf(algorithm)] || realm === undefined || nonce === undefined) return null;
  const qop = parameters.get('qop')?.split(/[\s,]+/);
  // A challenge that offers only auth-int is skipped: servers disagree about how bodies are signed.
  if (qop && !qop.some((value) => value.toLowerCase() === 'auth')) return null;
  return {
    realm,
    nonce,
    opaque: parameters.get('opaque') ?? null,
    algorithm,
    qop: qop !== undefined,
    stale: parameters.get('stale')?.toLowerCase() === 'true',
    count: 0,
  };
}

const baseOf = (algorithm: string) => algorithm.replace(/-SESS$/, '');

export interface DigestRequest {
  username: string;
  password: string;
  method: string;
  /** Path and query of the request. */
  target: string;
}

/** The value of the Authorization header. Counts one request with this nonce. */
export function digestHeader(
  challenge: DigestChallenge,
  { username, password, method, target }: DigestRequest,
  cnonce = randomBytes(16).toString('hex'),
): string {
  const { realm, nonce, opaque, algorithm, qop } = challenge;
  const hash = (text: string) =>
    createHash(HASHES[baseOf(algorithm)] ?? 'md5')
      .update(text)
      .digest('hex');
  challenge.count += 1;
  const nc = challenge.count.toString(16).padStart(8, '0');
  const accountHash = hash(`${username}:${realm}:${password}`);
  const sessionHash = algorithm.endsWith('-SESS') ? hash(`${accountHash}:${nonce}:${cnonce}`) : accountHash;
  const requestHash = hash(`${method}:${target}`);
  const response = hash(
    qop
      ? `${sessionHash}:${nonce}:${nc}:${cnonce}:auth:${requestHash}`
      : `${sessionHash}:${nonce}:${requestHash}`,
  );
  const ascii = /^[\x20-\x7e]*$/.test(username);
  return [
    ascii ? `Digest username=${quote(username)}` : `Digest username*=UTF-8''${encodeURIComponent(username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(target)}`,
    `algorithm=${algorithm}`,
    ...(qop ? ['qop=auth', `nc=${nc}`, `cnonce=${quote(cnonce)}`] : []),
    `response="${response}"`,
    ...(opaque === null ? [] : [`opaque=${quote(opaque)}`]),
  ].join(', ');
}

const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
