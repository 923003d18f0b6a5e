/** Provider tenants that were connected as a whole. Their secrets are sealed and opened outside the store. */
import { newId } from '../../ids.ts';
import type { Tx } from '../client.ts';
import type { OrganisationConnection } from '../generated/client.ts';
import { pageById, type RowList } from '../lists.ts';

export type { OrganisationConnection };

export const connectionsByIds = (tx: Tx, organisation: string, ids: readonly string[]) =>
  tx.organisationConnection.findMany({ where: { organisationId: organisation, id: { in: [...ids] } } });

export const listConnections = (tx: Tx, organisation: string): RowList<OrganisationConnection> => ({
  read: (page) => {
    const { where, ...order } = pageById(page);
    return tx.organisationConnection.findMany({
      ...order,
      where: { ...where, organisationId: organisation },
    });
  },
  count: () => tx.organisationConnection.count({ where: { organisationId: organisation } }),
});

/** A connection by id, for internal callers that act for one of its accounts: the organisation is not checked. */
export const connectionById = (tx: Tx, id: string) => tx.organisationConnection.findUnique({ where: { id } });

/** Has the organisation connected this subject? */
export const isConnected = async (
  tx: Tx,
  {
    organisationId,
    provider,
    subject,
  }: Pick<OrganisationConnection, 'organisationId' | 'provider' | 'subject'>,
): Promise<boolean> =>
  (await tx.organisationConnection.count({ where: { organisationId, provider, subject } })) > 0;

/** The connection of this subject, locked; made, without a secret, when there is none. */
export async function ensureConnection(
  tx: Tx,
  wanted: Pick<OrganisationConnection, 'organisationId' | 'provider' | 'subject' | 'name'>,
): Promise<OrganisationConnection> {
  const { organisationId, provider, subject, name } = wanted;
  await tx.$executeRaw`
    insert into organisation_connection (id, organisation_id, provider, subject, name)
    values (${newId('OrganisationConnection')}, ${organisationId}, ${provider}, ${subject}, ${name})
    on conflict (organisation_id, provider, subject) do nothing`;
  await tx.$queryRaw`
    select 1 from organisation_connection
    where organisation_id = ${organisationId} and provider = ${provider} and subject = ${subject} for no key update`;
  return tx.organisationConnection.findUniqueOrThrow({
    where: { organisationId_provider_subject: { organisationId, provider, subject } },
  });
}

export const changeConnection = (
  tx: Tx,
  id: string,
  data: Partial<Pick<OrganisationConnection, 'name' | 'secret'>>,
) => tx.organisationConnection.update({ where: { id }, data });

/** Accounts that lost their grant through this connection, locked. */
export async function lockRevokedAccounts(tx: Tx, connection: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id from account where connection_id = ${connection} and status = 'AUTH_REVOKED'
    order by id for no key update`;
  return rows.map((row) => row.id);
}
