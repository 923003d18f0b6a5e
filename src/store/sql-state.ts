/** The SQLSTATE of a failed statement, whatever part of Prisma or of the driver wraps the error. */

/**
 * Reads an error's SQLSTATE, which Prisma gives as a code of its own or in a cause of the error.
 * @returns five characters; '' for an error that is not PostgreSQL's
 */
export function sqlStateOf(error: unknown): string {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 6; depth++) {
    const { code, originalCode, cause, meta } = at as Record<string, unknown>;
    if (typeof originalCode === 'string') return originalCode;
    if (code === 'P2034') return '40001';
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('P2')) return code;
    const below = (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError ?? cause;
    if (below === undefined && code === 'P2002') return '23505';
    at = below;
  }
  return '';
}
