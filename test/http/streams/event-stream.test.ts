import { once } from 'node:events';
import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EventStream, onDisconnect, openEventStream } from '../../../src/http/streams/event-stream.ts';
import { createMetrics, type Metrics } from '../../../src/metrics.ts';
import { until } from '../../harness/eventually.ts';
import { dial } from '../raw-tcp.fixture.ts';

let server: Server;
let metrics: Metrics;
let reader: Socket;
let response: ServerResponse;
let stream: EventStream;
let drained: number;
beforeEach(async () => {
  metrics = createMetrics();
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  reader = await dial(`http://127.0.0.1:${address.port}`);
  reader.pause();
  const asked = once(server, 'request');
  reader.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  const [request, answer] = (await asked) as [IncomingMessage, ServerResponse];
  response = answer;
  drained = 0;
  stream = openEventStream(request, response, { metrics, onDrain: () => void drained++ });
});
afterEach(async () => {
  reader.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Sends whenever the stream is ready, until the network takes no more. */
async function fill() {
  const frame = { etag: 'a', result: Buffer.alloc(256 * 1024, 'x') };
  let before = -1;
  await until(() => {
    if (before === response.writableLength && !stream.ready()) return true;
    before = response.writableLength;
    if (stream.ready()) stream.send(frame);
    return false;
  });
}

/** Why streams were ended, as counted. */
async function reasons() {
  const { values } = await metrics.streamsEnded.get();
  return values.map(({ labels, value }) => [labels.reason, value]);
}

const ENDS: [string, (of: EventStream) => void][] = [
  ['cut', ({ abort }) => abort('forbidden')],
  ['sent away', ({ goAway }) => goAway()],
  ['completed', ({ end }) => end()],
];

describe('an event stream whose reader does not read', () => {
  it.each(ENDS)('takes no more once it was %s, whatever comes then', async (_how, end) => {
    await fill();
    end(stream);
    const waiting = response.writableLength;
    expect(stream.ready()).toBe(false);
    for (const [, again] of ENDS) again(stream);
    stream.beat();
    stream.beat();
    expect(response.writableLength).toBeLessThanOrEqual(waiting);
    expect((await reasons()).length).toBeLessThanOrEqual(1);
  });

  it.each(ENDS)('still gets what was written before it was %s', async (how, end) => {
    await fill();
    end(stream);
    stream.beat();
    let text = '';
    reader.on('data', (bytes: Buffer) => {
      text = (text + bytes.toString('latin1')).slice(-100);
    });
    reader.resume();
    if (how === 'completed')
      await until(async () => text.endsWith('event: complete\ndata:\n\n\r\n0\r\n\r\n'));
    else await once(reader, 'end');
    expect(text).toMatch(/\r\n0\r\n\r\n$/);
    expect(text.includes('complete')).toBe(how === 'completed');
  });

  it('is given up when it took nothing between two signs of life', async () => {
    await fill();
    stream.beat();
    stream.beat();
    expect(response.destroyed).toBe(false);
    stream.beat();
    expect(response.destroyed).toBe(true);
    expect(await reasons()).toEqual([['silent', 1]]);
  });

  it('is notified when it may send more, once the client reads again', async () => {
    await fill();
    reader.resume();
    await until(async () => drained === 1);
    expect(stream.ready()).toBe(true);
  });
});

describe('an event stream whose reader reads', () => {
  it('gets a sign of life at each beat, and is never given up', async () => {
    let text = '';
    reader.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
    });
    reader.resume();
    await until(async () => text.includes('retry: '));
    for (let i = 1; i <= 20; i++) {
      stream.beat();
      await until(async () => text.match(/\r\n:\n\n\r\n/g)?.length === i);
    }
    expect(response.destroyed).toBe(false);
    expect(await reasons()).toEqual([]);
  });
});

it('answers of one connection have one listener for its end, and each is notified of it once', async () => {
  const socket = new Socket();
  const before = socket.listenerCount('close');
  const notified: number[] = [];
  const answers = Array.from({ length: 16 }, (_, i) => {
    const request = new IncomingMessage(socket);
    const answer = new ServerResponse(request);
    for (const each of [3 * i, 3 * i + 1, 3 * i + 2])
      onDisconnect(request, answer, () => notified.push(each));
    return answer;
  });
  expect(socket.listenerCount('close')).toBe(before + 1);
  answers[0]?.emit('close');
  expect(notified).toEqual([0, 1, 2]);
  socket.destroy();
  await once(socket, 'close');
  for (const answer of answers) answer.emit('close');
  expect(notified.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 48 }, (_, i) => i));
});
