/** Brands over the API: of an organisation, a host and a team, checked, and out of reach for others. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openConnection } from '../../src/store/connection.ts';
import { pngImage } from '../brand/image.fixture.ts';
import { type Stack, startStack } from '../e2e/stack.fixture.ts';
import { makeHost, makeKey, refusal, secondOrganisation } from './world.fixture.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ sync: false });
});
afterAll(() => stack?.close());

const LOGO = pngImage(120, 40).toString('base64');
const PATH = expect.stringMatching(/^\/logos\/[\w-]{22}\.png$/);
const SET = 'mutation ($input: BrandInput!) { setOrganisationBrand(input: $input) { color logo } }';
const UPDATE_HOST =
  'mutation ($id: ID!, $input: CreateHostInput!) { updateHost(id: $id, input: $input) { brand { color logo } } }';
const OF_ORGANISATION = '{ organisationBrand { color logo } }';

async function rows(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = await openConnection(stack.environment.DATABASE_URL ?? '');
  return (await client.query(text, values).finally(() => client.end())).rows;
}
const brandsOf = (owner: string) => rows('select 1 from brand where owner_id = $1', [owner]);
const hostInput = (slug: string, more: object) => ({ name: slug, slug, timeZone: 'UTC', ...more });

describe('the brand of an organisation', () => {
  it('is nothing at first, and then what was set: fields that are absent stay', async () => {
    expect(await stack.admin(OF_ORGANISATION)).toEqual({ organisationBrand: { color: null, logo: null } });
    await stack.admin(SET, { input: { color: '#0A58Ca' } });
    const both = { color: '#0a58ca', logo: PATH };
    expect(await stack.admin(SET, { input: { logo: LOGO } })).toEqual({ setOrganisationBrand: both });
    expect(await stack.admin(OF_ORGANISATION)).toEqual({ organisationBrand: both });
    await stack.admin(SET, { input: { logo: null } });
    expect(await stack.admin(OF_ORGANISATION)).toEqual({
      organisationBrand: { color: '#0a58ca', logo: null },
    });
  });

  it.each([
    [{ color: 'blue' }, 'input.color: takes a colour as #0b6b5d'],
    [{ color: '' }, 'input.color: takes a colour as #0b6b5d'],
    [{ color: '#fff;}body{display:none}' }, 'input.color: takes a colour as #0b6b5d'],
    [{ logo: 'https://example.com/logo.png' }, 'input.logo: takes a PNG or JPEG image'],
    [{ logo: Buffer.from('<svg/>').toString('base64') }, 'input.logo: takes a PNG or JPEG image'],
  ])('is refused where it can not be shown: %j', async (input, message) => {
    expect(await refusal(stack.admin(SET, { input }))).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining(message),
    });
  });

  it('is its own: another organisation has none of it, and changes its own alone', async () => {
    await stack.admin(SET, { input: { color: '#0a58ca' } });
    const other = await secondOrganisation(stack);
    const { ask } = await makeKey(stack, ['ADMIN'], other.ask);
    expect(await ask(OF_ORGANISATION)).toEqual({ organisationBrand: { color: null, logo: null } });
    await ask(SET, { input: { color: '#123456' } });
    expect(await stack.admin(OF_ORGANISATION)).toMatchObject({ organisationBrand: { color: '#0a58ca' } });
    const host = await makeHost(stack.admin, 'foreign', { brand: { color: '#aa0000' } });
    const change = { id: host.id, input: hostInput('foreign', { brand: { color: '#00aa00' } }) };
    expect(await refusal(ask(UPDATE_HOST, change))).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is an administrator’s to read and to set', async () => {
    const { ask } = await makeKey(stack, ['BOOK']);
    for (const caller of [ask, stack.anyone]) {
      expect((await refusal(caller(SET, { input: {} }))).code).toMatch(/^(FORBIDDEN|UNAUTHENTICATED)$/);
      expect((await refusal(caller(OF_ORGANISATION))).code).toMatch(/^(FORBIDDEN|UNAUTHENTICATED)$/);
    }
  });

  it('is in the audit log, with the name of the logo in place of its bytes', async () => {
    await stack.admin(SET, { input: { color: '#345678', logo: LOGO } });
    const [entry] = await rows(
      `select after->'brand' as brand, length(after::text) < 1000 as short from audit_entry
       where action = 'setOrganisationBrand' and organisation_id is not null order by id desc limit 1`,
    );
    const brand = { color: '#345678', logo: expect.stringMatching(/^[\w-]{22}$/) };
    expect(entry).toEqual({ brand, short: true });
  });
});

describe('the brand of a host or team', () => {
  it('is set with it, stays when an update has none, and goes field by field', async () => {
    const host = await makeHost(stack.admin, 'branded', { brand: { color: '#b3261e', logo: LOGO } });
    const update = async (more: object) =>
      (
        await stack.admin<{ updateHost: { brand: object } }>(UPDATE_HOST, {
          id: host.id,
          input: hostInput('branded', more),
        })
      ).updateHost.brand;
    expect(await update({})).toEqual({ color: '#b3261e', logo: PATH });
    expect(await update({ brand: null })).toEqual({ color: '#b3261e', logo: PATH });
    expect(await update({ brand: { color: null } })).toEqual({ color: null, logo: PATH });
    expect(await update({ brand: { logo: null } })).toEqual({ color: null, logo: null });
    expect(
      await refusal(
        stack.admin(UPDATE_HOST, { id: host.id, input: hostInput('branded', { brand: { color: 'x' } }) }),
      ),
    ).toMatchObject({ field: 'brand.color' });
  });

  it('is the team’s own, and goes with it', async () => {
    const { createTeam } = await stack.admin<{ createTeam: { id: string; brand: object } }>(
      'mutation ($input: CreateTeamInput!) { createTeam(input: $input) { id brand { color logo } } }',
      { input: { name: 'Crew', slug: 'crew', members: [], brand: { color: '0b6b5d', logo: LOGO } } },
    );
    expect(createTeam.brand).toEqual({ color: '#0b6b5d', logo: PATH });
    expect(await brandsOf(createTeam.id)).toHaveLength(1);
    await stack.admin('mutation ($id: ID!) { deleteTeam(id: $id) }', { id: createTeam.id });
    expect(await brandsOf(createTeam.id)).toHaveLength(0);
  });

  it('goes with a host who is erased', async () => {
    const host = await makeHost(stack.admin, 'erased', { brand: { logo: LOGO } });
    await stack.admin('mutation ($id: ID!) { deleteHost(id: $id) }', { id: host.id });
    expect(await brandsOf(host.id)).toHaveLength(0);
  });
});
