import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig, SECRET_VARIABLES, VARIABLES } from '../src/config.ts';
import { StartError } from '../src/errors.ts';
import { overrideVariables } from '../src/secret-files.ts';
import { DAY, MINUTE, SECOND } from '../src/time/clock.ts';

const KEY = Buffer.alloc(32, 0xfb).toString('base64');
/** As short as it may be. */
const TOKEN = 'operator'.repeat(4);
const OTHER = Buffer.alloc(32, 2).toString('base64');

/** The faults that stop the start, one a line; none when it starts. */
function faultsOf(env: Record<string, string | undefined>): string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    const [head, ...faults] = error.message.split('\n');
    expect(head).toBe('The environment is not right:');
    return faults.map((fault) => fault.trim());
  }
}

/** Names of the variables at fault. */
const faulty = (env: Record<string, string | undefined>) => faultsOf(env).map((fault) => fault.split(':')[0]);

describe('without a setting', () => {
  it('the defaults are those of the contract', () => {
    expect(readConfig({})).toEqual({
      HOST: '127.0.0.1',
      PORT: 4000,
      PUBLIC_URL: 'http://127.0.0.1:4000',
      DATABASE_WAIT: MINUTE,
      DATA_DIR: '.slotwire',
      ALLOW_LOST_KEYS: false,
      GOOGLE_AUTH_URL: 'https://accounts.google.com/o/oauth2/v2/auth',
      GOOGLE_TOKEN_URL: 'https://oauth2.googleapis.com/token',
      GOOGLE_API_URL: 'https://www.googleapis.com',
      MICROSOFT_TENANT: 'common',
      MICROSOFT_LOGIN_URL: 'https://login.microsoftonline.com',
      MICROSOFT_GRAPH_URL: 'https://graph.microsoft.com',
      POLL_INTERVAL: 5 * MINUTE,
      POLL_INTERVAL_WATCHED: 5 * MINUTE,
      SYNC_PAST: 7 * DAY,
      SYNC_AHEAD: 180 * DAY,
      HOLD_TTL: 5 * MINUTE,
      STRICT_DEADLINE: 8 * SECOND,
      HISTORY_RETENTION: 30 * DAY,
      DELIVERY_RETENTION: 7 * DAY,
      AUDIT_RETENTION: 365 * DAY,
      RATE_LIMIT_ANONYMOUS: { count: 600, window: MINUTE },
      RATE_LIMIT_KEYED: { count: 600, window: MINUTE },
      RATE_LIMIT_STRICT: { count: 60, window: MINUTE },
      HOLDS_PER_ADDRESS: 10,
      CHALLENGE: 'pressure',
      CHALLENGE_PROVIDER: 'altcha',
      OPERATION_COST: { public: 150_000, keyed: 1_500_000 },
      TRUSTED_DOCUMENTS: 'any',
      ANSWER_MAX: { public: 4 * 1024 * 1024, keyed: 32 * 1024 * 1024 },
      BOOKINGS_PER_ADDRESS: { count: 20, window: 60 * MINUTE },
      BOOKINGS_PER_EMAIL: { count: 10, window: DAY },
      CONNECTIONS_PER_ADDRESS: 200,
      GRAPHIQL: false,
      SOCKETS_PER_ADDRESS: 100,
      SUBSCRIPTIONS_PER_SOCKET: 100,
      TRUSTED_PROXIES: [],
      ALLOWED_RETURN_ORIGINS: ['http://127.0.0.1:4000'],
      FEED_USER_AGENT:
        'Mozilla/5.0 (X11; Linux x86_64; compatible; Slotwire; +http://127.0.0.1:4000/) Chrome/139.0.0.0',
      ALLOW_PRIVATE_NETWORK: false,
      MAIL_INVITATIONS: 'provider',
      LOG_LEVEL: 'info',
    });
  });

  it('empty means unset', () => {
    expect(
      readConfig({ PORT: '', DATABASE_URL: '', GOOGLE_CLIENT_ID: '', POLL_INTERVAL: undefined }),
    ).toEqual(readConfig({}));
  });

  it('others follow those that are set', () => {
    expect(readConfig({ HOST: '::1', PORT: '8080', POLL_INTERVAL: 'PT1M' })).toMatchObject({
      PUBLIC_URL: 'http://[::1]:8080',
      ALLOWED_RETURN_ORIGINS: ['http://[::1]:8080'],
      POLL_INTERVAL_WATCHED: MINUTE,
    });
    expect(readConfig({ PUBLIC_URL: 'https://book.example/cal/' })).toMatchObject({
      PUBLIC_URL: 'https://book.example/cal',
      ALLOWED_RETURN_ORIGINS: ['https://book.example'],
    });
    expect(readConfig({ POLL_INTERVAL_WATCHED: 'PT1H' })).toMatchObject({
      POLL_INTERVAL: 5 * MINUTE,
      POLL_INTERVAL_WATCHED: 60 * MINUTE,
    });
  });
});

