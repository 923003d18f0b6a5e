/**
 * The first half of an OAuth connection: a link for the host's browser, the page that it opens, and the way from there to the
 * provider's consent page.
 */
import { randomPKCECodeVerifier } from 'openid-client';
import { badInput, notFound, SlotwireError } from '../errors.ts';
import type { ProviderName, Providers } from '../providers/port.ts';
import { hashSecret, randomSecret } from '../secrets.ts';
import {
  attemptOfTicket,
  type ConnectAttempt,
  insertAttempt,
  redeemTicket,
} from '../store/access/connect-attempts.ts';
import { organisationsByIds } from '../store/access/organisations.ts';
import { recordChange } from '../store/audit/audited.ts';
import type { Store } from '../store/client.ts';
import { hostsByIds } from '../store/rules/hosts.ts';
import { MINUTE } from '../time/clock.ts';
import type { ConnectDeps } from './deps.ts';
import { createOAuthClient } from './oauth-client.ts';
import { notOfferedMessage } from './offered.ts';

/** How long a link is valid, and how long the consent page may stay open. */
const LIFETIME = 10 * MINUTE;

export interface StartConnectInput {
  organisation: string;
  host: string;
  provider: ProviderName;
  /** URL to which the browser returns; null: the console. */
  returnTo: string | null;
}

export interface ConnectStart {
  /**
   * @returns PUBLIC_URL/connect/{provider}?ticket=…, valid once and for ten minutes
   * @throws SlotwireError NOT_FOUND (host), BAD_USER_INPUT (provider, returnTo)
   */
  startConnect(input: StartConnectInput): Promise<string>;
  /**
   * What the person who opens that URL is asked to agree to. Uses nothing up: link scanners and previews open links too.
   * @throws SlotwireError NOT_FOUND when the ticket is unknown, used or expired
   */
  connectRequest(provider: ProviderName, ticket: string): Promise<ConnectRequest>;
  /**
   * Redeems the ticket of that URL. Only the same browser can end what it begins here.
   * @param browser secret that the browser holds as a cookie
   * @returns URL of the provider's consent page
   * @throws SlotwireError NOT_FOUND when the ticket is unknown, used or expired
   */
  redirect(provider: ProviderName, ticket: string, browser: string): Promise<string>;
}

/** Whose calendar goes where, by name. */
export interface ConnectParties {
  provider: ProviderName;
  host: string;
  organisation: string;
}

export interface ConnectRequest extends ConnectParties {
  /** Whether bookings are written to the account's calendars, not only busy time read. */
  writes: boolean;
}

/** @throws SlotwireError NOT_FOUND when the host is gone */
export async function partiesOf(
  store: Store,
  { provider, hostId, organisationId }: Pick<ConnectAttempt, 'provider' | 'hostId' | 'organisationId'>,
): Promise<ConnectParties> {
  const [host] = await hostsByIds(store, organisationId, [hostId]);
  const [organisation] = await organisationsByIds(store, [organisationId]);
  if (!host || !organisation) throw notFound('host', hostId);
  return { provider, host: host.name, organisation: organisation.name };
}

/** The redirect URI: where the provider sends the browser after consent. */
export const redirectUri = (publicUrl: string, provider: ProviderName) =>
  new URL(`${publicUrl}/connect/${provider}/callback`).href;

export function createConnectStart({ store, providers, keyRing, clock, config }: ConnectDeps): ConnectStart {
  const origins = new Set(config.ALLOWED_RETURN_ORIGINS.map((text) => originOf(text) ?? text));
  return {
    async startConnect({ organisation, host, provider, returnTo }) {
      requireOAuth(providers, provider);
      if (returnTo !== null && !origins.has(originOf(returnTo) ?? '')) {
        throw badInput('returnTo', 'its origin is not one of ALLOWED_RETURN_ORIGINS');
      }
      const [found] = await hostsByIds(store, organisation, [host]);
      if (!found) throw notFound('host', host);
      const ticket = randomSecret();
      const now = clock.now();
      const attempt = {
        ticketHash: hashSecret(ticket),
        organisationId: organisation,
        hostId: host,
        provider,
        returnTo,
        expiresAt: new Date(now + LIFETIME),
      };
      await store.$transaction(async (tx) => {
        await insertAttempt(tx, attempt, now);
        recordChange(tx);
      });
      return `${config.PUBLIC_URL}/connect/${provider}?ticket=${ticket}`;
    },

    async connectRequest(name, ticket) {
      const attempt = await attemptOfTicket(store, { hash: hashSecret(ticket), provider: name }, clock.now());
      const provider = providers.get(name);
      if (!attempt || !provider) throw linkIsOver();
      return { ...(await partiesOf(store, attempt)), writes: provider.write !== undefined };
    },

    async redirect(provider, ticket, browser) {
      const client = createOAuthClient(requireOAuth(providers, provider), {
        clock,
        allowPrivate: config.ALLOW_PRIVATE_NETWORK,
      });
      const state = randomSecret();
      const stateHash = hashSecret(state);
      const verifier = randomPKCECodeVerifier();
      const url = await client.consentUrl({
        state,
        verifier,
        redirectUri: redirectUri(config.PUBLIC_URL, provider),
      });
      const now = clock.now();
      const consent = {
        stateHash,
        verifier: keyRing.encrypt(verifier, 'connect_attempt.verifier', stateHash),
        browserHash: hashSecret(browser),
        expiresAt: new Date(now + LIFETIME),
      };
      const attempt = await redeemTicket(store, { hash: hashSecret(ticket), provider }, consent, now);
      if (!attempt) throw linkIsOver();
      return url;
    },
  };
}

const linkIsOver = () =>
  new SlotwireError(
    'NOT_FOUND',
    'This link was used already or has expired: it works once, for ten minutes. Ask for a new one.',
  );

/** @throws SlotwireError BAD_USER_INPUT that names the missing variables */
function requireOAuth(providers: Providers, name: ProviderName) {
  const oauth = providers.get(name)?.oauth;
  if (oauth) return oauth;
  throw badInput('provider', notOfferedMessage(name));
}

function originOf(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, origin } = new URL(text);
  return protocol === 'https:' || protocol === 'http:' ? origin : null;
}
