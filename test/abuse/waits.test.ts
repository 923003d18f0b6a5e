/** Peers who do nothing, or next to nothing: each is waited for as long as the limits say, and all of them at the same time. */
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialFrom, many, postText } from './attacker.fixture.ts';
import { attackerAddress, type SmallGateway, startSmallGateway } from './small-gateway.fixture.ts';

const CONNECTIONS = 50;
const TIMEOUT = 240_000;

let gateway: SmallGateway;
beforeAll(async () => {
  gateway = await startSmallGateway();
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
});

it('after all of them a caller is served', async () => {
  expect(await gateway.anyone('{ viewer { kind } }')).toEqual({ viewer: { kind: 'ANONYMOUS' } });
});