describe('a setting', () => {
  it('is read in its own form', () => {
    const config = readConfig({
      DATABASE_URL: 'postgres://u:p@db/slotwire',
      REDIS_URL: 'rediss://cache:6380',
      ADMIN_TOKEN: TOKEN,
      ENCRYPTION_KEYS: `${KEY}, ${OTHER}`,
      GOOGLE_API_URL: 'http://127.0.0.1:9000//',
      MICROSOFT_CLIENT_ID: 'id',
      MICROSOFT_CLIENT_SECRET: 'secret',
      SYNC_PAST: 'PT0S',
      RATE_LIMIT_STRICT: '5/PT10S',
      TRUSTED_PROXIES: '10.0.0.0/8, ::1,2001:db8::/32',
      ALLOWED_RETURN_ORIGINS: 'https://a.example, http://localhost:3000/back',
      FEED_USER_AGENT: 'Calendar/1.0',
      ALLOW_PRIVATE_NETWORK: 'true',
      LOG_LEVEL: 'debug',
    });
    expect(config).toMatchObject({
      ENCRYPTION_KEYS: [Buffer.from(KEY, 'base64'), Buffer.from(OTHER, 'base64')],
      GOOGLE_API_URL: 'http://127.0.0.1:9000',
      MICROSOFT_CLIENT_SECRET: 'secret',
      SYNC_PAST: 0,
      RATE_LIMIT_STRICT: { count: 5, window: 10 * SECOND },
      TRUSTED_PROXIES: ['10.0.0.0/8', '::1', '2001:db8::/32'],
      ALLOWED_RETURN_ORIGINS: ['https://a.example', 'http://localhost:3000'],
      FEED_USER_AGENT: 'Calendar/1.0',
      ALLOW_PRIVATE_NETWORK: true,
      LOG_LEVEL: 'debug',
    });
  });

  it.each([
    ['HOST', ['my host', '[::1]', 'a/b', '999.1.1.1', '-x']],
    ['PORT', ['http', '65536', '-1', '80.5', '0x50', '1e3']],
    ['PUBLIC_URL', ['book.example', 'ftp://book.example', '/book']],
    [
      'REDIS_URL',
      ['localhost:6379', 'http://localhost', 'redis://a,b', 'redis-sentinel://a', 'redis-cluster://a/1'],
    ],
    ['ADMIN_TOKEN', [TOKEN.slice(1), 'x'.repeat(64), `${TOKEN} ${TOKEN}`, `${TOKEN}ü`]],
    ['INBOUND_MAIL_SECRET', ['short']],
    ['ENCRYPTION_KEYS', ['key', 'ab'.repeat(32), `${KEY},`, `"${KEY}"`, `${KEY};${OTHER}`]],
    ['GOOGLE_AUTH_URL', ['accounts.google.com']],
    ['MICROSOFT_LOGIN_URL', ['file:///etc/passwd']],
    ['POLL_INTERVAL', ['5', 'PT0S', 'P1M', '5m', '-PT5M']],
    ['SYNC_AHEAD', ['P0D']],
    ['STRICT_DEADLINE', ['8s']],
    ['RATE_LIMIT_ANONYMOUS', ['600', '600/', '600/60', '0/PT1M', '-1/PT1M', '600/PT0S']],
    ['SOCKETS_PER_ADDRESS', ['0', 'many']],
    ['TRUSTED_PROXIES', ['proxy.local', '10.0.0.0/33', '10.0.0.0/', '::1/129', '10.0.0.0/8/8']],
    ['ALLOWED_RETURN_ORIGINS', ['*', 'app.example', 'https://a.example,app', 'javascript:alert(1)']],
    ['FEED_USER_AGENT', ['Größe', 'a\nb']],
    ['ALLOW_PRIVATE_NETWORK', ['maybe']],
    ['LOG_LEVEL', ['loud']],
  ])('of %s that is wrong is named', (name, values) => {
    for (const value of values) expect(faulty({ [name]: value }), value).toEqual([name]);
  });

  it('that is wrong is distinguished from one that is too short', () => {
    expect(faultsOf({ POLL_INTERVAL: 'PT0S' })).toEqual(['POLL_INTERVAL: "PT0S" must be longer than zero']);
    expect(faultsOf({ POLL_INTERVAL: '5m' })[0]).toContain('is no duration');
  });
});

