/** A browser's chance and patience, for what asks the server again. */

import type { LiveClient } from '../live/client.ts';
import type { RetryDeps } from '../live/retry.ts';

export const browserRetryDeps = (client: LiveClient): RetryDeps => ({
  client,
  random: Math.random,
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});
