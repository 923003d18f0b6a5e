import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALL, createOutboundWorld, NOW, type OutboundWorld } from './world.fixture.ts';

let world: OutboundWorld;
let folder: string;
beforeAll(async () => {
  world = await createOutboundWorld();
  folder = await mkdtemp(join(tmpdir(), 'slotwire-docs-'));
});
afterAll(async () => {
  await world?.close();
  await rm(folder, { recursive: true });
});

const markdown = await readFile(new URL('../../../docs/webhooks.md', import.meta.url), 'utf8');
const block = (language: string) =>
  new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(markdown)?.[1] ?? '';

/** Names at every depth. */
function names(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return names(value[0], `${path}[]`);
  if (value === null || typeof value !== 'object') return [path];
  return Object.entries(value).flatMap(([name, inner]) => names(inner, `${path}.${name}`));
}

test('docs/webhooks.md verifies what is sent, and nothing else', async () => {
  const file = join(folder, 'verify.ts');
  await writeFile(file, block('ts'));
  const { verify } = (await import(file)) as {
    verify(headers: object, body: string, secret: string, now?: number): { type: string };
  };
  const { secret } = await world.addEndpoint();
  const answers = [{ question: 'company', label: 'Company', kind: 'TEXT', values: ['ACME'] }];
  const metadata = [{ key: 'utm_source', value: 'newsletter' }];
  const booking = await world.addBooking({ guests: ['alan@example.com'], answers, metadata });
  await world.announce('BOOKING_CREATED', booking);
  await world.work();
  const [asked] = world.receiver.asked;
  if (!asked) throw new Error('nothing came');
  const { headers, body } = asked;
  const now = NOW / 1_000;
  expect(verify(headers, body, secret, now).type).toBe('booking.created');
  expect(() => verify(headers, body, secret, now + 301)).toThrow('too old');
  expect(() => verify({ ...headers, 'webhook-timestamp': 'x' }, body, secret, now)).toThrow('too old');
  expect(() => verify(headers, `${body} `, secret, now)).toThrow('not signed');
  expect(() => verify({ ...headers, 'webhook-id': 'msg_2' }, body, secret, now)).toThrow('not signed');
  expect(() => verify({ ...headers, 'webhook-signature': 'v1,' }, body, secret, now)).toThrow('not signed');
  expect(names(JSON.parse(block('json')))).toEqual(names(JSON.parse(body)));
});

test('docs/webhooks.md names every event', () => {
  const types = [...markdown.matchAll(/^\| `(booking\.\w+)` \|/gm)].map(([, type]) => type);
  expect(types).toEqual(ALL.map((event) => event.toLowerCase().replace('_', '.')));
  for (const event of ALL) expect(markdown).toContain(event);
});
