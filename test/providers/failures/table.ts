/**
 * What each failure of a provider means, and what ends it: the table of docs/providers.md, row by row. One test runs the rows
 * against a server over HTTP, another holds the page to them.
 */
import type { ProviderFailure } from '../../../src/providers/port.ts';

export type TableProvider = 'google' | 'microsoft' | 'caldav' | 'feed';

/** How the provider, or the network before it, fails the request. */
export type Failing =
  | { status: number; body?: object | string; headers?: Record<string, string> }
  /** The connection ends without an answer; nothing listens; the name is unknown; the server speaks no TLS. */
  | 'reset'
  | 'refused'
  | 'unknown name'
  | 'no TLS';

export type Operation =
  | 'pull'
  | 'pull with cursor'
  | 'open'
  | 'renew'
  | 'close'
  | 'create'
  | 'update'
  | 'delete';

/** `done`: the request succeeds all the same. `event gone`: the host deleted the event. */
export type Meaning = ProviderFailure | 'done' | 'event gone';

export interface FailureRow {
  /** As the page has it. */
  answer: string;
  failing: Failing;
  operations: readonly Operation[];
  meaning: Meaning;
}

const googleError = (code: number, reason: string): Failing => ({
  status: code,
  body: { error: { code, message: 'No.', errors: [{ domain: 'global', reason, message: 'No.' }] } },
});
const graphError = (status: number, code: string): Failing => ({
  status,
  body: { error: { code, message: 'No.' } },
});
const page = (status: number): Failing => ({ status, body: '<html>No</html>' });

const NETWORK: readonly [answer: string, failing: Failing][] = [
  ['connection reset', 'reset'],
  ['connection refused', 'refused'],
  ['name not resolved', 'unknown name'],
  ['TLS fails', 'no TLS'],
];

const WRITING = ['create', 'update', 'delete'] as const;
const READING = ['pull', 'pull with cursor'] as const;
const CHANNELS = ['open', 'close'] as const;
const ALL = [...READING, ...CHANNELS, ...WRITING] as const;
const GRAPH_ALL = [...READING, 'open', 'renew', 'close', ...WRITING] as const;

const row = (
  answer: string,
  failing: Failing,
  operations: readonly Operation[],
  meaning: Meaning,
): FailureRow => ({
  answer,
  failing,
  operations,
  meaning,
});

