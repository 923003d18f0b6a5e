/** Invalidations as one message: `["busy:1",7,"host:2",3]`. */
import type { Invalidation } from '../port.ts';

export const encodeInvalidations = (invalidations: readonly Invalidation[]): string =>
  JSON.stringify(invalidations.flatMap(({ key, version }) => [key, version]));

/** Ignores what no gateway wrote. */
export function decodeInvalidations(message: string): Invalidation[] {
  const fields = parse(message);
  const invalidations: Invalidation[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [key, version] = [fields[i], fields[i + 1]];
    if (typeof key === 'string' && typeof version === 'number') invalidations.push({ key, version });
  }
  return invalidations;
}

function parse(message: string): unknown[] {
  try {
    const fields: unknown = JSON.parse(message);
    return Array.isArray(fields) ? fields : [];
  } catch {
    return [];
  }
}
