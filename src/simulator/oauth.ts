/** The code grant of both providers (RFC 6749 §4.1, RFC 7636); a profile says where they differ. */
import { SECOND } from '../time/clock.ts';
import { consentPage, refusalPage } from './consent-page.ts';
import { type Answer, type Exchange, type Handler, html, json } from './exchange.ts';
import { type Grant, type Grants, provesChallenge } from './grants.ts';
import type { Person, ProviderName, World } from './world.ts';

export interface OAuthProfile {
  provider: ProviderName;
  title: string;
  clientId: string;
  clientSecret: string;
  /** Seconds that an access token lives. */
  expiresIn: number;
  /** Each refresh brings a new refresh token, and the old one is refused from there on. */
  rotates: boolean;
  /** May single scopes be refused? */
  granular: boolean;
  /** Does this consent yield a refresh token? */
  offline(request: URLSearchParams, person: Person): boolean;
  /** More fields of a token answer. */
  extra: Record<string, unknown>;
  error(error: string, description: string): Record<string, unknown>;
}

export interface OAuthRefusal {
  refusal: { status: number; error: string; description: string };
}

/** A way to tokens beside codes and refresh tokens. */
export interface GrantType {
  /** Must the client prove itself by its secret? */
  confidential: boolean;
  /** @returns the fields of a token answer, or why there is none. */
  answer(exchange: Exchange, form: URLSearchParams): Record<string, unknown> | OAuthRefusal;
}

export interface OAuth {
  authorize: Handler;
  decide: Handler;
  token: Handler;
  /** Tokens without the consent page. */
  issue(grant: Grant, offline: boolean): { accessToken: string; refreshToken: string | null };
}

/** Parameters of the request that the page's form carries on. */
const CARRIED = [
  'client_id',
  'redirect_uri',
  'response_type',
  'scope',
  'state',
  'access_type',
  'prompt',
  'code_challenge',
  'code_challenge_method',
];

