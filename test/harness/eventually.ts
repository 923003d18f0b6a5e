/** Waits for others' work, not for time: as long as a machine that is short of breath may need. */
import { vi } from 'vitest';

export const PATIENCE = 30_000;

/** Asks until `check` doesn't throw, and resolves to what it returns. */
export const eventually = <T>(check: () => T | Promise<T>, interval = 50): Promise<T> =>
  vi.waitFor(check, { timeout: PATIENCE, interval });
