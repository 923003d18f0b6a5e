/** One operation over each transport, from an address of the test's choice. */
import { connectSocket } from '../raw-socket.fixture.ts';

/** What a gateway needs to believe those addresses. */
export const TRUSTING = { TRUSTED_PROXIES: '127.0.0.0/8' };

let addresses = 0;
/** An address that asked nothing yet. */
export const fresh = () => {
  addresses += 1;
  // Of the range for benchmarks (RFC 2544): all test files of a worker take from these.
  return `198.18.${(addresses >> 8) & 255}.${addresses & 255}`;
};

export interface Asked {
  url: string;
  query: string;
  variables?: object;
  token?: string;
  address?: string;
}

export interface Outcome {
  /** Of an HTTP answer. */
  status: number | null;
  code: string | null;
  bytes: number;
}

const headersOf = ({ token, address = fresh() }: Asked) => ({
  'x-forwarded-for': address,
  ...(token ? { authorization: `Bearer ${token}` } : {}),
});

/** The code of the first error in a text that holds an answer. */
const codeIn = (text: string) => /"extensions":\{[^}]*"code":"([A-Z_]+)"/.exec(text)?.[1] ?? null;

const outcome = async (response: Response): Promise<Outcome> => {
  const text = await response.text();
  return { status: response.status, code: codeIn(text), bytes: Buffer.byteLength(text) };
};

export const TRANSPORTS: Record<string, (asked: Asked) => Promise<Outcome>> = {
  async POST(asked) {
    const { query, variables } = asked;
    return outcome(
      await fetch(`${asked.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headersOf(asked) },
        body: JSON.stringify({ query, variables }),
      }),
    );
  },
  async GET(asked) {
    const { query, variables = {} } = asked;
    const params = new URLSearchParams({ query, variables: JSON.stringify(variables) });
    return outcome(await fetch(`${asked.url}/graphql?${params}`, { headers: headersOf(asked) }));
  },
  async 'event stream'(asked) {
    const { query, variables } = asked;
    const stop = new AbortController();
    const response = await fetch(`${asked.url}/graphql`, {
      method: 'POST',
      headers: {
        ...{ 'content-type': 'application/json', accept: 'text/event-stream, application/json' },
        ...headersOf(asked),
      },
      body: JSON.stringify({ query, variables }),
      signal: stop.signal,
    });
    if (!response.headers.get('content-type')?.includes('event-stream')) return outcome(response);
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (/data: .*\n\n/.test(text)) break;
    }
    stop.abort();
    return { status: response.status, code: codeIn(text), bytes: Buffer.byteLength(text) };
  },
  async WebSocket(asked) {
    const { query, variables, token } = asked;
    const { 'x-forwarded-for': address } = headersOf(asked);
    const socket = await connectSocket(asked.url, token ? { authorization: `Bearer ${token}` } : {}, {
      headers: { 'x-forwarded-for': address },
    });
    socket.say({ id: 'a', type: 'subscribe', payload: { query, ...(variables ? { variables } : {}) } });
    const text = JSON.stringify(await socket.hear('a'));
    await socket.close();
    return { status: null, code: codeIn(text), bytes: Buffer.byteLength(text) };
  },
};
