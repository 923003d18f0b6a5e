import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, it } from 'vitest';
import { createUnreadBudget } from '../../src/http/unread-budget.ts';
import { createMetrics } from '../../src/metrics.ts';
import { systemClock } from '../../src/time/clock.ts';
import { until } from '../harness/eventually.ts';

const MEBIBYTE = 1024 * 1024;

const opened: { servers: Server[]; sockets: Socket[] } = { servers: [], sockets: [] };
afterEach(() => {
  for (const socket of opened.sockets.splice(0)) socket.destroy();
  for (const server of opened.servers.splice(0)) server.close();
});

it('what waits unread over all connections stays within the budget, and who left less is served on', async () => {
  const metrics = createMetrics();
  const budget = createUnreadBudget({ metrics, clock: systemClock, budget: 32 * MEBIBYTE });
  const answer = Buffer.alloc(8 * MEBIBYTE);
  let connections = 0;
  const server = createServer((_request, response) => void response.end(answer));
  // The first connection is one address's, all others another's.
  server.on('connection', (socket: Socket) =>
    budget.watch(socket, connections++ === 0 ? 'a' : 'b', () => {}),
  );
  server.listen(0, '127.0.0.1');
  opened.servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = async () => {
    const socket = connect({ host: '127.0.0.1', port });
    opened.sockets.push(socket);
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    return socket;
  };
  const modest = await ask();
  for (let i = 0; i < 20; i++) await ask();
  await until(async () => {
    const { values } = await metrics.connectionsClosed.get();
    return (values.find(({ labels }) => labels.reason === 'unread budget')?.value ?? 0) >= 15;
  });
  let read = 0;
  modest.on('data', (bytes: Buffer) => {
    read += bytes.length;
  });
  modest.resume();
  await until(() => read > answer.length);
});
