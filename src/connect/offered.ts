/** The provider behind a stored name: an installation may have stopped offering it. */
import type { CalendarProvider, Providers } from '../providers/port.ts';

export const offeredProvider = (providers: Providers, name: string): CalendarProvider | null =>
  [...providers.values()].find((provider) => provider.name === name) ?? null;

/** What to set so that a provider is offered. */
export const notOfferedMessage = (name: string) =>
  `${name} is not offered here: set ${name.toUpperCase()}_CLIENT_ID and ${name.toUpperCase()}_CLIENT_SECRET`;
