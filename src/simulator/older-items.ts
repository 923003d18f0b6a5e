/** Change lists with each item twice, an older state of it first: the last one wins. */
import type { WorldEvent } from './event.ts';

type Json = Record<string, unknown>;

/** An older state is listed only of items that are listed again after it, so that a round ends with the present state. */
export function withOlderItems(itemsOf: (event: WorldEvent) => Json[]): (event: WorldEvent) => Json[] {
  return (event) => {
    const items = itemsOf(event);
    const olderItems = new Map(event.previous ? itemsOf(event.previous).map((item) => [item.id, item]) : []);
    return [...items.map((item) => olderItems.get(item.id) ?? item), ...items];
  };
}
