import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createProviders } from '../../src/providers/registry.ts';

const GOOGLE = { GOOGLE_CLIENT_ID: 'g', GOOGLE_CLIENT_SECRET: 's' };
const MICROSOFT = { MICROSOFT_CLIENT_ID: 'm', MICROSOFT_CLIENT_SECRET: 's' };
const offered = (env: Record<string, string>) => createProviders(readConfig(env));

it('offers the providers that have credentials', () => {
  expect([...offered({}).keys()]).toEqual([]);
  expect([...offered(MICROSOFT).keys()]).toEqual(['microsoft']);
});

const ROOM = new URL('../../src/providers/', import.meta.url);
const FILES = ['index', 'oauth', 'client', 'calendars', 'pull', 'meaning', 'watch', 'receive', 'write'];

it('offers what there is a folder for, and nothing else', () => {
  const folders = readdirSync(ROOM, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).sort()).toEqual(
    [...offered({ ...GOOGLE, ...MICROSOFT }).keys()].sort(),
  );
});

it('finds every folder laid out alike', () => {
  for (const name of offered({ ...GOOGLE, ...MICROSOFT }).keys()) {
    const files: string[] = readdirSync(new URL(name, ROOM));
    expect(files, name).toEqual(expect.arrayContaining(FILES.map((file) => `${file}.ts`)));
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
