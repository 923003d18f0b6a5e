/** Slugs whose spellings differ in case alone are one; those that were stored with capitals keep them. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../e2e/stack.fixture.ts';
import { type MadeHost, makeEventType, makeHost, refusal } from './world.fixture.ts';

let stack: Stack;
let ada: MadeHost;
let database: pg.Client;
beforeAll(async () => {
  stack = await startStack({ sync: false });
  database = new pg.Client({ connectionString: stack.environment.DATABASE_URL });
  await database.connect();
  ada = await makeHost(stack.admin, 'Ada');
  await makeEventType(stack.admin, ada, 'Talk');
}, 120_000);
afterAll(async () => {
  await database?.end();
  await stack?.close();
});

const find = async (owner: string, slug: string) =>
  (
    await stack.anyone<{ eventType: { owner: string; slug: string } | null }>(
      'query ($owner: String!, $slug: String!) { eventType(owner: $owner, slug: $slug) { owner slug } }',
      { owner, slug },
    )
  ).eventType;
const rename = (id: string, slug: string) =>
  stack.admin<{ updateHost: { slug: string } }>(
    `mutation ($id: ID!, $slug: String!) {
      updateHost(id: $id, input: { name: "A host", slug: $slug, timeZone: "UTC" }) { slug } }`,
    { id, slug },
  );
const visit = (path: string) => fetch(`${stack.url}${path}`, { redirect: 'manual' });

describe('slugs', () => {
  it('are stored in small letters and found in any, and taken in all of them', async () => {
    expect(await find('ADA', 'tALK')).toEqual({ owner: 'ada', slug: 'talk' });
    expect(await find('ada', 'walk')).toBeNull();
    expect((await refusal(makeHost(stack.admin, 'aDa'))).code).toBe('CONFLICT');
    expect((await refusal(makeEventType(stack.admin, ada, 'TALK'))).code).toBe('CONFLICT');
    const team = 'mutation { createTeam(input: { name: "Team", slug: "ADA", members: [] }) { id } }';
    expect((await refusal(stack.admin(team))).code).toBe('CONFLICT');
  });

  it('lead from capitals to the page of their own spelling, with the parameters', async () => {
    const moved = await visit('/book/Ada/TALK?embed=inline');
    expect([moved.status, moved.headers.get('location')]).toEqual([308, '/book/ada/talk?embed=inline']);
    expect((await visit('/book/ada/talk')).status).toBe(200);
    expect((await visit('/book/Ada/nothing')).status).toBe(404);
  });

  it('that have capitals from before keep them, are found without, and lose them when they are set anew', async () => {
    const bob = await makeHost(stack.admin, 'bob');
    await makeEventType(stack.admin, bob, 'talk');
    await database.query(`update address set slug = 'Bob' where slug = 'bob'`);
    await database.query(`update host set slug = 'Bob' where slug = 'bob'`);
    expect(await find('bob', 'talk')).toEqual({ owner: 'Bob', slug: 'talk' });
    expect((await visit('/book/Bob/talk')).status).toBe(200);
    expect((await visit('/book/BOB/talk')).headers.get('location')).toBe('/book/Bob/talk');
    expect((await refusal(makeHost(stack.admin, 'bob'))).code).toBe('CONFLICT');
    expect((await rename(bob.id, 'Bob')).updateHost.slug).toBe('Bob');
    expect((await rename(bob.id, 'BOB')).updateHost.slug).toBe('bob');
    expect(await find('Bob', 'talk')).toEqual({ owner: 'bob', slug: 'talk' });
  });
});
