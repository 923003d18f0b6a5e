/** Webhook endpoints that receive events of an organisation's bookings. Secrets are sealed and opened outside the store. */
import type { Store, Tx } from '../client.ts';
import type { WebhookEndpoint, WebhookEvent } from '../generated/client.ts';
import { pageById, type RowList } from '../lists.ts';

export type { WebhookEndpoint, WebhookEvent };

export const insertEndpoint = (tx: Tx, endpoint: WebhookEndpoint) =>
  tx.webhookEndpoint.create({ data: endpoint });

export const endpointsByIds = (tx: Tx, organisation: string, ids: readonly string[]) =>
  tx.webhookEndpoint.findMany({ where: { organisationId: organisation, id: { in: [...ids] } } });

export const listEndpoints = (store: Store, organisation: string): RowList<WebhookEndpoint> => ({
  read: (page) => {
    const { where, ...order } = pageById(page);
    return store.webhookEndpoint.findMany({ ...order, where: { ...where, organisationId: organisation } });
  },
  count: () => store.webhookEndpoint.count({ where: { organisationId: organisation } }),
});

/** Waits for the row's lock and keeps it until the transaction ends. */
export async function lockEndpoint(
  tx: Tx,
  organisation: string,
  id: string,
): Promise<WebhookEndpoint | null> {
  await tx.$queryRaw`
    select 1 from webhook_endpoint where id = ${id} and organisation_id = ${organisation} for no key update`;
  const [found] = await endpointsByIds(tx, organisation, [id]);
  return found ?? null;
}

/** The row must be locked. */
export const changeEndpoint = (
  tx: Tx,
  id: string,
  data: Partial<Pick<WebhookEndpoint, 'url' | 'events' | 'active'>>,
): Promise<WebhookEndpoint> => tx.webhookEndpoint.update({ where: { id }, data });

/** Active endpoints that subscribe to an event, locked against deletion until the transaction ends. */
export const subscribedEndpoints = (tx: Tx, organisation: string, event: WebhookEvent) =>
  tx.$queryRaw<{ id: string }[]>`
    select id from webhook_endpoint where organisation_id = ${organisation} and active and ${event} = any(events)
    order by id for key share`;

/** Deletes the endpoint with its messages, pending ones included. @returns false when the organisation has no such endpoint. */
export async function deleteEndpoint(tx: Tx, organisation: string, id: string): Promise<boolean> {
  return (await tx.webhookEndpoint.deleteMany({ where: { id, organisationId: organisation } })).count > 0;
}
