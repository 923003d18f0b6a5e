import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventStreamParser, type ServerSentEvent } from '../../../src/web/live/event-stream-parser.ts';

const encode = (text: string) => new TextEncoder().encode(text);

/** The events of a stream that comes in these pieces. */
function read(...pieces: (string | Uint8Array)[]) {
  const events: ServerSentEvent[] = [];
  const retries: number[] = [];
  const push = createEventStreamParser({
    event: (event) => events.push(event),
    retry: (ms) => retries.push(ms),
  });
  for (const piece of pieces) push(typeof piece === 'string' ? encode(piece) : piece);
  return { events, retries };
}
const received = (...pieces: (string | Uint8Array)[]) => read(...pieces).events;

describe('an event stream', () => {
  it('reads the type of an event, by default message', () => {
    expect(received('event: next\nid: a\ndata: {}\n\ndata:x\n\n')).toEqual([
      { type: 'next', data: '{}', id: 'a' },
      { type: 'message', data: 'x', id: 'a' },
    ]);
  });

  it('joins data lines, and drops one leading space', () => {
    expect(received('data: YHOO\ndata: +2\ndata:  10\n\n')).toEqual([
      { type: 'message', data: 'YHOO\n+2\n 10', id: '' },
    ]);
  });

  it('dispatches an event of empty data, but none without data', () => {
    expect(received('data\n\ndata\ndata\n\ndata:')).toEqual([
      { type: 'message', data: '', id: '' },
      { type: 'message', data: '\n', id: '' },
    ]);
    expect(received('event: complete\n\ndata: x\n\n')).toEqual([{ type: 'message', data: 'x', id: '' }]);
    expect(received('event: complete\ndata:\n\n')).toEqual([{ type: 'complete', data: '', id: '' }]);
  });

  it('ignores comments and unknown fields', () => {
    expect(received(': sign of life\n\n:\nfoo: bar\nData: no\ndata: yes\n\n')).toEqual([
      { type: 'message', data: 'yes', id: '' },
    ]);
  });

  it('keeps an id until another is set, an empty one too, and ignores an id with NUL', () => {
    const ids = received('id: 1\ndata\n\ndata\n\nid: a\0b\ndata\n\nid\ndata\n\n').map(({ id }) => id);
    expect(ids).toEqual(['1', '1', '1', '']);
  });

  it('reads the retry time when it consists of digits', () => {
    expect(read('retry: 2500\nretry: soon\nretry: -1\nretry: 1e3\nretry:\nretry:0\n').retries).toEqual([
      2_500, 0,
    ]);
  });

  it('ends lines by LF, CR and CRLF, also where chunks cut a CRLF', () => {
    for (const end of ['\n', '\r', '\r\n']) {
      expect(received(['data: a', 'data: b', '', 'data: c', '', ''].join(end))).toMatchObject([
        { data: 'a\nb' },
        { data: 'c' },
      ]);
    }
    expect(received('data: a\r', '\ndata: b\r', '', '\n\r', '\n')).toMatchObject([{ data: 'a\nb' }]);
  });

  it('drops one byte order mark', () => {
    const [first, ...rest] = encode('\uFEFFdata: a\n\n');
    expect(received(new Uint8Array([first ?? 0]), new Uint8Array(rest))).toMatchObject([{ data: 'a' }]);
    expect(received('\uFEFF\uFEFFdata: a\n\n')).toEqual([]);
  });

  it('drops an event that the end of the stream cut off', () => {
    expect(received('data: a\n\ndata: b\n')).toMatchObject([{ data: 'a' }]);
  });
});

/** The whole text at once, line by line: what any cutting of its bytes must come to. */
function reference(text: string): ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  let data: string[] = [];
  let [type, id] = ['message', ''];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  for (const line of lines.slice(0, -1)) {
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/su.exec(line) ?? [];
    if (line === '') {
      if (data.length > 0) events.push({ type, data: data.join('\n'), id });
      [data, type] = [[], 'message'];
    } else if (name === 'data') data.push(value);
    else if (name === 'event') type = value || 'message';
    else if (name === 'id' && !value.includes('\0')) id = value;
  }
  return events;
}

it('dispatches the same events wherever the bytes are cut', () => {
  const line = fc.oneof(
    fc.constantFrom(
      '',
      '',
      'data: {"data":{}}',
      'event: next',
      'event',
      ': life',
      'data',
      'id: \0',
      ':',
      ' ',
    ),
    fc
      .tuple(
        fc.constantFrom('data', 'event', 'id', 'x'),
        fc.constantFrom(':', ': '),
        fc.string({ unit: 'binary' }),
      )
      .map((parts) => parts.join('').replace(/[\r\n]/g, '')),
    fc.constantFrom('data: żółć', 'data: 🗓️ 予定', 'id: é'),
  );
  const stream = fc.tuple(
    fc.constantFrom('', '\uFEFF'),
    fc.array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 12 }),
  );
  fc.assert(
    fc.property(stream, fc.array(fc.nat(400), { maxLength: 12 }), ([mark, lines], cuts) => {
      const text = mark + lines.flat().join('');
      const bytes = encode(text);
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
      // A lone surrogate isn't text: what was encoded is what is read.
      expect(received(...pieces)).toEqual(
        reference(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)),
      );
      expect(received(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(received(bytes));
    }),
    { numRuns: 400 },
  );
});
