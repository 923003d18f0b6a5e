/** The page after a consent: it names whose calendar went where, and asks about an account whose address is not its host's. */
import { SlotwireError } from '../errors.ts';
import { hashSecret } from '../secrets.ts';
import { accountById, changeAccount, lockAccount } from '../store/access/accounts.ts';
import { attemptOfBrowser, type ConnectAttempt, endAttempt } from '../store/access/connect-attempts.ts';
import { audited } from '../store/audit/audited.ts';
import { lockAccountCalendars } from '../store/calendars/calendars.ts';
import type { ConnectDeps } from './deps.ts';
import type { Disconnect } from './disconnect.ts';
import { createCalendarSelection } from './selection.ts';
import { type ConnectParties, partiesOf } from './start.ts';

export interface ConnectionSummary extends ConnectParties {
  /** Id of the account. */
  account: string;
  /** Its address; null when the provider gives none. */
  email: string | null;
  /** Its address is not its host's, and neither an operator nor its owner has said that it is right. */
  awaitsConfirmation: boolean;
}

export interface ConnectConfirmation {
  /**
   * What a browser connected within the last hour.
   * @param browser secret that the browser holds as a cookie
   * @param account id; null: what it connected last
   * @returns null when it connected nothing
   */
  connectResult(browser: string, account: string | null): Promise<ConnectionSummary | null>;
  /**
   * The answer to whether the account is the right one: its primary calendar is selected, or the account disconnected. An
   * account that was answered for already stays as it is.
   * @param address IP address of the browser; null: unknown
   * @returns where to redirect the browser
   * @throws SlotwireError NOT_FOUND when the browser did not connect the account
   */
  confirmAccount(browser: string, account: string, isRight: boolean, address: string | null): Promise<string>;
}

/** @returns where the browser of a connected account ends; parameters of `returnTo` itself stay */
export function connectedUrl(
  { returnTo, hostId, organisationId }: ConnectAttempt,
  account: string,
  publicUrl: string,
): string {
  if (returnTo === null) return `${publicUrl}/admin?account=${account}`;
  const url = new URL(returnTo);
  for (const [name, value] of [
    ['host', hostId],
    ['organisation', organisationId],
  ] as const) {
    if (!url.searchParams.has(name)) url.searchParams.set(name, value);
  }
  return url.href;
}

/** @returns where a browser ends that connected nothing */
export function refusedUrl({ returnTo }: ConnectAttempt, fault: string, publicUrl: string): string {
  const url = new URL(returnTo ?? `${publicUrl}/admin`);
  url.searchParams.set('error', fault);
  return url.href;
}

export const nothingToConfirm = () =>
  new SlotwireError(
    'NOT_FOUND',
    'This browser has no account to confirm: it was answered for already, or an hour has passed. Ask your organisation.',
  );

export function createConnectConfirmation(
  { store, jobs, publisher, clock, config, log }: ConnectDeps,
  disconnect: Disconnect,
): ConnectConfirmation {
  const selection = createCalendarSelection({ jobs });

  const find = (browser: string, account: string | null) =>
    attemptOfBrowser(store, { hash: hashSecret(browser), account }, clock.now());

  const confirm = (id: string) =>
    publisher.change(async (tx, now) => {
      const account = await lockAccount(tx, id);
      if (!account?.awaitsConfirmation || account.status === 'DISCONNECTED')
        return { result: false, keys: [] };
      await changeAccount(tx, id, { awaitsConfirmation: false });
      const calendars = await lockAccountCalendars(tx, id);
      const primary = calendars.find((calendar) => calendar.primary && !calendar.removed);
      const keys = primary ? await selection.select(tx, primary, account, now) : [];
      return { result: true, keys };
    });

  return {
    async connectResult(browser, id) {
      const attempt = await find(browser, id);
      const account = attempt?.accountId ? await accountById(store, attempt.accountId) : null;
      if (!attempt || !account || account.status === 'DISCONNECTED') return null;
      const { email, awaitsConfirmation } = account;
      return { ...(await partiesOf(store, attempt)), account: account.id, email, awaitsConfirmation };
    },

    async confirmAccount(browser, id, isRight, address) {
      const attempt = await find(browser, id);
      const account = await accountById(store, id);
      if (!attempt || !account) throw nothingToConfirm();
      if (!account.awaitsConfirmation) return connectedUrl(attempt, id, config.PUBLIC_URL);
      const { organisationId: organisation, hostId: actor } = attempt;
      // Who answers in that browser acts for the host, as at the consent.
      const audit = <T>(action: string, work: () => Promise<T>) =>
        audited(
          store,
          { actor, actorName: null, address, organisation, action, subject: id, creates: null },
          work,
        );
      if (isRight) {
        if (await audit('confirmAccount', () => confirm(id)))
          log.info({ account: id, host: attempt.hostId }, 'account confirmed');
        return connectedUrl(attempt, id, config.PUBLIC_URL);
      }
      await audit('disconnectAccount', () => disconnect(attempt.organisationId, id));
      await endAttempt(store, attempt.ticketHash);
      return refusedUrl(attempt, 'access_denied', config.PUBLIC_URL);
    },
  };
}
