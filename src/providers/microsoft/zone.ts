/** The zone names of mailboxes: Windows' or IANA's. */
import { findIana } from 'windows-iana';
import { isZone } from '../../time/local-time.ts';
import { type Access, ProviderError } from '../port.ts';
import type { GraphClient } from './client.ts';

/** Asked for every event, and slow to find out. Mailboxes name few, but may name anything. */
const found = new Map<string, string | null>();
const KEPT = 1_000;

/** IANA name; null for a zone of the user's own making or an unknown one. */
export function ianaOf(name: string | null | undefined): string | null {
  if (!name) return null;
  const known = found.get(name);
  if (known !== undefined) return known;
  if (found.size >= KEPT) found.clear();
  const iana = find(name);
  found.set(name, iana);
  return iana;
}

function find(name: string): string | null {
  if (/^tzone:\/\/Microsoft\/Utc$/i.test(name)) return 'UTC';
  if (isZone(name)) return name;
  return findIana(name).find(isZone) ?? null;
}

/** The mailbox's zone (IANA); null when its settings can't be read, which takes a right of its own. */
export async function mailboxZone(
  client: GraphClient,
  access: Access,
  signal?: AbortSignal,
): Promise<string | null> {
  try {
    const answer = await client.read<{ value?: unknown }>(access, '/me/mailboxSettings/timeZone', { signal });
    return typeof answer.value === 'string' ? ianaOf(answer.value) : null;
  } catch (error) {
    if (error instanceof ProviderError && error.reason === 'rejected' && error.status !== 401) return null;
    throw error;
  }
}
