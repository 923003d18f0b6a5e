import { afterAll, beforeAll } from 'vitest';
import { providerContract } from '../../contracts/provider.ts';
import { type RadicaleServer, startRadicale } from '../../harness/radicale.ts';
import { davWorld } from './world.fixture.ts';

let server: RadicaleServer;
beforeAll(async () => {
  server = await startRadicale();
});
afterAll(() => server.close());

providerContract('CalDAV', () => davWorld(server), { without: ['watch', 'write'] });
