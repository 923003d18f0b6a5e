/** Change lists that tell each item twice, an older state of it first: the last one wins. */
import type { WorldEvent } from './event.ts';

type Json = Record<string, unknown>;

/** An older state comes only of what is told anew behind it, so that a round ends with the truth. */
export function repeated(itemsOf: (event: WorldEvent) => Json[]): (event: WorldEvent) => Json[] {
  return (event) => {
    const items = itemsOf(event);
    const before = new Map(event.previous ? itemsOf(event.previous).map((item) => [item.id, item]) : []);
    return [...items.map((item) => before.get(item.id) ?? item), ...items];
  };
}
