import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asker, follow, type GraphqlFailure } from '../e2e/client.fixture.ts';
import { type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';

const { window, iso } = testDay();
const HOURS = {
  timeZone: 'UTC',
  weekly: [{ days: ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], start: '09:00', end: '12:00' }],
};

let stack: Stack;
let host: string;
let other: string;
let input: { eventType: string; from: string; to: string };

beforeAll(async () => {
  stack = await startStack();
  const makeHost = async (slug: string) =>
    (
      await stack.admin<{ createHost: { id: string } }>(
        'mutation ($input: CreateHostInput!) { createHost(input: $input) { id } }',
        { input: { name: slug, slug, timeZone: 'UTC', workingHours: HOURS } },
      )
    ).createHost.id;
  [host, other] = [await makeHost('ada'), await makeHost('bob')];
  const { createEventType } = await stack.admin<{ createEventType: { id: string } }>(
    'mutation ($input: EventTypeInput!) { createEventType(input: $input) { id } }',
    { input: { owner: 'ada', slug: 'intro', title: 'Intro', length: 'PT1H', hosts: [host] } },
  );
  input = { eventType: createEventType.id, ...window };
});
afterAll(() => stack.close());

interface Block {
  id: string;
  start: string;
  end: string;
  kind: string;
  title: string | null;
  host: { id: string };
}
const FIELDS = 'id start end kind title host { id }';

const create = async (wish: object) =>
  (
    await stack.admin<{ createBlock: Block }>(
      `mutation ($input: BlockInput!) { createBlock(input: $input) { ${FIELDS} } }`,
      { input: wish },
    )
  ).createBlock;
const update = async (id: string, wish: object) =>
  (
    await stack.admin<{ updateBlock: Block }>(
      `mutation ($id: ID!, $input: BlockInput!) { updateBlock(id: $id, input: $input) { ${FIELDS} } }`,
      { id, input: wish },
    )
  ).updateBlock;
const remove = (id: string) => stack.admin('mutation ($id: ID!) { deleteBlock(id: $id) }', { id });
const starts = async () => {
  const { availability } = await stack.anyone<{ availability: { slots: { start: string }[] } }>(
    'query ($input: AvailabilityInput!) { availability(input: $input) { slots { start } } }',
    { input },
  );
  return availability.slots.map(({ start }) => start);
};
const failure = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: GraphqlFailure) => error.errors[0]?.extensions,
  );

describe('A block', () => {
  it('takes its time at once, moves and gives it back, pushed to open pages', async () => {
    const [nine = '', ten = '', eleven = '', noon = ''] = iso('09:00', '10:00', '11:00', '12:00');
    const page = follow(stack.url, input);
    await page.next();
    expect(page.starts()).toEqual([nine, ten, eleven]);

    const block = await create({ host, start: ten, end: eleven, title: 'Dentist' });
    expect(block).toMatchObject({
      start: ten,
      end: eleven,
      kind: 'BUSY',
      title: 'Dentist',
      host: { id: host },
    });
    expect(await starts()).toEqual([nine, eleven]);
    await page.next();
    expect(page.starts()).toEqual([nine, eleven]);

    const moved = await update(block.id, { host, start: eleven, end: noon, kind: 'BUSY_UNAVAILABLE' });
    expect(moved).toMatchObject({ id: block.id, start: eleven, kind: 'BUSY_UNAVAILABLE', title: null });
    expect(await starts()).toEqual([nine, ten]);

    const { node, host: found } = await stack.admin<{ node: Block; host: { blocks: Block[] } }>(
      `query ($id: ID!, $host: ID!, $from: DateTime!, $to: DateTime!) {
        node(id: $id) { ... on Block { ${FIELDS} } }
        host(id: $host) { blocks(from: $from, to: $to) { id } }
      }`,
      { id: block.id, host, ...window },
    );
    expect(node).toEqual(moved);
    expect(found.blocks).toEqual([{ id: block.id }]);

    await update(block.id, { host: other, start: eleven, end: noon });
    expect(await starts()).toEqual([nine, ten, eleven]);
    await remove(block.id);
    expect(await failure(remove(block.id))).toMatchObject({ code: 'NOT_FOUND' });
    await page.close();
  });

  it('that is tentative blocks by the event type’s rule, and is reported as what it is', async () => {
    const [ten = '', eleven = ''] = iso('10:00', '11:00');
    const { id } = await create({ host, start: ten, end: eleven, kind: 'BUSY_TENTATIVE' });
    const { busy } = await stack.admin<{ busy: { periods: object[] }[] }>(
      `query ($host: ID!, $from: DateTime!, $to: DateTime!) {
        busy(hosts: [$host], from: $from, to: $to) { periods { start end kind } }
      }`,
      { host, ...window },
    );
    expect(busy[0]?.periods).toEqual([{ start: ten, end: eleven, kind: 'BUSY_TENTATIVE' }]);
    expect(await starts()).not.toContain(ten);
    await remove(id);
  });

  it('is refused backwards, too long, with a long title, of nobody, and to the public', async () => {
    const [ten = '', eleven = ''] = iso('10:00', '11:00');
    const wish = { host, start: ten, end: eleven };
    expect(await failure(create({ ...wish, end: ten }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'input.end',
    });
    expect(await failure(create({ ...wish, end: '2099-01-01T00:00:00Z' }))).toMatchObject({
      field: 'input.end',
    });
    expect(await failure(create({ ...wish, title: 'x'.repeat(201) }))).toMatchObject({
      field: 'input.title',
    });
    const nobody = 'host_01h455vb4pex5vsknk084sn02q';
    expect(await failure(create({ ...wish, host: nobody }))).toMatchObject({ code: 'NOT_FOUND' });
    const anyone = asker(stack.url);
    expect(
      await failure(
        anyone('mutation ($input: BlockInput!) { createBlock(input: $input) { id } }', { input: wish }),
      ),
    ).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});
