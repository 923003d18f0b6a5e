/** Answers of some 3.7 MB, as much as the public may be sent at once, asked for in number by callers who read and by others who don't. */
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { daily, makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { readMetrics } from '../harness/metrics.ts';
import { closedFor, dialFrom, many, post, postText, untilClosedFor } from './attacker.fixture.ts';
import { attackerAddress, type SmallGateway, startSmallGateway } from './small-gateway.fixture.ts';

const TIMEOUT = 300_000;
/** Just under what is large. */
const OPERATIONS = 80;
/** Of one address, which may have more. */
const SOCKETS = 60;

let gateway: SmallGateway;
/** @param alias so that no two questions are equal */
let question: (alias: string) => string;
beforeAll(async () => {
  gateway = await startSmallGateway();
  const name = '会'.repeat(200);
  const host = await makeHost(gateway.admin, 'ada', { name, workingHours: daily('00:00', '24:00') });
  const eventType = await makeEventType(gateway.admin, host, 'talk', { length: 'PT15M', interval: 'PT15M' });
  const input = { eventType, from: '2050-01-01T00:00:00Z', to: '2050-03-04T00:00:00Z' };
  question = (alias) =>
    JSON.stringify({
      query: `query ($input: AvailabilityInput!) { ${alias}: availability(input: $input) { slots { hosts { name } } } }`,
      variables: { input },
    });
}, 120_000);
afterAll(() => gateway?.close());

async function residentMegabytes(): Promise<number> {
  const bytes = /^process_resident_memory_bytes (\S+)$/m.exec(await readMetrics(gateway.url))?.[1];
  return Math.round(Number(bytes) / 1024 / 1024);
}

/** Asks on a connection of its own, and counts what comes, which costs this process less than to read it. */
async function askFor(alias: string): Promise<{ status: string; bytes: number }> {
  const socket = await dialFrom(gateway.url, attackerAddress());
  let [status, bytes] = ['', 0];
  socket.on('data', (chunk) => {
    status ||= chunk.toString('latin1', 0, 'HTTP/1.1 200'.length);
    bytes += chunk.length;
  });
  const body = question(alias);
  socket.write(postText(body, body.length, ['connection: close']));
  await once(socket, 'close');
  return { status, bytes };
}

it('operations just under what is large are answered or refused, however many come at once, and small ones pass them', {
  timeout: TIMEOUT,
}, async () => {
  let [over, highest, small] = [0, 0, 0];
  const answers = await gateway.attacked(async () => {
    const answers = many(OPERATIONS, (index) => askFor(`a${index}`).finally(() => over++));
    while (over < OPERATIONS) {
      // Each from an address of its own: how many are asked meanwhile depends on the machine, and an address may ask so often only.
      const { status, body } = await post(`${gateway.url}/graphql`, {
        body: '{"query":"{ viewer { kind } }"}',
      });
      expect({ status, ...JSON.parse(body) }).toEqual({
        status: 200,
        data: { viewer: { kind: 'ANONYMOUS' } },
      });
      if (over < OPERATIONS) small += 1;
      highest = Math.max(highest, await residentMegabytes());
    }
    return answers;
  });
  process.stderr.write(`highest resident memory: ${highest} MB\n`);
  expect(small).toBeGreaterThan(0);
  for (const { status, bytes } of answers) {
    expect(status).toMatch(/^HTTP\/1.1 (200|429)$/);
    if (status.endsWith('200')) expect(bytes).toBeGreaterThan(3_500_000);
  }
});

it('answers that one address leaves unread are cut off once they are too much, and a modest reader has hers whole', {
  timeout: TIMEOUT,
}, async () => {
  const before = await closedFor(gateway.url, 'unread budget');
  const text = postText(question('availability'));
  const modest = await dialFrom(gateway.url, attackerAddress());
  modest.pause();
  modest.write(text);
  const greedy = attackerAddress();
  const sockets = await many(SOCKETS, async () => {
    const socket = await dialFrom(gateway.url, greedy);
    socket.pause();
    // The system's own buffers take the first.
    socket.write(text.repeat(4));
    return socket;
  });
  await untilClosedFor(gateway.url, 'unread budget', before + 1);
  let read = 0;
  const whole = new Promise<void>((resolve) => {
    modest.on('data', (bytes) => {
      read += bytes.length;
      if (read > 3_500_000) resolve();
    });
  });
  modest.resume();
  await Promise.race([whole, once(modest, 'close')]);
  expect(read).toBeGreaterThan(3_500_000);
  for (const socket of [...sockets, modest]) socket.destroy();
});
