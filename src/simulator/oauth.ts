/** The authorisation code grant of both providers (RFC 6749 §4.1, RFC 7636); a profile holds their differences. */
import { SECOND } from '../time/clock.ts';
import { consentPage, refusalPage } from './consent-page.ts';
import { type Grant, type Grants, provesChallenge } from './grants.ts';
import {
  htmlResponse,
  jsonResponse,
  type RequestHandler,
  type SimulatedRequest,
  type SimulatedResponse,
} from './http.ts';
import type { Person, SimulatedProvider, World } from './world.ts';

export interface OAuthProfile {
  provider: SimulatedProvider;
  title: string;
  clientId: string;
  clientSecret: string;
  /** Lifetime of an access token in seconds. */
  expiresIn: number;
  /** Each refresh returns a new refresh token, and the old one is refused from then on. */
  rotates: boolean;
  /** Single scopes may be denied. */
  granular: boolean;
  /** @returns whether this consent yields a refresh token. */
  offline(request: URLSearchParams, person: Person): boolean;
  /** More fields of a token response. */
  extra: Record<string, unknown>;
  error(error: string, description: string): Record<string, unknown>;
}

export interface OAuthError {
  refusal: { status: number; error: string; description: string };
}

/** A grant type beside codes and refresh tokens. */
export interface GrantType {
  /** The client must authenticate with its secret. */
  confidential: boolean;
  /** @returns the fields of a token response, or an error. */
  answer(request: SimulatedRequest, form: URLSearchParams): Record<string, unknown> | OAuthError;
}

export interface OAuth {
  authorize: RequestHandler;
  decide: RequestHandler;
  token: RequestHandler;
  /** Tokens without the consent page. */
  issue(grant: Grant, offline: boolean): { accessToken: string; refreshToken: string | null };
}

