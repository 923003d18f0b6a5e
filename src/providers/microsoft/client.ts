/**
 * Requests to Microsoft Graph through its SDK: tokens, links, timeouts. The SDK's own retries can take minutes and are
 * left out.
 */
import {
  Client,
  type Context,
  HTTPMessageHandler,
  type Middleware,
  type MiddlewareOptions,
  ResponseType,
} from '@microsoft/microsoft-graph-client';
import { withDeadline } from '../../async/deadline.ts';
import { REQUEST_TIMEOUT, withAccessToken } from '../access-token.ts';
import { type Access, ProviderError } from '../port.ts';
import { noResponseError, toProviderError } from './failure.ts';
import { mailboxPath } from './mailbox.ts';

export interface GetOptions {
  query?: Record<string, string>;
  /** Further preferences for the header Prefer. */
  prefer?: string[];
  signal?: AbortSignal | undefined;
}

/** Every method throws ProviderError. */
export interface GraphClient {
  /** @param path below `/v1.0`, or a link from a response. `/me` means the mailbox of the access. */
  get<T extends object>(access: Access, path: string, options?: GetOptions): Promise<T>;
  send<T extends object>(access: Access, method: 'post' | 'patch', path: string, body: object): Promise<T>;
  remove(access: Access, path: string): Promise<void>;
  /** A link without the configured root, its query unchanged; `get` accepts it later. */
  toRelativeLink(link: string): string;
}

type Method = 'get' | 'post' | 'patch' | 'delete';

export function createClient(graphUrl: string): GraphClient {
  const root = new URL(graphUrl.replace(/\/+$/, ''));
  const rootPath = root.pathname.replace(/\/+$/, '');
  const sdk = Client.initWithMiddleware({
    baseUrl: root.href,
    fetchOptions: { redirect: 'manual' },
    middleware: [createTokenMiddleware(), new HTTPMessageHandler()],
  });

  /** URL of a link, which must lie under the configured root: tokens go nowhere else. */
  function resolveLink(link: string): URL {
    const text = link.startsWith('/') ? `${root.origin}${rootPath}${link}` : link;
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url?.origin === root.origin && url.pathname.startsWith(`${rootPath}/`)) return url;
    throw new ProviderError('rejected', `Microsoft named a link that is not under ${root.href}.`);
  }

  /** @param get reads the result from a successful response, within the same deadline */
  async function sendRequest<T>(
    access: Access,
    method: Method,
    path: string,
    { query = {}, prefer = [], signal }: GetOptions,
    get: (response: Response) => Promise<T>,
    body?: object,
  ): Promise<T> {
    const isPath = path.startsWith('/') && !path.startsWith('/v1.0/');
    const url = isPath ? null : resolveLink(path).href;
    const apiPath = isPath ? await mailboxPath(access, path) : '/';
    const attempt = async (token: string, within: AbortSignal): Promise<T> => {
      const request = sdk
        .api(apiPath)
        .query(query)
        // Ids that survive a move to another folder; every request must ask for them.
        .headers({
          Accept: 'application/json',
          Prefer: ['IdType="ImmutableId"', ...prefer].join(', '),
        })
        .option('signal', within)
        .middlewareOptions([new SendOptions(token, url)])
        .responseType(ResponseType.RAW);
      const response = await execute(method, request, body);
      if (!response.ok) throw await toProviderError(response);
      return get(response);
    };
    return withAccessToken(
      access,
      (token) =>
        withDeadline(REQUEST_TIMEOUT, signal, (within) => attempt(token, within)).catch((error: unknown) => {
          throw error instanceof ProviderError ? error : noResponseError(error);
        }),
      signal,
    );
  }

  return {
    async get<T extends object>(access: Access, path: string, options: GetOptions = {}) {
      return sendRequest(access, 'get', path, options, jsonOf<T>);
    },
    async send<T extends object>(access: Access, method: 'post' | 'patch', path: string, body: object) {
      return sendRequest(access, method, path, {}, jsonOf<T>, body);
    },
    async remove(access, path) {
      await sendRequest(access, 'delete', path, {}, drained);
    },
    toRelativeLink(link) {
      const { pathname, search } = resolveLink(link);
      return pathname.slice(rootPath.length) + search;
    },
  };
}

/** Options of one request for the middleware below. */
class SendOptions implements MiddlewareOptions {
  readonly token: string;
  /** Requested verbatim: the SDK would rebuild a link's query, and append an http link to its root. */
  readonly url: string | null;

  constructor(token: string, url: string | null) {
    this.token = token;
    this.url = url;
  }
}

/** Sets the token. The SDK's own handler would send it only to Microsoft's hosts, and never over http. */
function createTokenMiddleware(): Middleware {
  let next: Middleware | undefined;
  return {
    setNext(middleware) {
      next = middleware;
    },
    async execute(context: Context) {
      const sendOptions = context.middlewareControl?.getMiddlewareOptions(SendOptions);
      if (sendOptions instanceof SendOptions) {
        const headers = new Headers(context.options?.headers as Record<string, string>);
        headers.set('Authorization', `Bearer ${sendOptions.token}`);
        context.options = { ...context.options, headers };
        if (sendOptions.url !== null) context.request = sendOptions.url;
      }
      await next?.execute(context);
    },
  };
}

type SdkRequest = ReturnType<Client['api']>;

const execute = (method: Method, request: SdkRequest, body?: object): Promise<Response> =>
  method === 'post' || method === 'patch' ? request[method](body) : request[method]();

/** Reads a response whose content doesn't matter, so that its connection can be used again. */
async function drained(response: Response): Promise<void> {
  await response.arrayBuffer();
}

async function jsonOf<T extends object>(response: Response): Promise<T> {
  const data: unknown = JSON.parse(await response.text());
  if (typeof data === 'object' && data !== null) return data as T;
  throw new ProviderError('transient', 'Microsoft answered with no JSON object.');
}
