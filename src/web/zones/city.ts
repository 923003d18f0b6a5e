/** Names of zones as people read them. */

/** The last part of a name; with what stands before it where a state does. */
export function cityOf(id: string): string {
  const parts = id.replaceAll('_', ' ').split('/').slice(1).reverse();
  const isState = ['Indiana', 'Kentucky', 'North Dakota'].includes(parts[1] ?? '');
  return (isState ? parts.join(', ') : parts[0]) ?? id;
}
