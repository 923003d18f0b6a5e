/** The room's front: everything that connects hosts to their calendars. */

import type { Instant } from '../time/clock.ts';
import { type CalendarSelections, createCalendarSelections } from './calendars.ts';
import { createOAuthCallback, type OAuthCallback } from './callback.ts';
import type { ConnectDeps } from './deps.ts';
import { createDisconnect, type Disconnect } from './disconnect.ts';
import { createOrganisations, type Organisations } from './organisation-accounts.ts';
import { createSecretAccounts, type SecretAccounts } from './secret-accounts.ts';
import { type ConnectStart, createConnectStart } from './start.ts';
import { type AccountAccess, createAccountAccess } from './tokens/account-access.ts';
import { createReopenAccounts } from './tokens/reopened.ts';
import { createTenantTokens } from './tokens/tenant-tokens.ts';

export interface Connect extends OAuthCallback, CalendarSelections, Organisations, SecretAccounts {
  start: ConnectStart['startConnect'];
  consentRequest: ConnectStart['consentRequest'];
  redirect: ConnectStart['redirect'];
  disconnect: Disconnect;
  /** One instance per process: all provider tokens come from it. */
  accessFor: AccountAccess;
  /** What this room has due, for the sweep. */
  sweepTasks: readonly ((now: Instant) => Promise<void>)[];
}

export function createConnect(deps: ConnectDeps): Connect {
  const tenantTokens = createTenantTokens(deps);
  const accessFor = createAccountAccess(deps, tenantTokens);
  const own = { ...deps, access: accessFor };
  const { startConnect, consentRequest, redirect } = createConnectStart(deps);
  return {
    start: startConnect,
    consentRequest,
    redirect,
    ...createOAuthCallback(own),
    ...createCalendarSelections(own),
    ...createOrganisations(own, tenantTokens),
    ...createSecretAccounts(own),
    disconnect: createDisconnect(own),
    accessFor,
    sweepTasks: [createReopenAccounts(deps)],
  };
}
