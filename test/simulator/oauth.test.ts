/** The consent page and the token endpoints of both providers. */
import { auth } from 'googleapis/build/src/apis/calendar/index.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ADA, GRACE, type Started, start } from './start.fixture.ts';

const REDIRECT = 'http://127.0.0.1:9/callback';
let world: Started;

beforeEach(async () => {
  world = await start();
});
afterEach(() => world.simulator.close());

describe('Google', () => {
  const flow = () => {
    const { clientId, clientSecret, authUrl, tokenUrl } = world.simulator.google;
    return new auth.OAuth2({
      clientId,
      clientSecret,
      redirectUri: REDIRECT,
      endpoints: {
        oauth2AuthBaseUrl: authUrl,
        oauth2TokenUrl: tokenUrl,
        oauth2RevokeUrl: tokenUrl.replace(/token$/, 'revoke'),
      },
    });
  };
  const scope = ['https://www.googleapis.com/auth/calendar.readonly'];

  test('issues Google tokens for a code, once and only with its verifier', async () => {
    const client = flow();
    const { codeVerifier, codeChallenge } = await client.generateCodeVerifierAsync();
    const ask = () => {
      const more = {
        access_type: 'offline',
        prompt: 'consent',
        state: 'a b',
        code_challenge: codeChallenge ?? '',
      };
      return `${client.generateAuthUrl({ scope, ...more })}&code_challenge_method=S256`;
    };
    const callback = new URL(await world.simulator.consent(ask(), ADA));
    expect(callback.searchParams.get('state')).toBe('a b');
    const code = callback.searchParams.get('code') ?? '';
    const { tokens } = await client.getToken({ code, codeVerifier });
    expect(tokens).toMatchObject({
      token_type: 'Bearer',
      scope: scope[0],
      refresh_token: expect.any(String),
    });
    await expect(client.getToken({ code, codeVerifier })).rejects.toThrow('invalid_grant');

    const other = new URL(await world.simulator.consent(ask(), ADA)).searchParams.get('code') ?? '';
    await expect(client.getToken({ code: other, codeVerifier: 'x'.repeat(43) })).rejects.toThrow(
      'invalid_grant',
    );
  });

  test('issues a refresh token for a second Google consent only with prompt=consent', async () => {
    const client = flow();
    const tokens = async (more: { prompt?: string }) => {
      const callback = await world.simulator.consent(
        client.generateAuthUrl({ access_type: 'offline', scope, ...more }),
        ADA,
      );
      return (await client.getToken(new URL(callback).searchParams.get('code') ?? '')).tokens;
    };
    expect(await tokens({})).toHaveProperty('refresh_token');
    expect(await tokens({})).not.toHaveProperty('refresh_token');
    expect(await tokens({ prompt: 'consent' })).toHaveProperty('refresh_token');
  });

  test('refreshes a Google access token without a new refresh token, until the grant is revoked', async () => {
    const client = flow();
    const { clientId, clientSecret, tokenUrl } = world.simulator.google;
    const refreshToken = world.simulator.grant(ADA).refreshToken ?? '';
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: clientId,
      client_secret: clientSecret,
    });
    const answer = await fetch(tokenUrl, { method: 'POST', body });
    expect(await answer.json()).toEqual({
      access_token: expect.any(String),
      expires_in: 3599,
      scope: 'https://www.googleapis.com/auth/calendar',
      token_type: 'Bearer',
    });
    await client.revokeToken(refreshToken);
    client.setCredentials({ refresh_token: refreshToken });
    await expect(client.refreshAccessToken()).rejects.toThrow('invalid_grant');
  });

  test('reports a denied Google consent, and the scopes that were granted', async () => {
    const ask = flow().generateAuthUrl({ scope: [...scope, 'openid'], state: 's' });
    const denied = new URL(await world.simulator.consent(ask, ADA, { deny: true }));
    expect(Object.fromEntries(denied.searchParams)).toEqual({ error: 'access_denied', state: 's' });
    const partly = new URL(await world.simulator.consent(ask, ADA, { scopes: ['openid'] }));
    expect(partly.searchParams.get('scope')).toBe('openid');
  });
});

describe('Microsoft', () => {
  function token(more: Record<string, string>) {
    const { loginUrl, clientId, clientSecret } = world.simulator.microsoft;
    const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...more });
    return fetch(`${loginUrl}/common/oauth2/v2.0/token`, { method: 'POST', body }).then((answer) =>
      answer.json(),
    );
  }

  test('rotates Microsoft refresh tokens and refuses the old one', async () => {
    const { loginUrl, clientId } = world.simulator.microsoft;
    const ask = new URL(`${loginUrl}/common/oauth2/v2.0/authorize`);
    ask.search = String(
      new URLSearchParams({
        client_id: clientId,
        response_type: 'code',
        redirect_uri: REDIRECT,
        scope: 'Calendars.Read offline_access',
        state: 's',
        login_hint: GRACE,
      }),
    );
    expect(await (await fetch(ask)).text()).toMatch(/value="grace@example.com" required checked/);
    const code = new URL(await world.simulator.consent(ask.href, GRACE)).searchParams.get('code') ?? '';
    const first = await token({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT });
    const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token };
    const second = await token(refresh);
    expect(second.refresh_token).toEqual(expect.any(String));
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(await token(refresh)).toMatchObject({ error: 'invalid_grant', error_codes: [70008] });
    world.simulator.faults.add({ kind: 'revoke', person: GRACE });
    expect(await token({ ...refresh, refresh_token: second.refresh_token })).toMatchObject({
      error: 'invalid_grant',
    });
  });
});
