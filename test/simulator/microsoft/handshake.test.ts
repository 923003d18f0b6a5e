/** The validation of a webhook that stays silent. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createEndpointValidator } from '../../../src/simulator/microsoft/handshake.ts';

test('fails the validation of an endpoint that does not respond in time', async () => {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  expect(await createEndpointValidator(20)(`http://127.0.0.1:${port}`)).toMatch(/timed out/);
  server.closeAllConnections();
  server.close();
});
