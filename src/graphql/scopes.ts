import type { ApiScope } from '../store/access/api-keys.ts';

/** What a key may be good for. */
export const API_SCOPES = [
  'READ_AVAILABILITY',
  'READ_BUSY',
  'BOOK',
  'ADMIN',
] as const satisfies readonly ApiScope[];
