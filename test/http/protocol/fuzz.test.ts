import { afterAll, beforeAll, expect, it } from 'vitest';
import { schema } from '../../../src/graphql/schema.ts';
import { type SmallGateway, startSmallGateway } from '../../abuse/small-gateway.fixture.ts';
import { daily, makeEventType, makeHost } from '../../graphql/world.fixture.ts';
import { readMetrics } from '../../harness/metrics.ts';
import { seedOf } from '../../harness/numbers.ts';
import { type Random, randomFrom } from '../../ical/fuzz.fixture.ts';
import { type Operation, randomDocument, type Vocabulary } from './documents.fixture.ts';
import { type Outcome, TRANSPORTS, TRUSTING } from './transports.fixture.ts';
import { UNLIMITED } from './world.fixture.ts';

const SEED = seedOf('DOCUMENT_FUZZ_SEED', 1);
/** 20,000 make the full run. */
const DOCUMENTS = Number(process.env.DOCUMENT_FUZZ_RUNS ?? 400);
/** Documents under way at the same time. */
const AT_ONCE = 4;
const PUBLIC_MAX = 4 * 1024 * 1024;
const KEYED_MAX = 32 * 1024 * 1024;
/** What a transport puts around an answer. */
const ENVELOPE = 1_024;

let gateway: SmallGateway;
let words: Vocabulary;
let key: string;
beforeAll(async () => {
  gateway = await startSmallGateway({ ...UNLIMITED, ...TRUSTING, LOG_LEVEL: 'fatal' });
  const hosts = await Promise.all(
    ['ada', 'bob', 'cyd'].map((slug) =>
      makeHost(gateway.admin, slug, { workingHours: daily('00:00', '24:00') }),
    ),
  );
  const [owner = { id: '', slug: '' }] = hosts;
  const ids = hosts.map(({ id }) => id);
  const quarter = { length: 'PT15M', interval: 'PT15M' };
  words = {
    hosts: ids,
    slugs: ['ada', 'bob', 'team', 'alone'],
    eventTypes: [
      await makeEventType(gateway.admin, owner, 'team', { ...quarter, scheduling: 'COLLECTIVE', hosts: ids }),
      await makeEventType(gateway.admin, owner, 'alone', { length: 'PT5M', interval: 'PT1M' }),
    ],
  };
  const { createApiKey } = await gateway.admin<{ createApiKey: { secret: string } }>(
    'mutation { createApiKey(name: "fuzz", scopes: [READ_AVAILABILITY, READ_BUSY]) { secret } }',
  );
  key = createApiKey.secret;
});
afterAll(() => gateway?.close());

const OPERATIONS: readonly Operation[] = ['query', 'query', 'query', 'mutation', 'subscription'];

interface Drawn {
  query: string;
  transport: string;
  token: string | null;
}

function draw(random: Random): Drawn {
  return {
    query: randomDocument(schema, random, words, random.of(OPERATIONS)),
    transport: random.of(Object.keys(TRANSPORTS)),
    token: random.below(5) === 0 ? key : null,
  };
}

/** What is wrong with the answer; null: nothing. */
function faultOf({ status, code, bytes }: Outcome, { token }: Drawn): string | null {
  if (status !== null && status >= 500) return `was answered with ${status}`;
  if (code === 'INTERNAL_SERVER_ERROR') return 'was a fault of the gateway';
  const most = (token ? KEYED_MAX : PUBLIC_MAX) + ENVELOPE;
  return bytes > most ? `has an answer of ${bytes} bytes` : null;
}

/** The longest that the gateway's event loop was held up since this was last asked, by monitorEventLoopDelay. Milliseconds. */
const longestBlock = async () =>
  Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(await readMetrics(gateway.url))?.[1]) * 1_000;

/** How many connections the gateway closed by itself, by reason. */
const connectionsClosed = async () =>
  (await readMetrics(gateway.url)).match(/^slotwire_connections_closed_total.*$/gm);

const turn = () => `longest turn ${Math.round(gateway.longestTurn())} ms on the processor`;

it(`${DOCUMENTS} random documents over all transports are answered or refused, and the gateway stays well`, {
  timeout: 60_000 + DOCUMENTS * 500,
}, async () => {
  console.info(`DOCUMENT_FUZZ_SEED=${SEED}`);
  const random = randomFrom(SEED);
  const codes: Record<string, number> = {};
  const faults: string[] = [];
  let [drawn, answered, largest, block] = [0, 0, 0, 0];
  await longestBlock();

  async function work() {
    while (drawn++ < DOCUMENTS) {
      const asked = draw(random);
      const ask = TRANSPORTS[asked.transport];
      // Node itself refuses an address of more than 16 KB.
      if (!ask || (asked.transport === 'GET' && asked.query.length > 8_000)) continue;
      const { query, token } = asked;
      const outcome = await ask({ url: gateway.url, query, ...(token ? { token } : {}) }).catch(
        (error: Error) => error,
      );
      // On a busy machine the client itself can be too late to introduce itself.
      if (outcome instanceof Error && outcome.message.includes('4408')) continue;
      const fault = outcome instanceof Error ? outcome.message : faultOf(outcome, asked);
      if (fault) faults.push(`over ${asked.transport}, ${fault}: ${query.slice(0, 3_000)}`);
      if (outcome instanceof Error) continue;
      const code = outcome.code ?? 'answered';
      codes[code] = (codes[code] ?? 0) + 1;
      largest = Math.max(largest, outcome.bytes);
      if (++answered % 50 === 0) block = Math.max(block, await longestBlock());
      // How far a full run has come.
      if (answered % 1_000 === 0)
        process.stderr.write(`${answered} documents, longest block ${Math.round(block)} ms, ${turn()}\n`);
    }
  }
  await gateway.attacked(async () => {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    block = Math.max(block, await longestBlock());
    console.info({ ...codes, largest, longestBlock: Math.round(block) }, turn());
    if (faults.length > 0) console.info(await connectionsClosed());
    // Before the gateway's health, which a busy machine can spoil.
    expect(faults).toEqual([]);
  });
  // Documents of both kinds were drawn.
  for (const code of ['answered', 'TOO_COSTLY', 'BAD_USER_INPUT']) expect(codes[code]).toBeGreaterThan(0);
});
