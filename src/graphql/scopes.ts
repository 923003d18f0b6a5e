/** What an API key allows. Without imports of the schema, as the command line needs the list, too. */
import type { ApiScope } from '../store/access/api-keys.ts';

export const API_SCOPE_VALUES = {
  READ_AVAILABILITY: {
    description: "Availability of the key's own organisation without the public's rate limits.",
  },
  READ_BUSY: { description: 'Merged busy time of hosts, without titles: the query `busy`.' },
  BOOK: {
    description: "Booking and availability of the key's own organisation without the public's limits.",
  },
  ADMIN: { description: "Everything, in the key's own organisation." },
} as const satisfies Record<ApiScope, { description: string }>;

/** `Object.keys` forgets the type of the keys that the object above is checked to have. */
export const API_SCOPES = Object.keys(API_SCOPE_VALUES) as ApiScope[];
