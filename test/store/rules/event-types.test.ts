import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EMPTY_FORM } from '../../../src/form/event-form.ts';
import { closeStore, createStore, type Store } from '../../../src/store/client.ts';
import { pageAfter } from '../../../src/store/lists.ts';
import { claimSlug } from '../../../src/store/rows.ts';
import {
  changeEventType,
  eventTypeBySlug,
  eventTypesByIds,
  insertEventType,
  listEventTypes,
} from '../../../src/store/rules/event-types.ts';
import { type FreshDatabase, freshDatabase } from '../../harness/postgres.ts';
import { rules } from '../../offers/world.fixture.ts';
import { addOrganisations } from '../parents.fixture.ts';

const ORG = 'org_one';
const T = Date.UTC(2026, 10, 20);
let database: FreshDatabase;
let store: Store;
let owner: string;
let count = 0;

beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url, { max: 4 });
  await addOrganisations(store, ORG, 'org_list');
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});
beforeEach(async () => {
  owner = `host_${++count}`;
  await claimSlug(store, ORG, `owner-${count}`, owner);
});

const fields = (title: string, hosts = ['host_1']) => ({
  title,
  hosts,
  rules: rules({ seats: title.length }),
  form: EMPTY_FORM,
});
const add = (slug: string, ownerId = owner, organisation = ORG) =>
  store.$transaction((tx) => insertEventType(tx, organisation, { ownerId, slug }, fields('Intro'), T));
const change = (id: string, slug: string, ownerId = owner, title = 'Changed') =>
  store.$transaction((tx) =>
    changeEventType(tx, { id, organisationId: ORG }, { ownerId, slug }, fields(title, ['host_2']), T + 1),
  );

describe('an event type', () => {
  it('is found by id, and at its address, with its current rules', async () => {
    const id = await add('intro');
    const expected = {
      id,
      organisationId: ORG,
      ownerId: owner,
      owner: `owner-${count}`,
      slug: 'intro',
      version: 0,
      ...fields('Intro'),
    };
    expect(await eventTypesByIds(store, [id, 'et_none'])).toEqual([expected]);
    expect(await eventTypeBySlug(store, owner, 'intro')).toEqual(expected);
    expect(await eventTypeBySlug(store, owner, 'Intro')).toEqual(expected);
    expect(await eventTypeBySlug(store, owner, 'intros')).toBeUndefined();
    expect(await eventTypeBySlug(store, 'host_none', 'intro')).toBeUndefined();
  });

  it('changes as a whole, and its earlier rules stay as history', async () => {
    const id = await add('intro');
    await claimSlug(store, ORG, `team-${count}`, `team_${count}`);
    await change(id, 'call', `team_${count}`);
    expect(await eventTypesByIds(store, [id])).toMatchObject([
      { slug: 'call', owner: `team-${count}`, ...fields('Changed', ['host_2']) },
    ]);
    const rows = await store.eventTypeRules.findMany({ where: { eventTypeId: id }, orderBy: { id: 'asc' } });
    expect(
      rows.map(({ title, validFrom, validTo }) => [title, validFrom.getTime(), validTo?.getTime() ?? null]),
    ).toEqual([
      ['Intro', T, T + 1],
      ['Changed', T + 1, null],
    ]);
  });

  it('shares its slug with those of other owners only', async () => {
    const id = await add('intro');
    await add('intro', 'host_elsewhere');
    const other = await add('other');
    const taken = { code: 'CONFLICT', message: 'The owner has an event type with the slug intro already.' };
    await expect(add('intro')).rejects.toMatchObject(taken);
    await expect(change(other, 'intro')).rejects.toMatchObject(taken);
    await expect(change(id, 'intro')).resolves.toBeUndefined();
    await expect(change(id, 'intro', 'host_elsewhere')).rejects.toMatchObject(taken);
    // What was refused changed nothing.
    expect(await eventTypesByIds(store, [other])).toMatchObject([{ slug: 'other', title: 'Intro' }]);
  });

  it('gets a slug that several want at once, or a CONFLICT', async () => {
    const ids = [await add('a'), await add('b')];
    const outcomes = await Promise.allSettled([...ids.map((id) => change(id, 'wanted')), add('wanted')]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'CONFLICT' });
    }
  });

  it('takes changes one after the other', async () => {
    const id = await add('intro');
    await Promise.all(['A', 'B', 'C'].map((title) => change(id, 'intro', owner, title)));
    expect(await store.eventTypeRules.count({ where: { eventTypeId: id } })).toBe(4);
    expect(await store.eventTypeRules.count({ where: { eventTypeId: id, validTo: null } })).toBe(1);
  });

  it('is listed by page, in its own organisation', async () => {
    const made = [await add('a', owner, 'org_list'), await add('b', owner, 'org_list')];
    const ids = async (after?: string) =>
      (await listEventTypes(store, 'org_list').read(pageAfter(1, after))).map(({ id }) => id);
    expect(await ids()).toEqual([made[0]]);
    expect(await ids(made[0])).toEqual([made[1]]);
    expect(await listEventTypes(store, 'org_none').read(pageAfter(5))).toEqual([]);
  });
});
