/**
 * Parses an event stream (WHATWG HTML, "Interpreting an event stream") as its bytes come, wherever they are cut. Written
 * here, because EventSource can neither POST nor report why the server refused a request.
 */

/** One event. `type` is `message` when the stream names none; `id` is the last one named, by this event or before it. */
export interface ServerSentEvent {
  readonly type: string;
  readonly data: string;
  readonly id: string;
}

/** Receives what a stream contains. */
export interface EventStreamListener {
  event(event: ServerSentEvent): void;
  /** Milliseconds that the server asks clients to wait before the next connection. */
  retry?(ms: number): void;
}

/** @returns a function that takes the next bytes. An event without its closing empty line is never dispatched. */
export function createEventStreamParser(listener: EventStreamListener): (bytes: Uint8Array) => void {
  // The decoder drops a byte order mark, and buffers the bytes of a character that was cut.
  const decoder = new TextDecoder();
  let line = '';
  let afterCr = false;
  let [type, data, id] = ['', '', ''];

  function field(name: string, value: string): void {
    if (name === 'data') data += `${value}\n`;
    else if (name === 'event') type = value;
    else if (name === 'id' && !value.includes('\0')) id = value;
    else if (name === 'retry' && /^[0-9]+$/.test(value)) listener.retry?.(Number(value));
  }

  function endLine(text: string): void {
    if (text === '') {
      const event = { type: type || 'message', data: data.slice(0, -1), id };
      const hasData = data !== '';
      [type, data] = ['', ''];
      if (hasData) listener.event(event);
      return;
    }
    const colon = text.indexOf(':');
    if (colon < 0) field(text, '');
    else if (colon > 0) field(text.slice(0, colon), text.slice(colon + 1).replace(/^ /, ''));
  }

  return (bytes) => {
    const text = decoder.decode(bytes, { stream: true });
    if (text === '') return;
    // A CR has ended its line already: an LF that comes after it, in whatever chunk, is its second half.
    let from = afterCr && text.startsWith('\n') ? 1 : 0;
    afterCr = text.endsWith('\r');
    for (const { 0: end, index } of text.matchAll(/\r\n|\r|\n/g)) {
      if (index < from) continue;
      const whole = line + text.slice(from, index);
      line = '';
      from = index + end.length;
      endLine(whole);
    }
    line += text.slice(from);
  };
}