describe('what one variable asks of others', () => {
  it.each(['GOOGLE', 'MICROSOFT'])('%s wants id and secret together', (provider) => {
    const [id, secret] = [`${provider}_CLIENT_ID`, `${provider}_CLIENT_SECRET`];
    expect(faulty({ [id]: 'x' })).toEqual([secret]);
    expect(faulty({ [secret]: 'x' })).toEqual([id]);
    expect(faulty({ [id]: 'x', [secret]: '' })).toEqual([secret]);
    expect(faulty({ [id]: 'x', [secret]: 'y' })).toEqual([]);
  });

  it('a database of its own wants token and keys of its own', () => {
    const DATABASE_URL = 'postgresql://localhost/slotwire';
    expect(faulty({ DATABASE_URL })).toEqual(['ADMIN_TOKEN', 'ENCRYPTION_KEYS']);
    expect(faulty({ DATABASE_URL, ENCRYPTION_KEYS: KEY })).toEqual(['ADMIN_TOKEN']);
    expect(faulty({ ADMIN_TOKEN: TOKEN, ENCRYPTION_KEYS: KEY })).toEqual([]);
  });
});

describe('an admin token that can be guessed', () => {
  it('is refused with what to do', () => {
    const advice = 'make one with: openssl rand -base64 32';
    expect(faultsOf({ ADMIN_TOKEN: TOKEN.slice(1) })).toEqual([
      `ADMIN_TOKEN: must have at least 32 characters; ${advice}`,
    ]);
    expect(faultsOf({ ADMIN_TOKEN: 'x'.repeat(40) })).toEqual([
      `ADMIN_TOKEN: must not be one character repeated; ${advice}`,
    ]);
    expect(faultsOf({ ADMIN_TOKEN: TOKEN })).toEqual([]);
  });
});

describe('a secret in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slotwire-config-'));
  afterAll(() => rm(folder, { recursive: true }));
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('may be every variable that holds one', () => {
    const open = ['ALLOW_LOST_KEYS', 'CHALLENGE_SITE_KEY'];
    const named = VARIABLES.filter(
      (name) => !open.includes(name) && /(_SECRET|_TOKEN|_KEY|_KEYS|PASSWORD)$/.test(name),
    );
    const withCredentials = ['DATABASE_URL', 'REDIS_URL'];
    expect(SECRET_VARIABLES).toEqual(expect.arrayContaining([...named, ...withCredentials]));
  });

  it('is read without the newline at its end', () => {
    const env = {
      ADMIN_TOKEN_FILE: file('token', `${TOKEN}\n`),
      ENCRYPTION_KEYS_FILE: file('keys', `${KEY},\n${OTHER}\r\n`),
      DATABASE_URL_FILE: file('database', 'postgresql://localhost/slotwire'),
      REDIS_URL_FILE: file('redis', 'redis://localhost\n\n'),
    };
    expect(readConfig(env)).toMatchObject({
      ADMIN_TOKEN: TOKEN,
      ENCRYPTION_KEYS: [Buffer.from(KEY, 'base64'), Buffer.from(OTHER, 'base64')],
      DATABASE_URL: 'postgresql://localhost/slotwire',
      REDIS_URL: 'redis://localhost',
    });
    expect(faulty({ ADMIN_TOKEN_FILE: file('short', 'hush') })).toEqual(['ADMIN_TOKEN']);
  });

  it('is refused beside the variable itself', () => {
    expect(faultsOf({ ADMIN_TOKEN: TOKEN, ADMIN_TOKEN_FILE: file('token', TOKEN) })).toEqual([
      'ADMIN_TOKEN: is set by ADMIN_TOKEN_FILE, too; keep one of the two',
    ]);
  });

  it('is refused when it is missing, empty or endless, and is not called absent then', () => {
    const missing = join(folder, 'missing');
    expect(faultsOf({ GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET_FILE: missing })).toEqual([
      `GOOGLE_CLIENT_SECRET_FILE: ${missing} can't be read (ENOENT)`,
    ]);
    expect(faultsOf({ ADMIN_TOKEN_FILE: file('empty', '\n') })[0]).toContain('is empty');
    expect(faultsOf({ ADMIN_TOKEN_FILE: file('long', 'x'.repeat(70_000)) })[0]).toContain('is longer than');
  });

  it('gives way where a command sets the variable itself', () => {
    const env = { REDIS_URL_FILE: '/nowhere', PORT: '1' };
    expect(readConfig(overrideVariables(env, { REDIS_URL: 'redis://here' })).REDIS_URL).toBe('redis://here');
    expect(readConfig(overrideVariables(env, { REDIS_URL: undefined })).REDIS_URL).toBeUndefined();
  });
});

