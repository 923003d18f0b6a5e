/** The forms that values of variables have: each reads the text of the environment, or says in words for operators what is wrong with it. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { parseRedisUrl, RedisUrlError } from './redis-url.ts';
import { parseMailbox, parseSmtpUrl, SmtpUrlError } from './smtp-url.ts';
import { parseDuration } from './time/duration.ts';

const duration = (least = 1) =>
  z.string().transform((text, ctx) => {
    const ms = parseDuration(text);
    if (ms !== null && ms >= least) return ms;
    const fault =
      ms === null ? 'is no duration; write ISO 8601, for example PT5M or P7D' : 'must be longer than zero';
    ctx.addIssue({ code: 'custom', message: `${JSON.stringify(text)} ${fault}` });
    return z.NEVER;
  });

const url = (...protocols: string[]) =>
  z.string().transform((text, ctx) => {
    const parsed = safeUrl(text);
    if (parsed && protocols.includes(parsed.protocol)) return text;
    ctx.addIssue({ code: 'custom', message: `must be a URL beginning with ${protocols.join('// or ')}//` });
    return z.NEVER;
  });

const redisUrl = z.string().transform((text, ctx) => {
  try {
    parseRedisUrl(text);
    return text;
  } catch (error) {
    if (!(error instanceof RedisUrlError)) throw error;
    ctx.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
});

const smtpUrl = z.string().transform((text, ctx) => {
  try {
    return parseSmtpUrl(text);
  } catch (error) {
    if (!(error instanceof SmtpUrlError)) throw error;
    ctx.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
});

const mailbox = z.string().transform((text, ctx) => {
  const parsed = parseMailbox(text);
  if (parsed) return parsed;
  ctx.addIssue({
    code: 'custom',
    message: `${JSON.stringify(text)} is no mailbox; write bookings@example.com, or Example <bookings@example.com>`,
  });
  return z.NEVER;
});

const web = () => url('https:', 'http:');
/** A URL without the slash at its end, so that paths are appended to all URLs alike. */
const root = () => web().transform((text) => text.replace(/\/+$/, ''));

