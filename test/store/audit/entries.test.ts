import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../../src/ids.ts';
import { audited, recordChange } from '../../../src/store/audit/audited.ts';
import {
  eraseAuditDetails,
  insertAuditEntry,
  type NewAuditEntry,
  pruneAuditEntries,
} from '../../../src/store/audit/entries.ts';
import { createPruneAudit } from '../../../src/store/audit/retention.ts';
import { closeStore, createStore, type Store } from '../../../src/store/client.ts';
import { DAY } from '../../../src/time/clock.ts';
import { type FreshDatabase, freshDatabase } from '../../harness/postgres.ts';

/** From 24 on Node needs to follow no promise for what is stored beside it. */
const FOLLOWS = Number(process.versions.node.split('.')[0]) < 24;
const FOLLOWED = fileURLToPath(new URL('followed.fixture.ts', import.meta.url));

let database: FreshDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url, { max: 3 });
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});
beforeEach(() => pruneAuditEntries(store, Date.now() + DAY, 1_000));

const ENTRY: NewAuditEntry = {
  actor: 'operator',
  actorName: null,
  address: '192.0.2.1',
  organisation: 'org_1',
  action: 'updateHost',
  subject: 'host_1',
  before: { name: 'Ada', slug: 'ada' },
  after: { name: 'Grace', slug: 'ada' },
};
const entries = () => store.auditEntry.findMany({ orderBy: { id: 'asc' } });

describe('the audit log', () => {
  it('has of a change the fields that differ', async () => {
    await insertAuditEntry(store, ENTRY);
    const [entry] = await entries();
    expect(entry).toMatchObject({ before: { name: 'Ada' }, after: { name: 'Grace' } });
  });

  it('lets no statement change or delete an entry, whichever role owns the table', async () => {
    await insertAuditEntry(store, ENTRY);
    const before = await entries();
    for (const statement of [
      "update audit_entry set actor = 'nobody'",
      'update audit_entry set before = null, after = null',
      'delete from audit_entry',
      'truncate audit_entry',
    ]) {
      await expect(store.$executeRawUnsafe(statement), statement).rejects.toThrow(
        /rows of audit_entry are never changed or deleted/,
      );
    }
    expect(await entries()).toEqual(before);
  });

  it('forgets what it said of a subject that is erased, and not that it was changed', async () => {
    await insertAuditEntry(store, ENTRY);
    await insertAuditEntry(store, { ...ENTRY, subject: 'host_2' });
    expect(await eraseAuditDetails(store, 'host_1', 10)).toBe(1);
    const [erased, other] = await entries();
    expect(erased).toMatchObject({ subject: 'host_1', action: 'updateHost', before: null, after: null });
    expect(other).toMatchObject({ subject: 'host_2', after: { name: 'Grace' } });
    expect(await eraseAuditDetails(store, 'org_1', 10)).toBe(1);
  });

  it('keeps entries for its time, and deletes older ones some at a time', async () => {
    for (let n = 0; n < 5; n++) await insertAuditEntry(store, ENTRY);
    const now = Date.now();
    await createPruneAudit(store, DAY)(now);
    expect(await entries()).toHaveLength(5);
    expect(await pruneAuditEntries(store, now + DAY, 3)).toBe(3);
    await createPruneAudit(store, DAY)(now + 2 * DAY);
    expect(await entries()).toEqual([]);
  });
});

describe('an audited change', () => {
  const { before: _before, after: _after, ...who } = ENTRY;

  async function addTeam(): Promise<string> {
    const id = newId('Team');
    await store.$executeRaw`insert into organisation (id, name) values ('org', 'Org') on conflict do nothing`;
    await store.team.create({ data: { id, organisationId: 'org', name: 'Old', slug: id } });
    return id;
  }

  it('is followed for as long as it is made, and after it no promise of the process is', async () => {
    // In a process of its own, as what tests before left behind may be followed in this one.
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', FOLLOWED]);
    expect(JSON.parse(stdout)).toEqual({ before: false, during: [FOLLOWS, FOLLOWS, FOLLOWS], after: false });
  });

  it('commits together with its entry, or neither does', async () => {
    const id = await addTeam();
    const change = { ...who, action: 'updateTeam', subject: id, creates: null };
    const broken = audited(store, change, () =>
      store.$transaction(async (tx) => {
        await tx.team.update({ where: { id }, data: { name: 'New' } });
        throw new Error('broken off');
      }),
    );
    await expect(broken).rejects.toThrow('broken off');
    expect(await entries()).toEqual([]);
    const failedLater = audited(store, change, async () => {
      await store.$transaction((tx) => tx.team.findFirst());
      await store.$transaction((tx) => tx.team.update({ where: { id }, data: { name: 'New' } }));
      throw new Error('after the commit');
    });
    await expect(failedLater).rejects.toThrow('after the commit');
    expect(await entries()).toMatchObject([{ subject: id, before: { name: 'Old' }, after: { name: 'New' } }]);
  });

  it('has one entry, also where nothing is other than it was, and none when it was refused', async () => {
    const id = await addTeam();
    const change = { ...who, action: 'updateTeam', subject: id, creates: null };
    await audited(store, change, async () => 'as it was');
    await audited(store, change, async () => ({ refusal: 'ProviderRefused' }));
    expect(await entries()).toMatchObject([{ subject: id, before: null, after: null }]);
  });

  it('of several transactions has its entry in the first that says so, with what the later ones make of it', async () => {
    const id = await addTeam();
    const change = { ...who, action: 'updateTeam', subject: id, creates: null };
    const seen: unknown[] = [];
    await audited(store, change, async () => {
      await store.$transaction((tx) => tx.team.findFirst());
      await store.$transaction(async (tx) => {
        recordChange(tx, { name: 'New' });
        await tx.team.findFirst();
      });
      seen.push(...(await entries()));
      await store.$transaction((tx) => tx.team.update({ where: { id }, data: { name: 'New' } }));
    });
    expect(seen).toMatchObject([{ subject: id, before: { name: 'Old' }, after: { name: 'New' } }]);
    expect(await entries()).toEqual(seen);
  });

  it('names what it made, and has no details of a host that it erased', async () => {
    const [team, host] = [newId('Team'), newId('Host')];
    await audited(store, { ...who, action: 'createTeam', subject: null, creates: 'Team' }, () =>
      store.$transaction((tx) =>
        tx.team.create({ data: { id: team, organisationId: 'org', name: 'T', slug: team } }),
      ),
    );
    await store.$executeRaw`
      insert into host (id, organisation_id, name, slug, time_zone, version) values (${host}, 'org', 'Ada', ${host}, 'UTC', 1)`;
    await audited(store, { ...who, action: 'deleteHost', subject: host, creates: null }, () =>
      store.$transaction((tx) => tx.host.delete({ where: { id: host } })),
    );
    expect(await entries()).toMatchObject([
      { action: 'createTeam', subject: team, before: null, after: { name: 'T', members: null } },
      { action: 'deleteHost', subject: host, before: null, after: null },
    ]);
  });
});
