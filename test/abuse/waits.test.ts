/** Peers who do nothing, or next to nothing: each is waited for as long as the limits say, and all of them at the same time. */
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { daily, makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { dialFrom, many, postText, untilClosedFor } from './attacker.fixture.ts';
import { attackerAddress, type SmallGateway, startSmallGateway } from './small-gateway.fixture.ts';

const CONNECTIONS = 50;
const TIMEOUT = 240_000;

let gateway: SmallGateway;
let eventType: string;
beforeAll(async () => {
  gateway = await startSmallGateway();
  const name = '会'.repeat(200);
  const host = await makeHost(gateway.admin, 'ada', { name, workingHours: daily('00:00', '24:00') });
  eventType = await makeEventType(gateway.admin, host, 'talk', { length: 'PT15M', interval: 'PT15M' });
}, 120_000);
afterAll(() => gateway?.close());

/** Connections of one address. */
const dialMany = (count = CONNECTIONS, address = attackerAddress()) =>
  many(count, () => dialFrom(gateway.url, address));

describe.concurrent('a connection', () => {
  it('that says nothing is ended as a request that does not come', { timeout: TIMEOUT }, async ({
    expect,
  }) => {
    await gateway.attacked(async () => {
      const sockets = await dialMany();
      const heads = await Promise.all(sockets.map(async (socket) => String(await once(socket, 'data'))));
      expect(new Set(heads.map((head) => head.split('\r\n')[0]))).toEqual(
        new Set(['HTTP/1.1 408 Request Timeout']),
      );
    });
  });

  it('that sends a body slowly is ended, and was counted before', { timeout: TIMEOUT }, async ({
    expect,
  }) => {
    await gateway.attacked(async () => {
      const sockets = await dialMany();
      const heads: string[] = [];
      for (const socket of sockets) {
        socket.once('data', (bytes) => heads.push(String(bytes).split('\r\n')[0] ?? ''));
        socket.write(postText('{', 1_000));
      }
      await Promise.all(sockets.map((socket) => once(socket, 'close')));
      expect(new Set(heads)).toEqual(new Set(['HTTP/1.1 408 Request Timeout']));
    });
  });

  it('that asks nothing more after its answer is closed', { timeout: TIMEOUT }, async ({ expect }) => {
    await gateway.attacked(async () => {
      const sockets = await dialMany();
      const answers = await Promise.all(
        sockets.map(async (socket) => {
          const answered = once(socket, 'data');
          socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
          const [bytes] = await answered;
          await once(socket, 'close');
          return String(bytes).split('\r\n')[0];
        }),
      );
      expect(new Set(answers)).toEqual(new Set(['HTTP/1.1 200 OK']));
    });
  });

  it('whose answer is not read is closed, and has only a part of it', { timeout: TIMEOUT }, async ({
    expect,
  }) => {
    const query = `query ($input: AvailabilityInput!) { availability(input: $input) { slots { hosts { name } } } }`;
    const input = { eventType, from: '2050-01-01T00:00:00Z', to: '2050-03-04T00:00:00Z' };
    await gateway.attacked(async () => {
      const sockets = await dialMany(10);
      for (const socket of sockets) {
        socket.pause();
        // The system's own buffers take the first.
        socket.write(postText(JSON.stringify({ query, variables: { input } })).repeat(3));
      }
      await untilClosedFor(gateway.url, 'not read', sockets.length);
      for (const socket of sockets) {
        let read = 0;
        socket.on('data', (bytes) => {
          read += bytes.length;
        });
        socket.resume();
        await once(socket, 'close');
        expect(read).toBeLessThan(3 * 3_500_000);
      }
    });
  });
});

it('after all of them a caller is served', async () => {
  expect(await gateway.anyone('{ viewer { kind } }')).toEqual({ viewer: { kind: 'ANONYMOUS' } });
});
