/** The zone of a mailbox, which its settings name by Windows' or IANA's names. */
import { ianaName } from '../../time/zone-names.ts';
import { type Access, ProviderError } from '../port.ts';
import type { GraphClient } from './client.ts';

/** The mailbox's zone (IANA); null when the settings can't be read, which needs a permission of its own. */
export async function mailboxZone(
  client: GraphClient,
  access: Access,
  signal?: AbortSignal,
): Promise<string | null> {
  try {
    const response = await client.get<{ value?: unknown }>(access, '/me/mailboxSettings/timeZone', {
      signal,
    });
    return typeof response.value === 'string' ? ianaName(response.value) : null;
  } catch (error) {
    if (error instanceof ProviderError && error.reason === 'rejected' && error.status !== 401) return null;
    throw error;
  }
}