export const FAILURES: Readonly<Record<TableProvider, readonly FailureRow[]>> = {
  google: [
    row('302, a sign-in page', { status: 302, headers: { location: '/login' } }, ALL, 'transient'),
    row('400 `invalid`', googleError(400, 'invalid'), ['pull', ...CHANNELS, ...WRITING], 'rejected'),
    row('400 `invalid`', googleError(400, 'invalid'), ['pull with cursor'], 'cursor-expired'),
    row(
      '400 `pushNotSupportedForRequestedResource`',
      googleError(400, 'pushNotSupportedForRequestedResource'),
      ['open'],
      'watch-not-supported',
    ),
    row('401 `authError`, also with a new token', googleError(401, 'authError'), ALL, 'transient'),
    row(
      '401 `push.webhookUrlUnauthorized`',
      googleError(401, 'push.webhookUrlUnauthorized'),
      ['open'],
      'rejected',
    ),
    row('403 `rateLimitExceeded`', googleError(403, 'rateLimitExceeded'), ALL, 'rate-limited'),
    row('403 `userRateLimitExceeded`', googleError(403, 'userRateLimitExceeded'), ALL, 'rate-limited'),
    row('403 `quotaExceeded`', googleError(403, 'quotaExceeded'), ALL, 'rate-limited'),
    row('403 `dailyLimitExceeded`', googleError(403, 'dailyLimitExceeded'), ALL, 'rate-limited'),
    row(
      '403 `RATE_LIMIT_EXCEEDED` among the details',
      {
        status: 403,
        body: { error: { code: 403, status: 'x', details: [{ reason: 'RATE_LIMIT_EXCEEDED' }] } },
      },
      ALL,
      'rate-limited',
    ),
    row('403 `accessNotConfigured`', googleError(403, 'accessNotConfigured'), ALL, 'rejected'),
    row('403 `insufficientPermissions`', googleError(403, 'insufficientPermissions'), ALL, 'rejected'),
    row('403 `forbidden`', googleError(403, 'forbidden'), ALL, 'rejected'),
    row('404 `notFound`', googleError(404, 'notFound'), [...READING, 'open', 'create'], 'rejected'),
    row('404 `notFound`', googleError(404, 'notFound'), ['update'], 'event gone'),
    row('404 `notFound`', googleError(404, 'notFound'), ['delete', 'close'], 'done'),
    row('404 without Google’s words', page(404), [...READING, 'open', ...WRITING], 'transient'),
    row('409 `conflict`', googleError(409, 'conflict'), ALL, 'transient'),
    row('410 `fullSyncRequired`', googleError(410, 'fullSyncRequired'), READING, 'cursor-expired'),
    row('410 `deleted`', googleError(410, 'deleted'), ['update'], 'event gone'),
    row('410 `deleted`', googleError(410, 'deleted'), ['delete'], 'done'),
    row('412 `conditionNotMet`', googleError(412, 'conditionNotMet'), ALL, 'transient'),
    row('423', googleError(423, 'locked'), ALL, 'transient'),
    row('429', googleError(429, 'rateLimitExceeded'), ALL, 'rate-limited'),
    row('500 `backendError`', googleError(500, 'backendError'), ALL, 'transient'),
    row('501', googleError(501, 'notImplemented'), ALL, 'rejected'),
    row('502, 503, 504', page(503), ALL, 'transient'),
    ...NETWORK.map(([answer, failing]) => row(answer, failing, ALL, 'transient')),
  ],
  microsoft: [
    row('302, a sign-in page', { status: 302, headers: { location: '/login' } }, GRAPH_ALL, 'transient'),
    row(
      '400 `ErrorInvalidRequest`',
      graphError(400, 'ErrorInvalidRequest'),
      ['pull', 'open', 'renew', 'close', ...WRITING],
      'rejected',
    ),
    row(
      '400 `ErrorInvalidRequest`',
      graphError(400, 'ErrorInvalidRequest'),
      ['pull with cursor'],
      'cursor-expired',
    ),
    row(
      '401 `InvalidAuthenticationToken`, also with a new token',
      graphError(401, 'InvalidAuthenticationToken'),
      GRAPH_ALL,
      'transient',
    ),
    row(
      '401 with a claims challenge',
      { status: 401, headers: { 'www-authenticate': 'Bearer error="insufficient_claims", claims="e30="' } },
      GRAPH_ALL,
      'transient',
    ),
    row('403 `ErrorAccessDenied`', graphError(403, 'ErrorAccessDenied'), GRAPH_ALL, 'rejected'),
    row('403 `ApplicationThrottled`', graphError(403, 'ApplicationThrottled'), GRAPH_ALL, 'rate-limited'),
    row(
      '404 `ErrorItemNotFound`',
      graphError(404, 'ErrorItemNotFound'),
      [...READING, 'open', 'renew', 'create'],
      'rejected',
    ),
    row('404 `ErrorItemNotFound`', graphError(404, 'ErrorItemNotFound'), ['update'], 'event gone'),
    row('404 `ErrorItemNotFound`', graphError(404, 'ErrorItemNotFound'), ['delete', 'close'], 'done'),
    row('404 without Graph’s words', page(404), [...READING, 'open', 'renew', ...WRITING], 'transient'),
    row(
      '404 `UnknownError`',
      graphError(404, 'UnknownError'),
      [...READING, 'open', 'renew', ...WRITING],
      'transient',
    ),
    row(
      '409 `ErrorIrresolvableConflict`',
      graphError(409, 'ErrorIrresolvableConflict'),
      GRAPH_ALL,
      'transient',
    ),
    row('410 `syncStateNotFound`', graphError(410, 'syncStateNotFound'), READING, 'cursor-expired'),
    row('410', graphError(410, 'ErrorItemNotFound'), ['update'], 'event gone'),
    row('410', graphError(410, 'ErrorItemNotFound'), ['delete'], 'done'),
    row('412 `ErrorPreconditionFailed`', graphError(412, 'ErrorPreconditionFailed'), GRAPH_ALL, 'transient'),
    row('423 `ErrorLocked`', graphError(423, 'ErrorLocked'), GRAPH_ALL, 'transient'),
    row('429 `TooManyRequests`', graphError(429, 'TooManyRequests'), GRAPH_ALL, 'rate-limited'),
    row(
      '500 `ErrorInternalServerError`',
      graphError(500, 'ErrorInternalServerError'),
      GRAPH_ALL,
      'transient',
    ),
    row('501', graphError(501, 'NotImplemented'), ['open', 'renew', 'close', ...WRITING], 'rejected'),
    row('502, 503, 504', page(503), GRAPH_ALL, 'transient'),
    ...NETWORK.map(([answer, failing]) => row(answer, failing, GRAPH_ALL, 'transient')),
  ],
  caldav: [
    row('401 at two pulls in a row', page(401), READING, 'auth-revoked'),
    row('403', page(403), ['pull'], 'rejected'),
    row('403 with `Retry-After`', { status: 403, headers: { 'retry-after': '60' } }, READING, 'rate-limited'),
    row('404, 410', page(404), ['pull'], 'rejected'),
    row(
      '403, 404, 409, 410, 412, 500, 501, 507 to a sync token',
      page(412),
      ['pull with cursor'],
      'cursor-expired',
    ),
    row('408, 423', page(423), READING, 'transient'),
    row('409, 412', page(412), ['pull'], 'transient'),
    row('429', page(429), READING, 'rate-limited'),
    row('500', page(500), ['pull'], 'transient'),
    row('502, 503, 504', page(503), READING, 'transient'),
    row('507', page(507), ['pull'], 'rejected'),
    ...NETWORK.map(([answer, failing]) => row(answer, failing, READING, 'transient')),
  ],
  feed: [
    row('304 to a request without conditions', { status: 304 }, ['pull'], 'transient'),
    row('401, 404, for less than ten minutes', page(404), READING, 'rejected'),
    row('403', page(403), READING, 'rejected'),
    row('403 with `Retry-After`', { status: 403, headers: { 'retry-after': '60' } }, READING, 'rate-limited'),
    row('408, 409, 412, 423, 425', page(423), READING, 'transient'),
    row('410', page(410), READING, 'auth-revoked'),
    row('429', page(429), READING, 'rate-limited'),
    row('500, 502, 503, 504', page(503), READING, 'transient'),
    ...NETWORK.map(([answer, failing]) => row(answer, failing, READING, 'transient')),
  ],
};

