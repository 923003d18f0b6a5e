/** A calendar's trouble in a typed row: Prisma takes no hyphen in a name. Raw queries have it as the database and the code do. */
import type { Trouble } from '../../calendars/source.ts';
import type { Trouble as StoredTrouble } from '../generated/client.ts';

const TROUBLES = {
  auth_revoked: 'auth-revoked',
  unreachable: 'unreachable',
  partial: 'partial',
} satisfies Record<StoredTrouble, Trouble>;

const STORED = {
  'auth-revoked': 'auth_revoked',
  unreachable: 'unreachable',
  partial: 'partial',
} satisfies Record<Trouble, StoredTrouble>;

export const troubleOf = (stored: StoredTrouble | null): Trouble | null => stored && TROUBLES[stored];

export const storedTrouble = (trouble: Trouble): StoredTrouble => STORED[trouble];
