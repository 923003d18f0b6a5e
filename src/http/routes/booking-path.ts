/** The spelling of a booking page's address: slugs are found whatever their capitals, and have one spelling. */
import type { Store } from '../../store/client.ts';
import { addressBySlug } from '../../store/rows.ts';
import { eventTypeBySlug } from '../../store/rules/event-types.ts';

/** @returns the path of the event type's page; null when there is no such event type */
export async function bookingPath(store: Store, owner: string, slug: string): Promise<string | null> {
  const address = await addressBySlug(store, owner);
  const eventType = address && (await eventTypeBySlug(store, address.ownerId, slug));
  if (!eventType) return null;
  return `/book/${encodeURIComponent(eventType.owner)}/${encodeURIComponent(eventType.slug)}`;
}