/** Answers of a token endpoint to a refresh. */
export const TOKEN_FAILURES: readonly { answer: string; failing: Failing; meaning: Meaning }[] = [
  ...(
    [
      'invalid_grant',
      'interaction_required',
      'consent_required',
      'login_required',
      'admin_policy_enforced',
    ] as const
  ).map((error) => ({
    answer: `400 \`${error}\``,
    failing: { status: 400, body: { error } },
    meaning: 'auth-revoked' as const,
  })),
  {
    answer: '401 `invalid_client`',
    failing: { status: 401, body: { error: 'invalid_client' } },
    meaning: 'rejected',
  },
  {
    answer: '400 `unauthorized_client`',
    failing: { status: 400, body: { error: 'unauthorized_client' } },
    meaning: 'rejected',
  },
  {
    answer: '400 `temporarily_unavailable`',
    failing: { status: 400, body: { error: 'temporarily_unavailable' } },
    meaning: 'transient',
  },
  {
    answer: '500 `invalid_grant`',
    failing: { status: 500, body: { error: 'invalid_grant' } },
    meaning: 'transient',
  },
  { answer: '403, 404 without OAuth’s words', failing: page(404), meaning: 'transient' },
  { answer: '429', failing: page(429), meaning: 'rate-limited' },
  { answer: '502, 503, 504', failing: page(503), meaning: 'transient' },
  ...NETWORK.map(([answer, failing]) => ({ answer, failing, meaning: 'transient' as const })),
];