export function createOAuth(
  { world, grants }: { world: World; grants: Grants },
  profile: OAuthProfile,
  more: Record<string, GrantType> = {},
): OAuth {
  const refuse = (status: number, error: string, description: string): Answer =>
    json(status, profile.error(error, description), { 'cache-control': 'no-store' });

  /** Why the request can't even be answered at its redirect address; null: it can. */
  function broken(request: URLSearchParams): Answer | null {
    const reason =
      request.get('client_id') !== profile.clientId
        ? 'invalid_client: The OAuth client was not found.'
        : !/^https?:/.test(request.get('redirect_uri') ?? '') ||
            !URL.canParse(request.get('redirect_uri') ?? '')
          ? 'redirect_uri_mismatch: The redirect address is missing or malformed.'
          : request.get('response_type') !== 'code'
            ? 'unsupported_response_type: Only the code grant is offered.'
            : null;
    return reason === null ? null : html(400, refusalPage(profile.title, reason));
  }

  const people = () => world.people().filter((person) => person.provider === profile.provider);
  const scopesOf = (text: string | null) => (text ?? '').split(' ').filter(Boolean);

  function issue(grant: Grant, offline: boolean) {
    return {
      accessToken: grants.issueAccess(grant, profile.expiresIn * SECOND),
      refreshToken: offline ? grants.issueRefresh(grant) : null,
    };
  }

  function tokenAnswer(grant: Grant, offline: boolean): Answer {
    const { accessToken, refreshToken } = issue(grant, offline);
    const body = {
      access_token: accessToken,
      expires_in: profile.expiresIn,
      ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
      scope: grant.scopes.join(' '),
      token_type: 'Bearer',
      ...profile.extra,
    };
    return json(200, body, { 'cache-control': 'no-store', pragma: 'no-cache' });
  }

  function byCode(form: URLSearchParams): Answer {
    const pending = grants.takeCode(form.get('code') ?? '');
    if (!pending) return refuse(400, 'invalid_grant', 'Malformed auth code.');
    if (pending.redirectUri !== form.get('redirect_uri')) {
      return refuse(400, 'redirect_uri_mismatch', 'The redirect address is not the one of the consent.');
    }
    if (!provesChallenge(pending, form.get('code_verifier'))) {
      return refuse(400, 'invalid_grant', 'Invalid code verifier.');
    }
    return tokenAnswer(pending.grant, pending.offline);
  }

  function byRefresh(form: URLSearchParams): Answer {
    const token = form.get('refresh_token') ?? '';
    const grant = grants.byRefresh(token);
    if (!grant || grant.person.provider !== profile.provider) {
      return refuse(400, 'invalid_grant', 'Token has been expired or revoked.');
    }
    if (profile.rotates) grants.forgetRefresh(token);
    return tokenAnswer(grant, profile.rotates);
  }

  function byOther({ answer }: GrantType, exchange: Exchange, form: URLSearchParams): Answer {
    const fields = answer(exchange, form);
    if (!isRefusal(fields)) return json(200, fields, { 'cache-control': 'no-store' });
    const { status, error, description } = fields.refusal;
    return refuse(status, error, description);
  }

  return {
    issue,
    authorize({ query }) {
      const hint = query.get('login_hint');
      const shown = people();
      const chosen = shown.find(({ email }) => email === hint) ?? (shown.length === 1 ? shown[0] : undefined);
      return (
        broken(query) ??
        html(
          200,
          consentPage({
            provider: profile.title,
            people: shown,
            chosen: chosen?.email,
            client: new URL(query.get('redirect_uri') ?? '').host,
            scopes: scopesOf(query.get('scope')),
            granular: profile.granular,
            hidden: CARRIED.flatMap((name): [string, string][] => {
              const value = query.get(name);
              return value === null ? [] : [[name, value]];
            }),
          }),
        )
      );
    },
    decide({ body }) {
      const form = new URLSearchParams(body);
      const problem = broken(form);
      if (problem) return problem;
      const target = new URL(form.get('redirect_uri') ?? '');
      const state = form.get('state');
      if (state !== null) target.searchParams.set('state', state);
      const person = people().find(({ email }) => email === form.get('person'));
      if (form.get('decision') !== 'allow') {
        target.searchParams.set('error', 'access_denied');
      } else if (!person) {
        return html(400, refusalPage(profile.title, 'Choose one of the accounts.'));
      } else {
        const asked = scopesOf(form.get('scope'));
        const ticked = form.getAll('grant');
        const offline = profile.offline(form, person);
        const scopes = profile.granular ? asked.filter((scope) => ticked.includes(scope)) : asked;
        const code = grants.issueCode({
          grant: grants.create(person, scopes),
          redirectUri: form.get('redirect_uri') ?? '',
          challenge: form.get('code_challenge'),
          challengeMethod: form.get('code_challenge_method') ?? 'plain',
          offline,
        });
        target.searchParams.set('code', code);
        if (profile.granular) target.searchParams.set('scope', scopes.join(' '));
      }
      return { status: 302, headers: { location: target.href, 'cache-control': 'no-store' } };
    },
    token(exchange) {
      const form = new URLSearchParams(exchange.body);
      const [id, secret] = clientOf(exchange, form);
      const other = more[form.get('grant_type') ?? ''];
      const known = id === profile.clientId && secret === profile.clientSecret;
      if (!known && other?.confidential !== false) {
        return refuse(401, 'invalid_client', 'The OAuth client was not found or its secret is wrong.');
      }
      if (other) return byOther(other, exchange, form);
      switch (form.get('grant_type')) {
        case 'authorization_code':
          return byCode(form);
        case 'refresh_token':
          return byRefresh(form);
        default:
          return refuse(400, 'unsupported_grant_type', `Invalid grant_type: ${form.get('grant_type') ?? ''}`);
      }
    },
  };
}

const isRefusal = (fields: Record<string, unknown> | OAuthRefusal): fields is OAuthRefusal =>
  'refusal' in fields;

/** From the Basic header or the form (RFC 6749 §2.3.1). */
function clientOf(exchange: Exchange, form: URLSearchParams): [string | null, string | null] {
  const basic = /^Basic (.+)$/i.exec(exchange.headers.authorization ?? '')?.[1];
  if (!basic) return [form.get('client_id'), form.get('client_secret')];
  const [id = '', ...secret] = Buffer.from(basic, 'base64').toString().split(':');
  const plain = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));
  return [plain(id), plain(secret.join(':'))];
}
