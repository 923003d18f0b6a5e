/** Who gave a command, for the audit log. */
import { userInfo } from 'node:os';
import type { Actor } from '../store/audit/entries.ts';

export const commandLine = (): Actor => ({ actor: 'command line', actorName: userName(), address: null });

/** The system's user; null where the system knows none, as in some containers. */
function userName(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}
