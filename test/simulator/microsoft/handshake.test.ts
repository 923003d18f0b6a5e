/** The knock at a webhook that stays silent. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createKnock } from '../../../src/simulator/microsoft/handshake.ts';

test('ends when no answer comes in time', async () => {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  expect(await createKnock(20)(`http://127.0.0.1:${port}`)).toMatch(/timed out/);
  server.closeAllConnections();
  server.close();
});
