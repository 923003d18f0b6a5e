/** The way through consent: a page that says what is asked for, the provider's page, and back. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { nothingToConfirm } from '../../connect/confirmation.ts';
import type { Connect } from '../../connect/connect.ts';
import type { ProviderName } from '../../providers/port.ts';
import { randomSecret } from '../../secrets.ts';
import { HOUR, SECOND } from '../../time/clock.ts';
import type { AddressOf } from '../address.ts';
import type { ReadBody } from '../body.ts';
import { requireSameSite } from '../same-site.ts';
import { connectRequestPage, connectResultPage } from './connect-pages.ts';
import { formHeaders, sendMessage, sendPage } from './pages.ts';

export interface ConnectRouteDeps {
  connect: Pick<Connect, 'connectRequest' | 'redirect' | 'finish' | 'connectResult' | 'confirmAccount'>;
  publicUrl: string;
  addressOf: AddressOf;
  readBody: ReadBody;
}

export interface ConnectRoutes {
  /** Shows the page of a link. Uses nothing up. */
  show(response: ServerResponse, provider: ProviderName, url: URL): Promise<void>;
  /** Takes the form of that page: to the provider. */
  begin(request: IncomingMessage, response: ServerResponse, provider: ProviderName, url: URL): Promise<void>;
  /** Takes the browser that comes back from the provider. */
  end(request: IncomingMessage, response: ServerResponse, provider: ProviderName, url: URL): Promise<void>;
  /**
   * Shows what was connected, or why nothing was, where no page of the operator's does. Uses nothing up.
   * @returns false, and nothing is shown, for a browser that comes from no consent
   */
  result(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean>;
  /** Takes the answer about an account whose address is not its host's. */
  answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void>;
}

/** How long a browser is known: the provider's page and the page after it have to be answered in that time. */
const BROWSER_LIFETIME = HOUR;
/** What `randomSecret` makes. */
const SECRET = /^[\w-]{43}$/;

/** The form of an answer has one field. */
const ANSWER_MAX = 1024;

/** All throw SlotwireError: NOT_FOUND; `begin` and `answer` FORBIDDEN for a form of another site. */
export function createConnectRoutes({
  connect,
  publicUrl,
  addressOf,
  readBody,
}: ConnectRouteDeps): ConnectRoutes {
  const { origin, protocol, pathname } = new URL(publicUrl);
  const prefix = pathname.replace(/\/$/, '');
  const secure = protocol === 'https:';
  // The prefix keeps every other host, path and plain-http page from setting the cookie (RFC 6265bis §4.1.3.2).
  const cookieName = secure ? '__Host-slotwire-connect' : 'slotwire-connect';
  const attributes = `Path=/; Max-Age=${BROWSER_LIFETIME / SECOND}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;

  /** The secret that the browser holds; null when it holds none. */
  function browserOf({ headers }: IncomingMessage): string | null {
    for (const pair of (headers.cookie ?? '').split(';')) {
      const [name, value = ''] = pair.trim().split('=');
      if (name === cookieName && SECRET.test(value)) return value;
    }
    return null;
  }

  return {
    async show(response, provider, url) {
      const ticket = url.searchParams.get('ticket') ?? '';
      const request = await connect.connectRequest(provider, ticket);
      const action = `${prefix}/connect/${provider}?${new URLSearchParams({ ticket })}`;
      const { title, main } = connectRequestPage(request, action);
      sendPage(response, 200, title, main, formHeaders(secure));
    },

    async begin(request, response, provider, url) {
      requireSameSite(request, origin);
      // A browser keeps its secret, so that two links may be open in it at once.
      const browser = browserOf(request) ?? randomSecret();
      const location = await connect.redirect(provider, url.searchParams.get('ticket') ?? '', browser);
      response.setHeader('set-cookie', `${cookieName}=${browser}; ${attributes}`);
      redirect(response, 303, location);
    },

    async end(request, response, provider, url) {
      const location = await connect.finish(provider, url, browserOf(request), addressOf(request) || null);
      redirect(response, 302, location);
    },

    async result(request, response, url) {
      const error = url.searchParams.get('error');
      if (error !== null) {
        const sentence = ERRORS[error] ?? 'The calendar could not be connected. Please try again later.';
        sendMessage(response, 200, 'Not connected', sentence);
        return true;
      }
      const browser = browserOf(request);
      const found = browser && (await connect.connectResult(browser, url.searchParams.get('account')));
      if (!found && url.search === '') return false;
      if (!found) {
        sendMessage(response, 200, 'Connected', 'Your calendar is connected. You can close this window.');
        return true;
      }
      const query = new URLSearchParams({ account: found.account });
      const { title, main } = connectResultPage(found, `${prefix}/admin?${query}`);
      sendPage(response, 200, title, main, formHeaders(secure));
      return true;
    },

    async answer(request, response, url) {
      requireSameSite(request, origin);
      const body = await readBody(request, ANSWER_MAX);
      const account = url.searchParams.get('account') ?? '';
      const browser = browserOf(request);
      if (!body || !browser) throw nothingToConfirm();
      const isRight = new URLSearchParams(body.toString()).get('answer') !== 'no';
      const address = addressOf(request) || null;
      redirect(response, 303, await connect.confirmAccount(browser, account, isRight, address));
    },
  };
}

const ERRORS: Record<string, string> = {
  other_browser:
    'You came back in another browser than the one that opened the link, so nothing was connected. Ask for a new link, and open it where you sign in.',
  access_denied: 'You did not grant access, so nothing was connected.',
  missing_scope:
    'Access to the calendar itself was not granted. Please connect again and leave every box ticked.',
  already_connected: 'This account is connected to another host already.',
};

const redirect = (response: ServerResponse, status: 302 | 303, location: string) => {
  response
    .writeHead(status, { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    .end();
};
