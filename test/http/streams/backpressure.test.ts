import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Backpressure,
  bytesFlushedBy,
  createBackpressure,
  HIGH_WATER_MARK,
  UNREAD_MAX,
} from '../../../src/http/streams/backpressure.ts';
import { until } from '../../harness/eventually.ts';

let server: Server;
/** What is written to, and who reads. */
let wire: Socket;
let reader: Socket;
let outlet: Backpressure;
let drained: number;
beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const accepted = once(server, 'connection');
  reader = connect(address.port, '127.0.0.1');
  const [socket] = (await accepted) as [Socket];
  wire = socket;
  reader.pause();
  drained = 0;
  outlet = createBackpressure({
    wire,
    bytesFlushed: () => bytesFlushedBy(wire),
    onDrain: () => void drained++,
  });
});
afterEach(() => {
  reader.destroy();
  wire.destroy();
  server.close();
});

/** Writes until the network takes no more, and so much more is waiting. */
async function fill(waiting: number) {
  let before = -1;
  await until(() => {
    if (before === bytesFlushedBy(wire) && wire.writableLength > 0) return true;
    before = bytesFlushedBy(wire);
    wire.write(Buffer.alloc(1024 * 1024));
    return false;
  });
  while (wire.writableLength <= waiting) wire.write(Buffer.alloc(64 * 1024));
}

async function readAll() {
  reader.resume();
  await until(async () => wire.writableLength === 0);
}

describe('an outlet', () => {
  it('is ready while little is unread', async () => {
    wire.write(Buffer.alloc(HIGH_WATER_MARK / 2));
    expect([outlet.ready(), outlet.isFull()]).toEqual([true, false]);
    await readAll();
    expect(drained).toBe(0);
  });

  it('is not ready while much is unread, and tells once when it is again', async () => {
    await fill(HIGH_WATER_MARK);
    expect([outlet.ready(), outlet.ready(), outlet.isFull()]).toEqual([false, false, false]);
    await readAll();
    await until(async () => drained > 0);
    expect([drained, outlet.ready()]).toEqual([1, true]);
  });

  it('stays not ready until all was taken, though little is unread by then', async () => {
    await fill(HIGH_WATER_MARK);
    expect(outlet.ready()).toBe(false);
    let early = 0;
    const watching = setInterval(() => {
      if (wire.writableLength > 0 && drained === 0 && outlet.ready()) early++;
    }, 1);
    await readAll();
    clearInterval(watching);
    expect(early).toBe(0);
  });

  it('tells nothing of what nobody waited for', async () => {
    await fill(HIGH_WATER_MARK);
    await readAll();
    expect([drained, outlet.ready()]).toEqual([0, true]);
  });

  it('is full past a few megabytes', async () => {
    await fill(UNREAD_MAX);
    expect(outlet.isFull()).toBe(true);
    await readAll();
    expect(outlet.isFull()).toBe(false);
  });
});

describe('what waits in an outlet', () => {
  it('does not move while nobody reads, and does while somebody does', async () => {
    await fill(UNREAD_MAX);
    outlet.madeProgress();
    expect([outlet.madeProgress(), outlet.madeProgress()]).toEqual([false, false]);
    const waiting = wire.writableLength;
    reader.resume();
    await until(async () => wire.writableLength < waiting);
    reader.pause();
    if (wire.writableLength > 0) expect(outlet.madeProgress()).toBe(true);
    await readAll();
    // Nothing is left to move.
    expect(outlet.madeProgress()).toBe(false);
  });
});
