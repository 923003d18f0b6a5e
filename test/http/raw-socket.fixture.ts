/**
 * A socket that speaks graphql-transport-ws by hand: it says what no client would, and holds every frame that it hears
 * against the protocol.
 */
import { once } from 'node:events';
import { type FormattedExecutionResult, type Message, MessageType, validateMessage } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface Closing {
  code: number;
  reason: string;
}

export interface RawSocket {
  /** Objects as JSON, strings as text, buffers as binary frames. */
  say(...messages: (object | string | Buffer)[]): void;
  /** The next message not taken yet, of this operation if one is named. Rejects when the socket is closed. */
  hear(id?: string): Promise<Message>;
  /** Begins an operation and resolves with all its messages, the one that ends it last. */
  ask(
    query: string,
    more?: { id?: string; variables?: object; operationName?: string | null },
  ): Promise<Message[]>;
  /** All not taken yet that was sent before the server read this; for what must not come. */
  settled(): Promise<Message[]>;
  /** Once the server closes. */
  closed: Promise<Closing>;
  isOpen(): boolean;
  ws: WebSocket;
  close(): Promise<void>;
}

export interface OpenOptions {
  protocol?: string | string[];
  headers?: Record<string, string>;
  /** Whom to trust, where the address is https. */
  tls?: { ca: string; servername: string };
}

export const socketUrl = (url: string) => `${url.replace(/^http/, 'ws')}/graphql`;

/** An upgraded socket that has said nothing yet. */
export async function openSocket(url: string, options: OpenOptions = {}): Promise<RawSocket> {
  const { protocol = 'graphql-transport-ws', headers = {}, tls } = options;
  const ws = new WebSocket(socketUrl(url), protocol, { headers, ...tls });
  const raw = listenTo(ws);
  await once(ws, 'open');
  return raw;
}

/** One that was acknowledged. */
export async function connectSocket(
  url: string,
  payload?: object,
  options?: OpenOptions,
): Promise<RawSocket> {
  const raw = await openSocket(url, options);
  raw.say({ type: 'connection_init', ...(payload ? { payload } : {}) });
  const ack = await raw.hear();
  if (ack.type !== MessageType.ConnectionAck) throw new Error(`not acknowledged: ${JSON.stringify(ack)}`);
  return raw;
}

interface Waiter {
  wants(message: Message): boolean;
  resolve(message: Message): void;
  reject(error: Error): void;
}

function listenTo(ws: WebSocket): RawSocket {
  const heard: Message[] = [];
  const waiting: Waiter[] = [];
  let failure: Error | null = null;
  let pings = 0;
  let ids = 0;

  function fail(error: Error) {
    failure ??= error;
    for (const { reject } of waiting.splice(0)) reject(failure);
  }
  ws.on('message', (data, isBinary) => {
    try {
      const message = checked(String(data), isBinary);
      const place = waiting.findIndex(({ wants }) => wants(message));
      if (place < 0) heard.push(message);
      else waiting.splice(place, 1)[0]?.resolve(message);
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });
  ws.on('error', fail);
  const closed = new Promise<Closing>((resolve) => {
    ws.once('close', (code, reason) => {
      fail(new Error(`closed with ${code} ${reason}`));
      resolve({ code, reason: String(reason) });
    });
  });

  function take(wants: Waiter['wants']): Promise<Message> {
    const place = heard.findIndex(wants);
    const found = place < 0 ? undefined : heard.splice(place, 1)[0];
    if (found) return Promise.resolve(found);
    if (failure) return Promise.reject(failure);
    return new Promise((resolve, reject) => waiting.push({ wants, resolve, reject }));
  }
  const hear = (id?: string) => take((message) => id === undefined || idOf(message) === id);
  const say = (...messages: (object | string | Buffer)[]) => {
    for (const message of messages) {
      ws.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
    }
  };

  return {
    ws,
    say,
    hear,
    closed,
    isOpen: () => ws.readyState === WebSocket.OPEN,
    async ask(query, { id = `asked ${++ids}`, ...more } = {}) {
      say({ id, type: 'subscribe', payload: { query, ...more } });
      const messages: Message[] = [];
      for (;;) {
        const message = await hear(id);
        messages.push(message);
        if (message.type !== MessageType.Next) return messages;
      }
    },
    async settled() {
      const settled = ++pings;
      const before: Message[] = [];
      const answered = take((message) => {
        if (message.type !== MessageType.Pong || message.payload?.settled !== settled) return false;
        before.push(...heard.splice(0));
        return true;
      });
      say({ type: 'ping', payload: { settled } });
      await answered;
      return before;
    },
    async close() {
      if (ws.readyState === WebSocket.CLOSED) return;
      ws.close(1000);
      await closed;
    },
  };
}

const idOf = (message: Message) => ('id' in message ? message.id : undefined);

const FIELDS: Partial<Record<MessageType, string[]>> = {
  [MessageType.ConnectionAck]: ['payload', 'type'],
  [MessageType.Ping]: ['payload', 'type'],
  [MessageType.Pong]: ['payload', 'type'],
  [MessageType.Next]: ['id', 'payload', 'type'],
  [MessageType.Error]: ['id', 'payload', 'type'],
  [MessageType.Complete]: ['id', 'type'],
};

/** @throws when no server may send this */
function checked(text: string, isBinary: boolean): Message {
  if (isBinary) throw new Error('a binary frame came');
  const message = validateMessage(JSON.parse(text));
  const allowed = FIELDS[message.type];
  const strange = Object.keys(message).filter((name) => !allowed?.includes(name));
  if (!allowed || strange.length > 0) throw new Error(`not of the protocol: ${text}`);
  if (message.type === MessageType.Next) {
    const parts = Object.keys(message.payload);
    if (!parts.includes('data') && !parts.includes('errors'))
      throw new Error(`neither data nor errors: ${text}`);
  }
  return message;
}

/** Of an operation with one result that went well. */
export function resultOf(messages: readonly Message[]): FormattedExecutionResult {
  const [next, complete, ...more] = messages;
  if (next?.type !== MessageType.Next || complete?.type !== MessageType.Complete || more.length > 0) {
    throw new Error(`not one result: ${JSON.stringify(messages)}`);
  }
  return next.payload;
}

/**
 * The codes of an operation that failed. The protocol lets a server say so in `error`, or, of what execution found, in one
 * result before `complete`.
 */
export function codesOf(messages: readonly Message[]): unknown[] {
  const [first] = messages;
  const errors = first?.type === MessageType.Error ? first.payload : resultOf(messages).errors;
  if (first?.type === MessageType.Error && messages.length > 1) throw new Error('more came after the error');
  if (!errors || errors.length === 0) throw new Error(`no error: ${JSON.stringify(messages)}`);
  return errors.map(({ extensions }) => extensions?.code);
}
