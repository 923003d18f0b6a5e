/** Requests to Microsoft Graph through its SDK: tokens, links, deadline. Its own retries can hang for minutes and are left out. */
import {
  Client,
  type Context,
  HTTPMessageHandler,
  type Middleware,
  type MiddlewareOptions,
  ResponseType,
} from '@microsoft/microsoft-graph-client';
import { withDeadline } from '../../async/deadline.ts';
import { authorised, REQUEST_TIMEOUT } from '../authorised.ts';
import { type Access, ProviderError } from '../port.ts';
import { failureOf, unanswered } from './failure.ts';
import { ofMailbox } from './mailbox.ts';

export interface ReadOptions {
  query?: Record<string, string>;
  /** More preferences for the header Prefer. */
  prefer?: string[];
  signal?: AbortSignal | undefined;
}

/** Every method throws ProviderError. */
export interface GraphClient {
  /** @param path below `/v1.0`, or a link that an answer held. `/me` is the mailbox that the access is for. */
  read<T extends object>(access: Access, path: string, options?: ReadOptions): Promise<T>;
  write<T extends object>(
    access: Access,
    method: 'post' | 'patch',
    path: string,
    content: object,
  ): Promise<T>;
  remove(access: Access, path: string): Promise<void>;
  /** A link without the configured root, query as it came; may be given to `read` at any later time. */
  relative(link: string): string;
}

type Method = 'get' | 'post' | 'patch' | 'delete';

export function createClient(graphUrl: string): GraphClient {
  const root = new URL(graphUrl.replace(/\/+$/, ''));
  const rootPath = root.pathname.replace(/\/+$/, '');
  const sdk = Client.initWithMiddleware({
    baseUrl: root.href,
    fetchOptions: { redirect: 'manual' },
    middleware: [createSender(), new HTTPMessageHandler()],
  });

  /** The address of a link, which must lie under the root: whatever an answer says, tokens go nowhere else. */
  function locate(link: string): URL {
    const text = link.startsWith('/') ? `${root.origin}${rootPath}${link}` : link;
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url?.origin === root.origin && url.pathname.startsWith(`${rootPath}/`)) return url;
    throw new ProviderError('rejected', `Microsoft named a link that is not under ${root.href}.`);
  }

  /** @param read takes what is wanted out of an answer that is well, within the same deadline. */
  async function send<T>(
    access: Access,
    method: Method,
    path: string,
    { query = {}, prefer = [], signal }: ReadOptions,
    read: (answer: Response) => Promise<T>,
    content?: object,
  ): Promise<T> {
    const isPath = path.startsWith('/') && !path.startsWith('/v1.0/');
    const url = isPath ? null : locate(path).href;
    const target = isPath ? await ofMailbox(access, path) : '/';
    const attempt = async (token: string, within: AbortSignal): Promise<T> => {
      const request = sdk
        .api(target)
        .query(query)
        // Ids that survive a move to another folder; only if every request asks for them.
        .headers({
          Accept: 'application/json',
          Prefer: ['IdType="ImmutableId"', ...prefer].join(', '),
        })
        .option('signal', within)
        .middlewareOptions([new Sending(token, url)])
        .responseType(ResponseType.RAW);
      const answer = await sent(method, request, content);
      if (!answer.ok) throw await failureOf(answer);
      return read(answer);
    };
    return authorised(
      access,
      (token) =>
        withDeadline(REQUEST_TIMEOUT, signal, (within) => attempt(token, within)).catch((error: unknown) => {
          throw error instanceof ProviderError ? error : unanswered(error);
        }),
      signal,
    );
  }

  return {
    async read<T extends object>(access: Access, path: string, options: ReadOptions = {}) {
      return send(access, 'get', path, options, jsonOf<T>);
    },
    async write<T extends object>(access: Access, method: 'post' | 'patch', path: string, content: object) {
      return send(access, method, path, {}, jsonOf<T>, content);
    },
    async remove(access, path) {
      await send(access, 'delete', path, {}, drained);
    },
    relative(link) {
      const { pathname, search } = locate(link);
      return pathname.slice(rootPath.length) + search;
    },
  };
}

/** What one request needs of the middleware below. */
class Sending implements MiddlewareOptions {
  readonly token: string;
  /** To be asked verbatim: the SDK would rebuild a link's query, and glue an http link onto its root. */
  readonly url: string | null;

  constructor(token: string, url: string | null) {
    this.token = token;
    this.url = url;
  }
}

/** The SDK's own handler would keep the token back from every host but Microsoft's, and from all of http. */
function createSender(): Middleware {
  let next: Middleware | undefined;
  return {
    setNext(middleware) {
      next = middleware;
    },
    async execute(context: Context) {
      const sending = context.middlewareControl?.getMiddlewareOptions(Sending);
      if (sending instanceof Sending) {
        const headers = new Headers(context.options?.headers as Record<string, string>);
        headers.set('Authorization', `Bearer ${sending.token}`);
        context.options = { ...context.options, headers };
        if (sending.url !== null) context.request = sending.url;
      }
      await next?.execute(context);
    },
  };
}

type SdkRequest = ReturnType<Client['api']>;

const sent = (method: Method, request: SdkRequest, content?: object): Promise<Response> =>
  method === 'post' || method === 'patch' ? request[method](content) : request[method]();

/** For an answer whose content does not matter; its connection is free for the next request once it is read. */
async function drained(answer: Response): Promise<void> {
  await answer.arrayBuffer();
}

async function jsonOf<T extends object>(answer: Response): Promise<T> {
  const data: unknown = JSON.parse(await answer.text());
  if (typeof data === 'object' && data !== null) return data as T;
  throw new ProviderError('transient', 'Microsoft answered with something that is no JSON object.');
}
