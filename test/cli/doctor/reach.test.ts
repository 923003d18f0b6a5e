import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diagnoseProviders } from '../../../src/cli/doctor/providers.ts';
import { diagnoseInstallation, diagnosePublicUrl } from '../../../src/cli/doctor/public-url.ts';
import { reachClient } from '../../../src/cli/doctor/reach.ts';
import { readConfig } from '../../../src/config.ts';
import { createGuardedClient } from '../../../src/net/client.ts';
import { closeStore, createStore } from '../../../src/store/client.ts';
import { freePort } from '../../harness/ports.ts';
import { freshDatabase } from '../../harness/postgres.ts';
import { type LocalServer, startServer } from '../../net/server.fixture.ts';

const { signal } = new AbortController();
/** Milliseconds; a server that answers has all the time that a busy machine may need. */
const options = { fetch: reachClient, limit: 60_000, signal };

let server: LocalServer;
let url: string;
beforeEach(async () => {
  server = await startServer();
  url = `http://127.0.0.1:${server.port}`;
});
afterEach(() => server.close());

const google = (apiUrl: string) =>
  readConfig({
    GOOGLE_CLIENT_ID: 'g',
    GOOGLE_CLIENT_SECRET: 'geheim',
    GOOGLE_API_URL: apiUrl,
    GOOGLE_TOKEN_URL: `${apiUrl}/token`,
    ALLOW_PRIVATE_NETWORK: 'true',
  });

describe('the doctor on providers', () => {
  it('asks none that is not configured', async () => {
    expect(await diagnoseProviders(readConfig({}), options)).toMatchObject([
      { status: 'ok', finding: expect.stringContaining('neither') },
    ]);
  });

  it('takes any answer for an answer, asks each origin once, and sends nothing of the installation', async () => {
    server.answer((_request, response) => response.writeHead(404).end());
    expect(await diagnoseProviders(google(url), options)).toEqual([
      { check: 'providers', status: 'ok', finding: `Google at ${url} answers`, advice: null },
    ]);
    expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /']);
    expect(JSON.stringify(server.asked)).not.toContain('geheim');
  });

  it('names a refused connection, a name that is not known, and a certificate that is not trusted', async () => {
    const refused = `http://127.0.0.1:${await freePort()}`;
    expect(await diagnoseProviders(google(refused), options)).toMatchObject([
      {
        status: 'failed',
        finding: expect.stringMatching(/\(GOOGLE_API_URL\): connection refused: nothing listens/),
      },
    ]);
    const fetch = createGuardedClient({
      allowPrivate: true,
      resolve: () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })),
    });
    expect(await diagnoseProviders(google('https://api.example'), { ...options, fetch })).toMatchObject([
      { status: 'failed', finding: expect.stringContaining('DNS: the name api.example is not known here') },
    ]);
    const secure = await startServer({ secure: true });
    expect(await diagnoseProviders(google(`https://127.0.0.1:${secure.port}`), options)).toMatchObject([
      { status: 'failed', finding: expect.stringContaining('TLS: the certificate or handshake is refused') },
    ]);
    await secure.close();
  });

  it('ends by itself at one that falls silent', async () => {
    server.answer(() => {});
    expect(await diagnoseProviders(google(url), { ...options, limit: 100 })).toMatchObject([
      { status: 'failed', finding: expect.stringContaining('timeout: no answer within 0.1 s') },
    ]);
  });
});

/** Answers as a gateway does, whose /readyz says so. */
const serve = (status: number, text: string) =>
  server.answer(({ path }, response) => {
    const isReadiness = path === '/readyz';
    response.writeHead(isReadiness ? status : 200).end(isReadiness ? text : 'ok\n');
  });

describe('the doctor on the public URL', () => {
  it('is content with a gateway that can write bookings', async () => {
    serve(200, 'ok\n');
    expect(await diagnosePublicUrl(url, options)).toMatchObject([{ status: 'ok' }]);
  });

  it('fails one whose gateway can write none, with the reason', async () => {
    serve(503, 'the database is read-only\n');
    expect(await diagnosePublicUrl(url, options)).toMatchObject([
      { status: 'failed', finding: expect.stringContaining('the database is read-only') },
    ]);
  });

  it('warns when the proxy keeps /readyz to itself', async () => {
    serve(404, 'not here');
    expect(await diagnosePublicUrl(url, options)).toMatchObject([{ status: 'warning' }]);
  });

  it('fails an address where something else answers, or that leads elsewhere', async () => {
    server.answer((_request, response) => response.end('<h1>Welcome to nginx</h1>'));
    expect(await diagnosePublicUrl(url, options)).toMatchObject([
      { status: 'failed', finding: expect.stringContaining('answers 200, not as a gateway does') },
    ]);
    server.answer((_request, response) =>
      response.writeHead(301, { location: 'https://x.example/healthz' }).end(),
    );
    expect(await diagnosePublicUrl(url, options)).toMatchObject([
      { status: 'failed', finding: expect.stringContaining('answers 301 to https://x.example') },
    ]);
  });

  it('fails one that can not be reached, and one that does not answer in time', async () => {
    const refused = `http://127.0.0.1:${await freePort()}`;
    expect(await diagnosePublicUrl(refused, options)).toMatchObject([
      { status: 'failed', finding: expect.stringContaining('connection refused') },
    ]);
    server.answer(() => {});
    expect(await diagnosePublicUrl(url, { ...options, limit: 100 })).toMatchObject([
      { status: 'failed', finding: expect.stringContaining('timeout') },
    ]);
  });

  it('tells whether it serves this database by an event type of it, asked without a key', async () => {
    const database = await freshDatabase();
    const store = createStore(database.url, { max: 1 });
    const answerWith = (answer: object) =>
      server.answer((_request, response) => response.end(JSON.stringify(answer)));
    try {
      expect(await diagnoseInstallation(store, url, options)).toMatchObject([{ status: 'skipped' }]);
      await store.$executeRaw`insert into organisation (id, name) values ('org', 'Org')`;
      await store.$executeRaw`
        insert into address (slug, organisation_id, owner_id) values ('ada', 'org', 'host')`;
      await store.$executeRaw`
        insert into event_type (id, organisation_id, owner_id, slug, version)
        values ('type', 'org', 'host', 'intro', 1)`;
      answerWith({ data: { eventType: { id: 'type' } } });
      expect(await diagnoseInstallation(store, url, options)).toMatchObject([{ status: 'ok' }]);
      expect(server.asked[0]?.body).toContain('"variables":{"owner":"ada","slug":"intro"}');
      expect(server.asked[0]?.headers.authorization).toBeUndefined();
      answerWith({ data: { eventType: null } });
      expect(await diagnoseInstallation(store, url, options)).toMatchObject([
        { status: 'failed', finding: expect.stringContaining('another database') },
      ]);
      answerWith({ errors: [{ message: 'no' }] });
      expect(await diagnoseInstallation(store, url, options)).toMatchObject([{ status: 'skipped' }]);
    } finally {
      await closeStore(store);
      await database.drop();
    }
  });
});
