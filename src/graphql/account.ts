/** Account: a grant to read and write somebody's calendars. */
import { conflict, notFound } from '../errors.ts';
import type { ProviderName } from '../providers/port.ts';
import type { Account, AccountStatus } from '../store/access/accounts.ts';
import { builder } from './builder.ts';
import { CalendarRef } from './calendar.ts';
import { requireOrganisation } from './context.ts';
import { HostRef, loadHost } from './host.ts';

export const ProviderIdEnum = builder.enumType('ProviderId', {
  values: {
    GOOGLE: { value: 'google' },
    MICROSOFT: { value: 'microsoft' },
    CALDAV: { value: 'caldav' },
    FEED: { value: 'feed' },
    NATIVE: { value: 'native' },
  } satisfies Record<string, { value: ProviderName }>,
});

export const OAuthProviderEnum = builder.enumType('OAuthProvider', {
  values: { GOOGLE: { value: 'google' }, MICROSOFT: { value: 'microsoft' } } satisfies Record<
    string,
    { value: ProviderName }
  >,
});

const ACCOUNT_STATUSES = [
  'CONNECTED',
  'AUTH_REVOKED',
  'DISCONNECTED',
] as const satisfies readonly AccountStatus[];
const AccountStatusEnum = builder.enumType('AccountStatus', { values: ACCOUNT_STATUSES });

export const AccountRef = builder.objectRef<Account>('Account');
builder.node(AccountRef, {
  authScopes: { scope: 'ADMIN' },
  id: { resolve: (account) => account.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.account.load(id))),
  fields: (t) => ({
    host: t.field({
      type: HostRef,
      resolve: ({ hostId }, _args, { loaders }) => loadHost(loaders, hostId),
    }),
    provider: t.expose('provider', { type: ProviderIdEnum }),
    email: t.exposeString('email', { nullable: true }),
    status: t.expose('status', { type: AccountStatusEnum }),
    calendars: t.field({
      type: [CalendarRef],
      resolve: ({ id }, _args, { loaders }) => loaders.calendarsOfAccount.load(id),
    }),
  }),
});

builder.mutationFields((t) => ({
  startConnect: t.field({
    type: 'URL',
    description:
      "Where to send the host's browser to grant access: /connect/{provider}?…; single use, short-lived.",
    authScopes: { scope: 'ADMIN' },
    args: {
      host: t.arg.id({ required: true }),
      provider: t.arg({ type: OAuthProviderEnum, required: true }),
      returnTo: t.arg({ type: 'URL' }),
    },
    resolve: (_root, { host, provider, returnTo }, context) =>
      context.services.connect.start({
        organisation: requireOrganisation(context),
        host,
        provider,
        returnTo: returnTo ?? null,
      }),
  }),
  refreshAccount: t.field({
    type: AccountRef,
    description: "Read the account's list of calendars again.",
    authScopes: { scope: 'ADMIN' },
    args: { account: t.arg.id({ required: true }) },
    resolve: async (_root, { account: id }, context) => {
      const { services, loaders } = context;
      const account = await loaders.account.load(id);
      if (!account) throw notFound('account', id);
      if (account.status === 'DISCONNECTED') throw conflict(`The account ${id} is disconnected.`);
      await services.connect.refreshAccount(requireOrganisation(context), id);
      loaders.calendarsOfAccount.clear(id);
      // Its status too: a grant that is gone is found out now.
      return (await loaders.account.clear(id).load(id)) ?? account;
    },
  }),
  disconnectAccount: t.field({
    type: 'Boolean',
    authScopes: { scope: 'ADMIN' },
    args: { account: t.arg.id({ required: true }) },
    resolve: async (_root, { account }, context) => {
      await context.services.connect.disconnect(requireOrganisation(context), account);
      return true;
    },
  }),
}));
