/** The provider of a stored name; null when the installation no longer offers it. */
import type { CalendarProvider, Providers } from '../providers/port.ts';

export const offeredProvider = (providers: Providers, name: string): CalendarProvider | null =>
  [...providers.values()].find((provider) => provider.name === name) ?? null;

/** Says which variables offer the provider. */
export const notOfferedMessage = (name: string) =>
  `${name} is not offered here: set ${name.toUpperCase()}_CLIENT_ID and ${name.toUpperCase()}_CLIENT_SECRET`;
