/** The room's front: everything that connects hosts to their calendars. */

import type { Instant } from '../time/clock.ts';
import { type CalendarSelections, createCalendarSelections } from './calendars.ts';
import { createOAuthCallback, type OAuthCallback } from './callback.ts';
import { type ConnectConfirmation, createConnectConfirmation } from './confirmation.ts';
import type { ConnectDeps } from './deps.ts';
import { createDisconnect, type Disconnect } from './disconnect.ts';
import { type BudgetUse, createBudgetUse } from './limits/request-budget.ts';
import { createOrganisations, type Organisations } from './organisation-accounts.ts';
import { createSecretAccounts, type SecretAccounts } from './secret-accounts.ts';
import { type ConnectStart, createConnectStart } from './start.ts';
import { type AccountAccess, createAccountAccess } from './tokens/account-access.ts';
import { createReopenAccounts } from './tokens/reopened.ts';
import { createTenantTokens } from './tokens/tenant-tokens.ts';

export interface Connect
  extends OAuthCallback,
    ConnectConfirmation,
    CalendarSelections,
    Organisations,
    SecretAccounts {
  start: ConnectStart['startConnect'];
  connectRequest: ConnectStart['connectRequest'];
  redirect: ConnectStart['redirect'];
  disconnect: Disconnect;
  /** One instance per process: all provider tokens come from it. */
  accessFor: AccountAccess;
  /** What was taken of providers' limits of the whole installation. */
  budgetUse(): Promise<BudgetUse[]>;
  /** What this room has due, for the sweep. */
  sweepTasks: readonly ((now: Instant) => Promise<void>)[];
}

export function createConnect(deps: ConnectDeps): Connect {
  const tenantTokens = createTenantTokens(deps);
  const accessFor = createAccountAccess(deps, tenantTokens);
  const own = { ...deps, access: accessFor };
  const disconnect = createDisconnect(own);
  const { startConnect, connectRequest, redirect } = createConnectStart(deps);
  return {
    start: startConnect,
    connectRequest,
    redirect,
    ...createOAuthCallback(own),
    ...createCalendarSelections(own),
    ...createOrganisations(own, tenantTokens),
    ...createSecretAccounts(own),
    ...createConnectConfirmation(deps, disconnect),
    disconnect,
    budgetUse: createBudgetUse(deps),
    accessFor,
    sweepTasks: [createReopenAccounts(deps)],
  };
}
