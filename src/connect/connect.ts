/** The room's front: everything that connects hosts to their calendars. */

import { type Calendars, createCalendars } from './calendars.ts';
import { type Callback, createCallback } from './callback.ts';
import type { ConnectDeps } from './deps.ts';
import { createDisconnect, type Disconnect } from './disconnect.ts';
import { createOrganisations, type Organisations } from './organisation.ts';
import { createSecrets, type Secrets } from './secret.ts';
import { createStart, type Start } from './start.ts';
import { type Accesses, createAccess } from './tokens/access.ts';
import { createTenantTokens } from './tokens/tenant-tokens.ts';

export interface Connect extends Callback, Calendars, Organisations, Secrets {
  start: Start['startConnect'];
  redirect: Start['redirect'];
  disconnect: Disconnect;
  /** One for the process: every token comes from here. */
  accessFor: Accesses;
}

export function createConnect(deps: ConnectDeps): Connect {
  const tenantTokens = createTenantTokens(deps);
  const accessFor = createAccess(deps, tenantTokens);
  const own = { ...deps, access: accessFor };
  const { startConnect, redirect } = createStart(deps);
  return {
    start: startConnect,
    redirect,
    ...createCallback(own),
    ...createCalendars(own),
    ...createOrganisations(own, tenantTokens),
    ...createSecrets(own),
    disconnect: createDisconnect(own),
    accessFor,
  };
}