describe('a provider of challenges', () => {
  const keys = { CHALLENGE_SITE_KEY: '0x4AAA-b_c', CHALLENGE_SECRET: 's' };
  const at = {
    CHALLENGE_VERIFY_URL: 'http://127.0.0.1/verify',
    CHALLENGE_SCRIPT_URL: 'http://127.0.0.1/a.js',
  };

  it('needs both of its keys, and is needed beside what is set for it', () => {
    expect(faultsOf({ CHALLENGE_PROVIDER: 'turnstile', ...keys })).toEqual([]);
    expect(faulty({ CHALLENGE_PROVIDER: 'hcaptcha' })).toEqual(Object.keys(keys));
    expect(faulty(keys)).toEqual(['CHALLENGE_PROVIDER', 'CHALLENGE_PROVIDER']);
    expect(faulty({ CHALLENGE_PROVIDER: 'recaptcha', ...keys })).toEqual(['CHALLENGE_PROVIDER']);
  });

  it('is reached by https, or on a private network where that is allowed', () => {
    const env = { CHALLENGE_PROVIDER: 'turnstile', ...keys, ...at };
    expect(faulty(env)).toEqual(Object.keys(at));
    expect(faultsOf({ ...env, ALLOW_PRIVATE_NETWORK: 'true' })).toEqual([]);
  });
});

it('reports every fault at once, and no secret', () => {
  const faults = faultsOf({
    PORT: 'x',
    DATABASE_URL: 'mysql://root:hush@db/x',
    ADMIN_TOKEN: 'hush',
    ENCRYPTION_KEYS: 'hush',
    GOOGLE_CLIENT_SECRET: 'hush',
    POLL_INTERVAL: 'often',
    TRUSTED_PROXIES: 'all',
  });
  expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual([
    'ADMIN_TOKEN',
    'DATABASE_URL',
    'ENCRYPTION_KEYS',
    'GOOGLE_CLIENT_ID',
    'POLL_INTERVAL',
    'PORT',
    'TRUSTED_PROXIES',
  ]);
  expect(faults.join('')).not.toContain('hush');
});

describe('a limit by caller', () => {
  it('is a number for the public, and another for keys that follows from it or is given', () => {
    expect(readConfig({ OPERATION_COST: '1000', ANSWER_MAX: '64KiB' })).toMatchObject({
      OPERATION_COST: { public: 1_000, keyed: 10_000 },
      ANSWER_MAX: { public: 65_536, keyed: 524_288 },
    });
    expect(readConfig({ OPERATION_COST: '1000/5', ANSWER_MAX: '65536/1MiB' })).toMatchObject({
      OPERATION_COST: { public: 1_000, keyed: 5 },
      ANSWER_MAX: { public: 65_536, keyed: 1_048_576 },
    });
  });

  it.each(['0', '-1', '1e3', '5MiB', '1/2/3', '/5', '5/', 'many', '9999999999'])(
    'is refused as %s',
    (value) => expect(faulty({ OPERATION_COST: value })).toEqual(['OPERATION_COST']),
  );
});

describe('mail', () => {
  const server = { SMTP_URL: 'smtp://u:hush@mail.example', MAIL_FROM: 'Example <bookings@example.com>' };

  it('needs a server and a sender, and nothing else is set for it without them', () => {
    expect(readConfig(server)).toMatchObject({
      SMTP_URL: { host: 'mail.example', port: 587 },
      MAIL_FROM: { name: 'Example', address: 'bookings@example.com' },
    });
    expect(faulty({ SMTP_URL: server.SMTP_URL })).toEqual(['MAIL_FROM']);
    expect(faulty({ MAIL_FROM: server.MAIL_FROM, MAIL_TEMPLATES: 'mine' })).toEqual(['SMTP_URL', 'SMTP_URL']);
    expect(faulty({ MAIL_INVITATIONS: 'own' })).toEqual(['SMTP_URL']);
    expect(faulty({ ...server, MAIL_INVITATIONS: 'own', MAIL_TEMPLATES: 'mine' })).toEqual([]);
    const faults = faultsOf({
      ...server,
      SMTP_URL: 'smtp://u:hush@mail.example?pool=1',
      MAIL_FROM: 'nobody',
    });
    expect(faults).toHaveLength(2);
    expect(faults.join('')).not.toContain('hush');
  });
});
