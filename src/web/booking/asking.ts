/** A browser's chance and patience, for what asks the server again. */
import type { AgainDeps } from '../live/again.ts';
import type { LiveClient } from '../live/client.ts';

export const againDeps = (client: LiveClient): AgainDeps => ({
  client,
  random: Math.random,
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});
