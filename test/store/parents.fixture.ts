/** Rows that others belong to, with nothing in them, for tests that are about their children. Rows that are there stay. */
import type { Store } from '../../src/store/client.ts';

export async function addOrganisations(store: Store, ...ids: string[]): Promise<void> {
  await store.organisation.createMany({ data: ids.map((id) => ({ id, name: id })), skipDuplicates: true });
}

export async function addHosts(store: Store, organisationId: string, ...ids: string[]): Promise<void> {
  await addOrganisations(store, organisationId);
  const data = ids.map((id) => ({ id, organisationId, name: id, slug: id, timeZone: 'UTC', version: 0 }));
  await store.host.createMany({ data, skipDuplicates: true });
}

/** Of one host and account. They have no state. */
export async function addCalendars(store: Store, organisationId: string, ...ids: string[]): Promise<void> {
  const of = { organisationId, hostId: `host-of-${organisationId}`, provider: 'google' } as const;
  await addHosts(store, organisationId, of.hostId);
  const account = { ...of, id: `acc-of-${organisationId}`, subject: 'parents', status: 'CONNECTED' } as const;
  await store.account.createMany({ data: [account], skipDuplicates: true });
  const kind = { name: 'x', primary: false, writable: true, watchable: true };
  const data = ids.map((id) => ({ ...of, ...kind, id, accountId: account.id, externalId: id }));
  await store.calendar.createMany({ data, skipDuplicates: true });
}
