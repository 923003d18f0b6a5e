import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createIcalReader } from '../../src/providers/ical-reader/reader.ts';
import type { CalendarProvider } from '../../src/providers/port.ts';
import { createProviders, type WebProviderDeps } from '../../src/providers/registry.ts';

const GOOGLE = { GOOGLE_CLIENT_ID: 'g', GOOGLE_CLIENT_SECRET: 's' };
const MICROSOFT = { MICROSOFT_CLIENT_ID: 'm', MICROSOFT_CLIENT_SECRET: 's' };
const ANY_SITE: WebProviderDeps = {
  fetch: () => Promise.reject(new Error('nobody is to be asked')),
  reader: createIcalReader(),
  allowPrivate: false,
};
const offered = (env: Record<string, string>, anySite?: WebProviderDeps) =>
  createProviders(readConfig(env), anySite);
const everyone = () => offered({ ...GOOGLE, ...MICROSOFT }, ANY_SITE);

it('offers the providers that have credentials', () => {
  expect([...offered({}).keys()]).toEqual([]);
  expect([...offered(MICROSOFT).keys()]).toEqual(['microsoft']);
});

it('offers those whose addresses hosts give to everybody, by a secret', () => {
  const without = [...offered({}, ANY_SITE).values()];
  expect(without.map(({ name }) => name)).toContain('caldav');
  expect(without.filter(({ secret, oauth }) => !secret || oauth)).toEqual([]);
});

const ROOM = new URL('../../src/providers/', import.meta.url);
const FILES = ['index', 'client', 'calendars', 'pull', 'map-event'];
/** By what of the port they are. */
const MORE = {
  oauth: ['oauth'],
  secret: ['secret'],
  watch: ['watch', 'receive'],
  write: ['write'],
} satisfies Partial<Record<keyof CalendarProvider, string[]>>;

it('offers what there is a folder for, and nothing else', () => {
  const folders = readdirSync(ROOM, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const adapters = folders.map(({ name }) => name).filter((name) => name !== 'ical-reader');
  expect(adapters.sort()).toEqual([...everyone().keys()].sort());
});

it('finds every folder laid out alike', () => {
  for (const [name, provider] of everyone()) {
    const files: string[] = readdirSync(new URL(name, ROOM));
    const ports = (Object.keys(MORE) as (keyof typeof MORE)[]).filter((port) => provider[port]);
    const wanted = [...FILES, ...ports.flatMap((port) => MORE[port])];
    expect(files, name).toEqual(expect.arrayContaining(wanted.map((file) => `${file}.ts`)));
  }
});

it('knows where consent and tokens are', () => {
  const providers = offered({
    ...GOOGLE,
    ...MICROSOFT,
    GOOGLE_TOKEN_URL: 'http://127.0.0.1:1/google/token',
    MICROSOFT_LOGIN_URL: 'http://127.0.0.1:1/login/',
    MICROSOFT_TENANT: 'organizations',
  });
  expect(providers.get('google')?.oauth).toMatchObject({
    authorizationEndpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
    revocationEndpoint: 'http://127.0.0.1:1/google/revoke',
    authorizationParameters: { access_type: 'offline', prompt: 'consent', include_granted_scopes: 'true' },
  });
  const { oauth } = providers.get('microsoft') ?? {};
  expect(oauth).toMatchObject({
    authorizationEndpoint: 'http://127.0.0.1:1/login/organizations/oauth2/v2.0/authorize',
    tokenEndpoint: 'http://127.0.0.1:1/login/organizations/oauth2/v2.0/token',
  });
  expect(oauth).not.toHaveProperty('revocationEndpoint');
});
