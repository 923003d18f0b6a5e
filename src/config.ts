/** The configuration, read once from the environment. No other file reads process.env. All faults are reported at once. */

import { isIP } from 'node:net';
import { z } from 'zod';
import { StartError } from './errors.ts';
import { parseRedisUrl, RedisUrlError } from './redis-url.ts';
import { readSecretFiles } from './secret-files.ts';
import { DAY, HOUR, MINUTE } from './time/clock.ts';
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

const secretSchemas = new Set<z.ZodType>();

/** Marks a variable that holds a secret, so that a file may hold it: NAME_FILE. */
function secret<T extends z.ZodType>(variable: T): T {
  secretSchemas.add(variable);
  return variable;
}

/** Connections that an address may have where neither they nor its sockets are configured. */
const CONNECTIONS = 200;

const schema = z.object({
  HOST: z.string().refine(isHost, 'must be an IP address or a host name').default('127.0.0.1'),
  PORT: count(0, 65_535).default(4000),
  PUBLIC_URL: root().optional(),
  DATABASE_URL: secret(url('postgresql:', 'postgres:').optional()),
  DATABASE_WAIT: duration(0).default(MINUTE),
  REDIS_URL: secret(redisUrl.optional()),
  DATA_DIR: z.string().min(1).default('.slotwire'),
  ADMIN_TOKEN: secret(adminToken.optional()),
  ENCRYPTION_KEYS: secret(keys.optional()),
  ALLOW_LOST_KEYS: z.stringbool('must be true or false').default(false),
  GOOGLE_CLIENT_ID: z.string().min(1).optional(),
  GOOGLE_CLIENT_SECRET: secret(z.string().min(1).optional()),
  GOOGLE_AUTH_URL: web().default('https://accounts.google.com/o/oauth2/v2/auth'),
  GOOGLE_TOKEN_URL: web().default('https://oauth2.googleapis.com/token'),
  GOOGLE_API_URL: root().default('https://www.googleapis.com'),
  MICROSOFT_CLIENT_ID: z.string().min(1).optional(),
  MICROSOFT_CLIENT_SECRET: secret(z.string().min(1).optional()),
  MICROSOFT_TENANT: z.string().min(1).default('common'),
  MICROSOFT_LOGIN_URL: root().default('https://login.microsoftonline.com'),
  MICROSOFT_GRAPH_URL: root().default('https://graph.microsoft.com'),
  MICROSOFT_EVENT_GRID: eventGrid.optional(),
  POLL_INTERVAL: duration().default(300_000),
  POLL_INTERVAL_WATCHED: duration().optional(),
  SYNC_PAST: duration(0).default(7 * DAY),
  SYNC_AHEAD: duration().default(180 * DAY),
  HOLD_TTL: duration().default(300_000),
  STRICT_DEADLINE: duration().default(8_000),
  HISTORY_RETENTION: duration(0).default(30 * DAY),
  DELIVERY_RETENTION: duration(0).default(7 * DAY),
  BOOKING_RETENTION: duration(0).optional(),
  AUDIT_RETENTION: duration(0).default(365 * DAY),
  RATE_LIMIT_ANONYMOUS: rate.default({ count: 600, window: MINUTE }),
  RATE_LIMIT_KEYED: rate.default({ count: 600, window: MINUTE }),
  RATE_LIMIT_STRICT: rate.default({ count: 60, window: MINUTE }),
  HOLDS_PER_ADDRESS: count(1, 1_000_000).default(10),
  CHALLENGE: z.enum(['off', 'pressure', 'always']).default('pressure'),
  CHALLENGE_PROVIDER: z.enum(['altcha', 'turnstile', 'hcaptcha']).default('altcha'),
  CHALLENGE_SITE_KEY: z
    .string()
    .regex(/^[\w.-]{1,200}$/, 'must be the key as the provider shows it')
    .optional(),
  CHALLENGE_SECRET: secret(
    z
      .string()
      .regex(/^[\x21-\x7e]{1,500}$/, 'must be ASCII without spaces')
      .optional(),
  ),
  CHALLENGE_VERIFY_URL: web().optional(),
  CHALLENGE_SCRIPT_URL: web().optional(),
  OPERATION_COST: byCaller(10, false).default({ public: 150_000, keyed: 1_500_000 }),
  TRUSTED_DOCUMENTS: z.enum(['any', 'only'], { error: 'must be any or only' }).default('any'),
  ANSWER_MAX: byCaller(8, true).default({ public: 4 * 1024 ** 2, keyed: 32 * 1024 ** 2 }),
  BOOKINGS_PER_ADDRESS: rate.default({ count: 20, window: HOUR }),
  BOOKINGS_PER_EMAIL: rate.default({ count: 10, window: DAY }),
  SOCKETS_PER_ADDRESS: count(1, 1_000_000).default(100),
  SUBSCRIPTIONS_PER_SOCKET: count(1, 1_000_000).default(100),
  CONNECTIONS_PER_ADDRESS: count(1, 1_000_000).optional(),
  TRUSTED_PROXIES: addresses.default([]),
  GRAPHIQL: z.stringbool('must be true or false').default(false),
  EMBED_ORIGINS: embedOrigins.optional(),
  METRICS_TOKEN: secret(z.string().regex(/^\S+$/, 'must have no spaces').optional()),
  METRICS_PORT: count(1, 65_535).optional(),
  ALLOWED_RETURN_ORIGINS: origins.optional(),
  INBOUND_MAIL_SECRET: secret(z.string().min(16, 'must have at least 16 characters').optional()),
  FEED_USER_AGENT: z
    .string()
    .regex(/^[\x20-\x7e]{1,500}$/, 'must be up to 500 printable ASCII characters')
    .optional(),
  ALLOW_PRIVATE_NETWORK: z.stringbool('must be true or false').default(false),
  ZONEINFO: z.string().min(1).optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** The names of all variables. */
export const VARIABLES = Object.keys(schema.shape);

/** Names of those that hold a secret: each may be given as NAME_FILE, too. */
export const SECRET_VARIABLES = Object.entries(schema.shape).flatMap(([name, variable]) =>
  secretSchemas.has(variable) ? name : [],
);

type Raw = z.output<typeof schema>;

export type Config = Omit<
  Raw,
  | 'PUBLIC_URL'
  | 'FEED_USER_AGENT'
  | 'POLL_INTERVAL_WATCHED'
  | 'ALLOWED_RETURN_ORIGINS'
  | 'CONNECTIONS_PER_ADDRESS'
> & {
  PUBLIC_URL: string;
  FEED_USER_AGENT: string;
  POLL_INTERVAL_WATCHED: number;
  ALLOWED_RETURN_ORIGINS: string[];
  CONNECTIONS_PER_ADDRESS: number;
};

/** @throws StartError that lists every fault of the environment. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const set: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value) set[name] = value;
  const { env: given, faults, unknown } = readSecretFiles(set, SECRET_VARIABLES);
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    faults.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  }
  faults.push(...missingTogether({ ...given, ...Object.fromEntries(unknown.map((name) => [name, true])) }));
  if (!parsed.success || faults.length > 0) {
    throw new StartError(`The environment is not right:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
  const raw = parsed.data;
  const publicUrl = raw.PUBLIC_URL ?? `http://${inUrl(raw.HOST)}:${raw.PORT}`;
  return {
    ...raw,
    PUBLIC_URL: publicUrl,
    FEED_USER_AGENT: raw.FEED_USER_AGENT ?? feedUserAgent(publicUrl),
    POLL_INTERVAL_WATCHED: raw.POLL_INTERVAL_WATCHED ?? raw.POLL_INTERVAL,
    // An operator that lets an address have more sockets lets it open them, too.
    CONNECTIONS_PER_ADDRESS:
      raw.CONNECTIONS_PER_ADDRESS ?? Math.max(CONNECTIONS, 2 * raw.SOCKETS_PER_ADDRESS),
    ALLOWED_RETURN_ORIGINS: raw.ALLOWED_RETURN_ORIGINS ?? [new URL(publicUrl).origin],
  };
}

/**
 * Exchange Online answers many tenants' published calendars only to an agent that names a system and Chrome; the rest says
 * honestly who asks.
 */
const feedUserAgent = (publicUrl: string) =>
  `Mozilla/5.0 (X11; Linux x86_64; compatible; Slotwire; +${new URL(publicUrl).href}) Chrome/139.0.0.0`;

/** Variables that are missing beside others that need them. */
function missingTogether(env: Record<string, unknown>): string[] {
  const faults: string[] = [];
  if (env.METRICS_PORT !== undefined && env.METRICS_PORT === (env.PORT ?? '4000')) {
    faults.push('METRICS_PORT: must be another port than PORT');
  }
  for (const provider of ['GOOGLE', 'MICROSOFT']) {
    const [id, secret] = [`${provider}_CLIENT_ID`, `${provider}_CLIENT_SECRET`];
    if (env[id] && !env[secret]) faults.push(`${secret}: is required beside ${id}`);
    if (env[secret] && !env[id]) faults.push(`${id}: is required beside ${secret}`);
  }
  if (env.MICROSOFT_EVENT_GRID && !env.MICROSOFT_CLIENT_ID) {
    faults.push('MICROSOFT_CLIENT_ID: is required beside MICROSOFT_EVENT_GRID');
  }
  faults.push(...challengeFaults(env));
  if (env.DATABASE_URL) {
    for (const name of ['ADMIN_TOKEN', 'ENCRYPTION_KEYS']) {
      if (!env[name]) faults.push(`${name}: is required when DATABASE_URL is set`);
    }
  }
  return faults;
}

const CHALLENGE_KEYS = ['CHALLENGE_SITE_KEY', 'CHALLENGE_SECRET'];
const CHALLENGE_URLS = ['CHALLENGE_VERIFY_URL', 'CHALLENGE_SCRIPT_URL'];

/** A provider of challenges has both keys, and is reached by https; without one, what is set for it would do nothing. */
function challengeFaults(env: Record<string, unknown>): string[] {
  const provider = env.CHALLENGE_PROVIDER ?? 'altcha';
  if (provider === 'altcha') {
    return [...CHALLENGE_KEYS, ...CHALLENGE_URLS].flatMap((name) =>
      env[name] ? `CHALLENGE_PROVIDER: turnstile or hcaptcha is required beside ${name}` : [],
    );
  }
  const missing = CHALLENGE_KEYS.flatMap((name) =>
    env[name] ? [] : `${name}: is required beside CHALLENGE_PROVIDER=${provider}`,
  );
  if (env.ALLOW_PRIVATE_NETWORK === 'true') return missing;
  const open = CHALLENGE_URLS.filter((name) => /^http:/i.test(String(env[name] ?? '')));
  return [...missing, ...open.map((name) => `${name}: must begin with https://`)];
}

const inUrl = (host: string) => (isIP(host) === 6 ? `[${host}]` : host);

/** The text is valid as the host of PUBLIC_URL, whose default is made from it. */
function isHost(text: string): boolean {
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
