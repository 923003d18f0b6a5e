/** The public address of some event type, by which one installation is distinguished from another. */
import type { Store } from '../client.ts';

export interface PublicAddress {
  /** Of the event type. */
  id: string;
  /** Slug of its host or team. */
  owner: string;
  slug: string;
}

/** The event type that was made last; null without any. */
export async function findPublicAddress(store: Store): Promise<PublicAddress | null> {
  const [found] = await store.$queryRaw<PublicAddress[]>`
    select e.id, a.slug as owner, e.slug
    from event_type e join address a on a.owner_id = e.owner_id join organisation o on o.id = e.organisation_id
    where e.deleted_at is null and o.deleted_at is null
    order by e.created_at desc limit 1`;
  return found ?? null;
}
