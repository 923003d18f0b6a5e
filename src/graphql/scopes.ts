/** What a key may be good for. */
export const API_SCOPES = ['READ_AVAILABILITY', 'READ_BUSY', 'BOOK', 'ADMIN'] as const;
export type ApiScope = (typeof API_SCOPES)[number];