/** A whole number in digits alone, so that 0x10 and 1e3 are refused. */
const count = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be between ${least} and ${most}`);

const rate = z.string().transform((text, ctx) => {
  const [count, per] = text.split('/');
  const window = per ? parseDuration(per) : null;
  if (/^[1-9]\d{0,8}$/.test(count ?? '') && window) return { count: Number(count), window };
  ctx.addIssue({
    code: 'custom',
    message: `${JSON.stringify(text)} is no rate; write count/duration, for example 600/PT1M`,
  });
  return z.NEVER;
});

/** Characters of an admin token at least: about what 24 random bytes in base64 have. */
const ADMIN_TOKEN_LEAST = 32;

/**
 * Why a text is no admin token, with what to do; null: it is one. The token opens everything, from anywhere, so one that can be
 * guessed is refused, and one that no Authorization header can hold.
 */
export function adminTokenFault(text: string): string | null {
  const advice = 'make one with: openssl rand -base64 32';
  if (text.length < ADMIN_TOKEN_LEAST) return `must have at least ${ADMIN_TOKEN_LEAST} characters; ${advice}`;
  if (new Set(text).size === 1) return `must not be one character repeated; ${advice}`;
  if (!/^[\x21-\x7e]+$/.test(text)) return `must be ASCII without spaces; ${advice}`;
  return null;
}

const adminToken = z.string().transform((text, ctx) => {
  const fault = adminTokenFault(text);
  if (fault === null) return text;
  ctx.addIssue({ code: 'custom', message: fault });
  return z.NEVER;
});

/** 32 bytes in base64, checked here because Buffer.from skips invalid characters. */
const KEY = /^[A-Za-z0-9+/_-]{43}=?$/;

const UNITS: Record<string, number> = { '': 1, KiB: 1024, MiB: 1024 ** 2 };

/** A number for the public, and after a slash one for callers with a key: by default `times` as much. @param units of bytes, as MiB, may follow */
const byCaller = (times: number, units: boolean) =>
  z.string().transform((text, ctx) => {
    const parts = text.split('/').map((part) => {
      const [, digits, unit = ''] = /^([1-9]\d{0,9})(KiB|MiB)?$/.exec(part.trim()) ?? [];
      return digits === undefined || (unit !== '' && !units)
        ? Number.NaN
        : Number(digits) * (UNITS[unit] ?? 1);
    });
    const [open = Number.NaN, keyed = open * times] = parts;
    if (parts.length <= 2 && parts.every((part) => part <= MOST)) return { public: open, keyed };
    const example = units ? '4MiB or 4MiB/32MiB' : '150000 or 150000/1500000';
    ctx.addIssue({
      code: 'custom',
      message: `${JSON.stringify(text)} is no limit; write a number for the public, or two, the second for callers with a key, for example ${example}`,
    });
    return z.NEVER;
  });

/** The largest limit that can be set. */
const MOST = 1_000_000_000;

const keys = z.string().transform((text, ctx) => {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.every((part) => KEY.test(part))) return parts.map((part) => Buffer.from(part, 'base64'));
  ctx.addIssue({
    code: 'custom',
    message: 'each key must be 32 bytes in base64, comma-separated; make one with: openssl rand -base64 32',
  });
  return z.NEVER;
});

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);

const addresses = list.refine(
  (entries) => entries.every(isAddressRange),
  'must be IP addresses or CIDR ranges, comma-separated',
);

const origins = list
  .refine(
    (entries) => entries.every((entry) => /^https?:$/.test(safeUrl(entry)?.protocol ?? '')),
    'must be URLs beginning with https:// or http://, comma-separated',
  )
  .transform((entries) => entries.map((entry) => new URL(entry).origin));

/** Origins whose pages may frame a booking page; `*` is all of them, `none` is none. */
const embedOrigins = list.transform((entries, ctx) => {
  if (entries.length === 1 && (entries[0] === '*' || entries[0] === 'none')) {
    return entries[0] === '*' ? ['*'] : [];
  }
  const origins = entries.map((entry) => safeUrl(entry));
  if (origins.every((origin) => origin && /^https?:$/.test(origin.protocol))) {
    return origins.flatMap((origin) => (origin ? [origin.origin] : []));
  }
  ctx.addIssue({
    code: 'custom',
    message: 'must be URLs beginning with https:// or http://, comma-separated, or * for all, or none',
  });
  return z.NEVER;
});

const EVENT_GRID_PARTS = {
  azuresubscriptionid: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i,
  resourcegroup: /^[\p{L}\p{N}_().-]{1,90}$/u,
  partnertopic: /^[a-z\d-]{3,50}$/i,
  location: /^[a-z\d]+$/,
};

/** A partner topic, in the form that Graph takes in place of a webhook's address. */
const eventGrid = z.string().transform((text, ctx) => {
  const given = new URLSearchParams(text.replace(/^eventgrid:\??/i, ''));
  const faults = Object.entries(EVENT_GRID_PARTS).filter(([name, form]) => !form.test(given.get(name) ?? ''));
  if (faults.length > 0 || given.size !== Object.keys(EVENT_GRID_PARTS).length) {
    const names = faults.map(([name]) => name).join(', ') || 'the names';
    ctx.addIssue({
      code: 'custom',
      message: `${names} can't be read; write azuresubscriptionid=…&resourcegroup=…&partnertopic=…&location=… (a region as westeurope)`,
    });
    return z.NEVER;
  }
  const parts = Object.keys(EVENT_GRID_PARTS).map(
    (name) => `${name}=${encodeURIComponent(given.get(name) ?? '')}`,
  );
  return `EventGrid:?${parts.join('&')}`;
});

/** By what a variable's value is: those that take arguments are functions. */
export const forms = {
  addresses,
  adminToken,
  byCaller,
  count,
  duration,
  embedOrigins,
  eventGrid,
  keys,
  mailbox,
  origins,
  rate,
  redisUrl,
  root,
  smtpUrl,
  url,
  web,
};

export const inUrl = (host: string) => (isIP(host) === 6 ? `[${host}]` : host);

/** The text is valid as the host of PUBLIC_URL, whose default is made from it. */
export function isHost(text: string): boolean {
  const named = isIP(text) !== 0 || /^[a-z\d](?:[a-z\d._-]*[a-z\d])?$/i.test(text);
  return named && safeUrl(`http://${inUrl(text)}`) !== null;
}

/** An IP address, alone or with the length of its prefix (RFC 4632 §3.1, RFC 4291 §2.3). */
function isAddressRange(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128));
}

function safeUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
