import { createPrivateKey, createSign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADA, GRACE, NOW, type Started, start } from './start.fixture.ts';

let started: Started;

beforeAll(async () => {
  started = await start();
});
afterAll(() => started.simulator.close());

const post = async (url: string, form: Record<string, string>) => {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form) });
  const body = (await response.json()) as { access_token?: string; error?: string };
  return { status: response.status, error: body.error, token: body.access_token ?? '' };
};

describe('the service account', () => {
  const seconds = NOW / 1_000;

  function ask(claims: Record<string, unknown>, algorithm = 'RSA-SHA256') {
    const { google } = started.simulator;
    const key = JSON.parse(google.serviceAccountKey);
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const content = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({
      iss: key.client_email,
      sub: ADA,
      scope: 'https://www.googleapis.com/auth/calendar',
      aud: key.token_uri,
      iat: seconds,
      exp: seconds + 3_600,
      ...claims,
    })}`;
    const signature = createSign(algorithm).update(content).sign(createPrivateKey(key.private_key));
    return post(google.tokenUrl, {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: `${content}.${signature.toString('base64url')}`,
    });
  }

  const calendars = async (token: string) => {
    const url = `${started.simulator.google.apiUrl}calendar/v3/users/me/calendarList`;
    return (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;
  };

  it('gives the service account tokens for the calendars of the user whom it names', async () => {
    const { status, token } = await ask({});
    expect(status).toBe(200);
    expect(await calendars(token)).toBe(200);
  });

  it('gives the service account a token of its own, which opens no calendar', async () => {
    const { status, token } = await ask({ sub: undefined });
    expect(status).toBe(200);
    expect(await calendars(token)).toBe(401);
  });

  it.each([
    ['an unknown user', { sub: 'nobody@example.com' }],
    ['a user of another provider', { sub: GRACE }],
    ['another audience', { aud: 'https://evil.example/token' }],
    ['another issuer', { iss: 'stranger@example.com' }],
    ['a life over one hour', { exp: seconds + 3_601 }],
    ['an assertion of yesterday', { iat: seconds - 86_400, exp: seconds - 82_800 }],
  ])("refuses a service account's assertion for %s", async (_, claims) => {
    expect(await ask(claims)).toMatchObject({ status: 400, error: 'invalid_grant' });
  });

  it("refuses a service account's assertion with another signature", async () => {
    expect(await ask({}, 'RSA-SHA512')).toMatchObject({ status: 400, error: 'invalid_grant' });
  });

  it('refuses a service account that the administrator did not authorise', async () => {
    started.simulator.faults.add({ kind: 'tenant', people: [] });
    expect(await ask({})).toMatchObject({ status: 401, error: 'unauthorized_client' });
    started.simulator.faults.clear();
  });
});

describe('the application', () => {
  const ask = (form: Record<string, string> = {}, tenant = 'example.com') => {
    const { loginUrl, clientId, clientSecret } = started.simulator.microsoft;
    return post(`${loginUrl}/${tenant}/oauth2/v2.0/token`, {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: 'https://graph.microsoft.com/.default',
      ...form,
    });
  };
  const read = async (path: string, token: string) => {
    const url = `${started.simulator.microsoft.graphUrl}/v1.0${path}`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    const body = (await response.json()) as { id?: string; error?: { code: string } };
    return { status: response.status, code: body.error?.code, id: body.id };
  };

  it('lets the application read a user by id or address, and refuses /me', async () => {
    const { token } = await ask();
    const { id } = await read(`/users/${GRACE}`, token);
    expect(await read(`/users/${id}/calendar`, token)).toMatchObject({ status: 200, id: started.grace });
    expect(await read('/me/calendars', token)).toMatchObject({ status: 400 });
    expect(await read(`/users/${ADA}/calendars`, token)).toMatchObject({ status: 404 });
  });

  it('denies the application mailboxes that the administrator did not grant', async () => {
    const { token } = await ask();
    started.simulator.faults.add({ kind: 'tenant', people: [] });
    const denied = await read(`/users/${GRACE}/calendars`, token);
    expect(denied).toMatchObject({ status: 403, code: 'ErrorAccessDenied' });
    started.simulator.faults.add({ kind: 'tenant', directory: false });
    expect(await read(`/users/${GRACE}`, token)).toMatchObject({ status: 403 });
    expect(await read(`/users/${GRACE}/calendars`, token)).toMatchObject({ status: 200 });
    started.simulator.faults.clear();
  });

  it('refuses the application without its secret, its scope or a tenant', async () => {
    expect(await ask({ client_secret: 'guess' })).toMatchObject({ status: 401, error: 'invalid_client' });
    expect(await ask({ scope: 'Calendars.Read' })).toMatchObject({ status: 400, error: 'invalid_scope' });
    expect(await ask({}, 'common')).toMatchObject({ status: 400, error: 'invalid_request' });
  });

  it('distinguishes the application from a user who names a mailbox', async () => {
    const { world, grant } = started.simulator;
    const other = 'mary@example.com';
    world.addPerson({ email: other, name: 'Mary', provider: 'microsoft', timeZone: 'UTC' });
    const { accessToken } = grant(GRACE);
    expect(await read(`/users/${GRACE}/calendars`, accessToken)).toMatchObject({ status: 200 });
    expect(await read(`/users/${other}/calendars`, accessToken)).toMatchObject({ status: 403 });
  });
});
