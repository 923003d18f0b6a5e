/** Requests to Microsoft Graph through its SDK: tokens, links, deadline. Its own retries can hang for minutes and are left out. */
import {
  Client,
  type Context,
  HTTPMessageHandler,
  type Middleware,
  type MiddlewareOptions,
  ResponseType,
} from '@microsoft/microsoft-graph-client';
import { authorised } from '../authorised.ts';
import { deadline } from '../deadline.ts';
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

  async function send(access: Access, method: Method, path: string, options: ReadOptions, content?: object) {
    const isPath = path.startsWith('/') && !path.startsWith('/v1.0/');
    const url = isPath ? null : locate(path).href;
    const target = isPath ? await ofMailbox(access, path) : '/';
    return authorised(
      access,
      async (token) => {
        const request = sdk
          .api(target)
          .query(options.query ?? {})
          // Ids that survive a move to another folder; only if every request asks for them.
          .headers({
            Accept: 'application/json',
            Prefer: ['IdType="ImmutableId"', ...(options.prefer ?? [])].join(', '),
          })
          .option('signal', deadline(options.signal))
          .middlewareOptions([new Sending(token, url)])
          .responseType(ResponseType.RAW);
        const answer = await sent(method, request, content);
        if (!answer.ok) throw await failureOf(answer);
        return answer;
      },
      options.signal,
    );
  }

  return {
    async read<T extends object>(access: Access, path: string, options: ReadOptions = {}) {
      return jsonOf<T>(await send(access, 'get', path, options));
    },
    async write<T extends object>(access: Access, method: 'post' | 'patch', path: string, content: object) {
      return jsonOf<T>(await send(access, method, path, {}, content));
    },
    async remove(access, path) {
      await send(access, 'delete', path, {});
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

async function sent(method: Method, request: SdkRequest, content?: object): Promise<Response> {
  try {
    return method === 'post' || method === 'patch' ? await request[method](content) : await request[method]();
  } catch (error) {
    throw unanswered(error);
  }
}

async function jsonOf<T extends object>(answer: Response): Promise<T> {
  let data: unknown;
  try {
    data = JSON.parse(await answer.text());
  } catch (error) {
    throw unanswered(error);
  }
  if (typeof data === 'object' && data !== null) return data as T;
  throw new ProviderError('transient', 'Microsoft answered with something that is no JSON object.');
}
