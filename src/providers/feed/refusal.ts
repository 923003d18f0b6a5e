/**
 * Where a request for a feed ended when it did not end at a calendar. The address is a secret, and may be repeated in what it
 * leads to: messages hold no more of any address than its host's name.
 */

export interface FeedAnswer {
  /** The feed's address. */
  asked: string;
  /** Where redirects led; the same when there were none. */
  answered: string;
  /** Null: no answer was taken, as there were too many redirects. */
  headers: Headers | null;
}

export interface Detour {
  /** Begins with a space and stands before a full stop; empty for an answer without redirects and without a named error. */
  text: string;
  /** The server answers only programs that look like a browser to it. */
  refusesAgent: boolean;
}

/** For the person who connects the feed. */
export const AGENT_MESSAGE =
  'The server of this address answers only programs that look like a browser to it. The operator of this gateway can change FEED_USER_AGENT.';

export function detourOf({ asked, answered, headers }: FeedAnswer): Detour {
  const [from, to] = [new URL(asked), new URL(answered)];
  const error = exchangeError(to, headers);
  const refusesAgent = /Unsupported/i.test(error ?? '');
  const parts = [
    ...(isSamePage(from, to) ? [] : [`redirected to ${pageKind(to)} of ${to.hostname}`]),
    ...(error === null ? [] : [error]),
    ...(refusesAgent ? ['it answers only programs that look like a browser: see FEED_USER_AGENT'] : []),
  ];
  return { text: parts.length > 0 ? ` (${parts.join('; ')})` : '', refusesAgent };
}

const isSamePage = (one: URL, other: URL) =>
  one.host === other.host && one.pathname === other.pathname && one.search === other.search;

function pageKind({ hostname, pathname }: URL): string {
  if (/error/i.test(pathname)) return 'an error page';
  return /log-?[io]n|sign-?in|\bauth|oauth|adfs|saml|sso\b|accounts?\./i.test(hostname + pathname)
    ? 'a login page'
    : 'another page';
}

/** The name of Exchange's error, such as OwaBasicUnsupportedException; null for an answer that names none. */
function exchangeError(to: URL, headers: Headers | null): string | null {
  const name = headers?.get('x-owa-error') ?? to.searchParams.get('owaError') ?? '';
  return /^(?:[\w]+\.)*(\w{1,100})$/.exec(name)?.[1] ?? null;
}
