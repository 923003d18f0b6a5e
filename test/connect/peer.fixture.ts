/** An OAuth server of the smallest kind, over real HTTP: consent, token and revocation endpoint. */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { OAuthPort } from '../../src/providers/port.ts';

const SCOPE = 'https://calendars.example/auth/Calendars.Read';

export interface TokenReply {
  status?: number;
  headers?: Record<string, string>;
  body: Record<string, unknown> | string;
}

export async function startPeer() {
  const challenges = new Map<string, string>();
  const forms: URLSearchParams[] = [];
  const revoked: string[] = [];
  const peer = {
    /** Every form that the token endpoint got. */
    forms,
    revoked,
    /** Fields of a good answer, or of a bad one. */
    reply: (form: URLSearchParams): TokenReply | Promise<TokenReply> => good(form),
    good,
    refreshes: () => forms.filter((form) => form.get('grant_type') === 'refresh_token').length,
    oauth: {} as OAuthPort,
    /** The host says yes (or no): where the provider sends the browser. */
    consent(authorizeUrl: string, error?: string): URL {
      const { searchParams } = new URL(authorizeUrl);
      const back = new URL(searchParams.get('redirect_uri') ?? '');
      back.searchParams.set('state', searchParams.get('state') ?? '');
      // As Google does; ours is a made-up issuer and this one is not it.
      back.searchParams.set('iss', 'https://issuer.example');
      if (error) back.searchParams.set('error', error);
      else {
        const code = randomUUID();
        challenges.set(code, searchParams.get('code_challenge') ?? '');
        back.searchParams.set('code', code);
      }
      return back;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };

  function good(form: URLSearchParams): TokenReply {
    if (form.get('grant_type') === 'authorization_code') {
      const challenge = challenges.get(form.get('code') ?? '');
      challenges.delete(form.get('code') ?? '');
      const proof = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url');
      if (challenge !== proof) return { status: 400, body: { error: 'invalid_grant' } };
    }
    return {
      body: {
        access_token: `access-${randomUUID()}`,
        refresh_token: `refresh-${randomUUID()}`,
        id_token: 'not.a.token',
        token_type: 'Bearer',
        expires_in: 3600,
        scope: `openid ${SCOPE.toLowerCase()}`,
      },
    };
  }

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const form = new URLSearchParams(await text(request));
    if (request.url === '/revoke') {
      revoked.push(form.get('token') ?? '');
      response.end();
      return;
    }
    forms.push(form);
    const { status = 200, headers = {}, body } = await peer.reply(form);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  peer.oauth = {
    clientId: 'client',
    clientSecret: 'client-secret',
    authorizationEndpoint: `${root}/authorize`,
    tokenEndpoint: `${root}/token`,
    revocationEndpoint: `${root}/revoke`,
    scopes: ['openid', SCOPE],
    authorizationParameters: { access_type: 'offline' },
    requiredScopes: [SCOPE],
  };
  return peer;
}