/** What happens by the meaning, and what ends the failure: pull; booking's write; watch channel; heals. */
export const CONSEQUENCES: Readonly<Record<Meaning, readonly [string, string, string, string]>> = {
  transient: [
    'again after 5 s (after a 401: 1 s), doubled up to 5 min',
    'again after 5 s, doubled up to 1 h',
    'again after 1 min',
    'time; a pull of the account that succeeds makes its writes due',
  ],
  'rate-limited': [
    'the same, and not before `Retry-After`, up to 1 h',
    'the same, and not before `Retry-After`, up to 1 day',
    'the same, up to 1 h',
    'time',
  ],
  rejected: [
    'as `transient`',
    'FAILED; again after 6 h',
    'again after 1 h; one that can’t be renewed is opened anew',
    'the host or the operator; a pull that succeeds makes writes due, at once where pulls had failed too, else once an hour; connecting the account again makes them due with the next pull',
  ],
  'auth-revoked': [
    'the account is AUTH_REVOKED; a password or an address is tried again after 30 s, doubled up to 1 h',
    'waits for the account',
    'ends by itself',
    'connecting the account again; a password or an address that is accepted again',
  ],
  sealed: [
    'again within 30 s; nothing is written to the account',
    'as `transient`',
    'again after 1 min',
    'the missing key of `ENCRYPTION_KEYS`',
  ],
  'cursor-expired': ['read whole, in the same pull', '–', '–', 'the pull itself'],
  'watch-not-supported': ['–', '–', 'none; the calendar is polled', 'nothing is broken'],
  done: ['–', 'done', 'done', 'nothing is broken'],
  'event gone': [
    '–',
    'the booking follows its host: it is cancelled, once the calendar can be read',
    '–',
    'nothing is broken',
  ],
};

const NAMES: Record<TableProvider, string> = {
  google: 'Google',
  microsoft: 'Microsoft',
  caldav: 'CalDAV',
  feed: 'Feeds',
};

const EVERY: Record<TableProvider, number> = {
  google: ALL.length,
  microsoft: GRAPH_ALL.length,
  caldav: READING.length,
  feed: READING.length,
};

/** The section of docs/providers.md, as it must read. */
export function failureTables(): string {
  const lines = (head: string[], cells: (readonly string[])[]) =>
    [head, head.map(() => '---'), ...cells].map((each) => `| ${each.join(' | ')} |`).join('\n');
  const meanings = Object.entries(CONSEQUENCES).map(([meaning, texts]) => [`\`${meaning}\``, ...texts]);
  const providers = Object.entries(FAILURES).map(([name, rows]) => {
    const provider = name as TableProvider;
    const cells = rows.map(({ answer, operations, meaning }) => [
      answer,
      operations.length === EVERY[provider] ? 'all' : operations.join(', '),
      `\`${meaning}\``,
    ]);
    return `### Answers of ${NAMES[provider]}\n\n${lines(['Answer', 'To', 'Reason'], cells)}`;
  });
  const tokens = TOKEN_FAILURES.map(({ answer, meaning }) => [answer, `\`${meaning}\``]);
  return [
    lines(['Reason', 'Pull', 'Booking’s write', 'Watch channel', 'What heals it'], meanings),
    ...providers,
    `### Answers of token endpoints\n\n${lines(['Answer', 'Reason'], tokens)}`,
  ].join('\n\n');
}