/** Parameters of the request that the consent page's form repeats. */
const FORWARDED_PARAMETERS = [
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
  const errorResponse = (status: number, error: string, description: string): SimulatedResponse =>
    jsonResponse(status, profile.error(error, description), { 'cache-control': 'no-store' });

  /** The error page of a request whose redirect address can't be trusted; null for a valid request. */
  function invalidRequest(request: URLSearchParams): SimulatedResponse | null {
    const reason =
      request.get('client_id') !== profile.clientId
        ? 'invalid_client: The OAuth client was not found.'
        : !/^https?:/.test(request.get('redirect_uri') ?? '') ||
            !URL.canParse(request.get('redirect_uri') ?? '')
          ? 'redirect_uri_mismatch: The redirect address is missing or malformed.'
          : request.get('response_type') !== 'code'
            ? 'unsupported_response_type: Only the code grant is offered.'
            : null;
    return reason === null ? null : htmlResponse(400, refusalPage(profile.title, reason));
  }

  const people = () => world.people().filter((person) => person.provider === profile.provider);
  const scopesOf = (text: string | null) => (text ?? '').split(' ').filter(Boolean);

  function issue(grant: Grant, offline: boolean) {
    return {
      accessToken: grants.issueAccess(grant, profile.expiresIn * SECOND),
      refreshToken: offline ? grants.issueRefresh(grant) : null,
    };
  }

  function tokenAnswer(grant: Grant, offline: boolean): SimulatedResponse {
    const { accessToken, refreshToken } = issue(grant, offline);
    const body = {
      access_token: accessToken,
      expires_in: profile.expiresIn,
      ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
      scope: grant.scopes.join(' '),
      token_type: 'Bearer',
      ...profile.extra,
    };
    return jsonResponse(200, body, { 'cache-control': 'no-store', pragma: 'no-cache' });
  }

  function byCode(form: URLSearchParams): SimulatedResponse {
    const pending = grants.takeCode(form.get('code') ?? '');
    if (!pending) return errorResponse(400, 'invalid_grant', 'Malformed auth code.');
    if (pending.redirectUri !== form.get('redirect_uri')) {
      return errorResponse(
        400,
        'redirect_uri_mismatch',
        'The redirect address is not the one of the consent.',
      );
    }
    if (!provesChallenge(pending, form.get('code_verifier'))) {
      return errorResponse(400, 'invalid_grant', 'Invalid code verifier.');
    }
    return tokenAnswer(pending.grant, pending.offline);
  }

  function byRefresh(form: URLSearchParams): SimulatedResponse {
    const token = form.get('refresh_token') ?? '';
    const grant = grants.byRefresh(token);
    if (!grant || grant.person.provider !== profile.provider) {
      return errorResponse(400, 'invalid_grant', 'Token has been expired or revoked.');
    }
    if (profile.rotates) grants.forgetRefresh(token);
    return tokenAnswer(grant, profile.rotates);
  }

  function byOther(
    { answer }: GrantType,
    request: SimulatedRequest,
    form: URLSearchParams,
  ): SimulatedResponse {
    const fields = answer(request, form);
    if (!isOAuthError(fields)) return jsonResponse(200, fields, { 'cache-control': 'no-store' });
    const { status, error, description } = fields.refusal;
    return errorResponse(status, error, description);
  }

  return {
    issue,
    authorize({ query }) {
      const hint = query.get('login_hint');
      const accounts = people();
      const chosen =
        accounts.find(({ email }) => email === hint) ?? (accounts.length === 1 ? accounts[0] : undefined);
      return (
        invalidRequest(query) ??
        htmlResponse(
          200,
          consentPage({
            provider: profile.title,
            people: accounts,
            chosen: chosen?.email,
            client: new URL(query.get('redirect_uri') ?? '').host,
            scopes: scopesOf(query.get('scope')),
            granular: profile.granular,
            hidden: FORWARDED_PARAMETERS.flatMap((name): [string, string][] => {
              const value = query.get(name);
              return value === null ? [] : [[name, value]];
            }),
          }),
        )
      );
    },
    decide({ body }) {
      const form = new URLSearchParams(body);
      const problem = invalidRequest(form);
      if (problem) return problem;
      const target = new URL(form.get('redirect_uri') ?? '');
      const state = form.get('state');
      if (state !== null) target.searchParams.set('state', state);
      const person = people().find(({ email }) => email === form.get('person'));
      if (form.get('decision') !== 'allow') {
        target.searchParams.set('error', 'access_denied');
      } else if (!person) {
        return htmlResponse(400, refusalPage(profile.title, 'Choose one of the accounts.'));
      } else {
        const requested = scopesOf(form.get('scope'));
        const granted = form.getAll('grant');
        const offline = profile.offline(form, person);
        const scopes = profile.granular ? requested.filter((scope) => granted.includes(scope)) : requested;
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
    token(request) {
      const form = new URLSearchParams(request.body);
      const [id, secret] = clientOf(request, form);
      const grantType = more[form.get('grant_type') ?? ''];
      const authenticated = id === profile.clientId && secret === profile.clientSecret;
      if (!authenticated && grantType?.confidential !== false) {
        return errorResponse(401, 'invalid_client', 'The OAuth client was not found or its secret is wrong.');
      }
      if (grantType) return byOther(grantType, request, form);
      switch (form.get('grant_type')) {
        case 'authorization_code':
          return byCode(form);
        case 'refresh_token':
          return byRefresh(form);
        default:
          return errorResponse(
            400,
            'unsupported_grant_type',
            `Invalid grant_type: ${form.get('grant_type') ?? ''}`,
          );
      }
    },
  };
}

const isOAuthError = (fields: Record<string, unknown> | OAuthError): fields is OAuthError =>
  'refusal' in fields;

/** From the Basic header or the form (RFC 6749 §2.3.1). */
function clientOf(request: SimulatedRequest, form: URLSearchParams): [string | null, string | null] {
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (!basic) return [form.get('client_id'), form.get('client_secret')];
  const [id = '', ...secret] = Buffer.from(basic, 'base64').toString().split(':');
  const plain = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));
  return [plain(id), plain(secret.join(':'))];
}
