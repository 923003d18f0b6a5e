/** The configuration, read once from the environment. No other file reads process.env. All faults are reported at once. */

import { z } from 'zod';
import { StartError } from './errors.ts';
import { readSecretFiles } from './secret-files.ts';
import { DAY, HOUR, MINUTE } from './time/clock.ts';
import { forms, inUrl, isHost } from './variable-forms.ts';

const {
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
} = forms;

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
  SMTP_URL: secret(smtpUrl.optional()),
  MAIL_FROM: mailbox.optional(),
  MAIL_INVITATIONS: z.enum(['provider', 'own'], { error: 'must be provider or own' }).default('provider'),
  MAIL_TEMPLATES: z.string().min(1).optional(),
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

/** The environment as it was found, right or wrong. */
export interface ExaminedConfig {
  /** As if the variables of faults were not set. */
  config: Config;
  /** One sentence each, after the variable's name and a colon; no secret is in them. */
  faults: string[];
}

/** @throws StartError that lists every fault of the environment. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const { config, faults } = examineConfig(env);
  if (faults.length === 0) return config;
  throw new StartError(`The environment is not right:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
}

/** Reads the environment and goes on past its faults, for a command that reports what is wrong. */
export function examineConfig(env: Record<string, string | undefined> = process.env): ExaminedConfig {
  const set: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value) set[name] = value;
  const { env: given, faults, unknown } = readSecretFiles(set, SECRET_VARIABLES);
  const parsed = schema.safeParse(given);
  const issues = parsed.error?.issues ?? [];
  faults.push(...issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  faults.push(...missingTogether({ ...given, ...Object.fromEntries(unknown.map((name) => [name, true])) }));
  if (parsed.success) return { config: complete(parsed.data), faults };
  const wrong = new Set(issues.map(({ path }) => String(path[0])));
  // Every variable may be absent.
  const right = schema.parse(Object.fromEntries(Object.entries(given).filter(([name]) => !wrong.has(name))));
  return { config: complete(right), faults };
}

/** Fills in the defaults that depend on other variables. */
function complete(raw: Raw): Config {
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
  faults.push(...mailFaults(env), ...challengeFaults(env));
  if (env.DATABASE_URL) {
    for (const name of ['ADMIN_TOKEN', 'ENCRYPTION_KEYS']) {
      if (!env[name]) faults.push(`${name}: is required when DATABASE_URL is set`);
    }
  }
  return faults;
}

/** Mail needs a server and a sender; without them, what is set for mail would do nothing. */
function mailFaults(env: Record<string, unknown>): string[] {
  const faults = env.SMTP_URL && !env.MAIL_FROM ? ['MAIL_FROM: is required beside SMTP_URL'] : [];
  if (env.SMTP_URL) return faults;
  const idle = ['MAIL_FROM', 'MAIL_TEMPLATES'].filter((name) => env[name]);
  // Nobody would invite the visitor.
  if (env.MAIL_INVITATIONS === 'own') idle.push('MAIL_INVITATIONS=own');
  return idle.map((name) => `SMTP_URL: is required beside ${name}`);
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
