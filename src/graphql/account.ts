/** Account: a grant to read and write somebody's calendars. */
import { conflict, notFound } from '../errors.ts';
import type { ProviderName } from '../providers/port.ts';
import type { Account, AccountStatus } from '../store/access/accounts.ts';
import { builder, type EnumValues } from './builder.ts';
import { CalendarRef } from './calendar.ts';
import { requireOrganisation } from './context.ts';
import { HostRef, loadHost } from './host.ts';

export const ProviderIdEnum = builder.enumType('ProviderId', {
  description: 'Where a calendar comes from.',
  values: {
    GOOGLE: { description: 'Google Calendar.', value: 'google' },
    MICROSOFT: { description: 'Microsoft 365 and Outlook.com.', value: 'microsoft' },
    CALDAV: { description: 'A CalDAV server.', value: 'caldav' },
    FEED: { description: 'An iCalendar feed, which is only read.', value: 'feed' },
    NATIVE: { description: 'Slotwire itself.', value: 'native' },
  } as const satisfies Record<Uppercase<ProviderName>, { value: ProviderName; description: string }>,
});

export const OAuthProviderEnum = builder.enumType('OAuthProvider', {
  description: 'Providers that a host connects by consent, or an organisation as a whole.',
  values: {
    GOOGLE: { description: 'Google Calendar.', value: 'google' },
    MICROSOFT: { description: 'Microsoft 365 and Outlook.com.', value: 'microsoft' },
  } as const satisfies Record<string, { value: ProviderName; description: string }>,
});

const AccountStatusEnum = builder.enumType('AccountStatus', {
  description: 'Whether Slotwire may still read an account.',
  values: {
    CONNECTED: { description: 'The grant works, as far as the last request showed.' },
    AUTH_REVOKED: {
      description:
        'The provider refuses the grant: the host has to connect again. The account keeps its ids then.',
    },
    DISCONNECTED: {
      description: 'Disconnected by the operator: its tokens are erased and its calendars no longer count.',
    },
  } as const satisfies EnumValues<AccountStatus>,
});

export const AccountRef = builder.objectRef<Account>('Account');
builder.node(AccountRef, {
  description:
    "One grant of access to calendars at a provider: an OAuth consent, an organisation's grant, or a password or secret address. Admin.",
  authScopes: { scope: 'ADMIN' },
  id: { description: 'Starts with `acc_`.', resolve: (account) => account.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.account.load(id))),
  fields: (t) => ({
    host: t.field({
      type: HostRef,
      description: 'The host whose time these calendars show.',
      resolve: ({ hostId }, _args, { loaders }) => loadHost(loaders, hostId),
    }),
    provider: t.expose('provider', {
      type: ProviderIdEnum,
      description: "The kind of provider that holds the account's calendars.",
    }),
    email: t.exposeString('email', {
      nullable: true,
      description: 'Address or user name of the account at the provider; null when the provider gives none.',
    }),
    status: t.expose('status', {
      type: AccountStatusEnum,
      description: 'Whether Slotwire may still read the account.',
    }),
    confirmed: t.boolean({
      description:
        "False while the account counts for nothing, because its address is not its host's: until the host confirms it in the browser that connected it, or `selectCalendar` selects one of its calendars.",
      resolve: ({ awaitsConfirmation }) => !awaitsConfirmation,
    }),
    calendars: t.field({
      type: [CalendarRef],
      description:
        'Every calendar that the account lists, selected or not. Calendars that were removed at the provider are absent.',
      resolve: ({ id }, _args, { loaders }) => loaders.calendarsOfAccount.load(id),
    }),
  }),
});

builder.mutationFields((t) => ({
  startConnect: t.field({
    type: 'URL',
    description:
      "Begins a consent: the URL to open in the host's browser. It works once, for ten minutes. Admin.",
    authScopes: { scope: 'ADMIN' },
    args: {
      host: t.arg.id({ description: 'Id of the host (`host_…`).', required: true }),
      provider: t.arg({
        type: OAuthProviderEnum,
        description: 'Where the host has the account.',
        required: true,
      }),
      returnTo: t.arg({
        type: 'URL',
        description:
          'Where the browser ends; `?error=…` is appended when no account was connected. Null: a page of the gateway.',
      }),
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
    description: "Reads the account's list of calendars again. Admin.",
    authScopes: { scope: 'ADMIN' },
    args: { account: t.arg.id({ description: 'Id of the account (`acc_…`).', required: true }) },
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
    description:
      'Disconnects an account: closes its watch channels, revokes the grant and erases its tokens. True when done. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { account: t.arg.id({ description: 'Id of the account (`acc_…`).', required: true }) },
    resolve: async (_root, { account }, context) => {
      await context.services.connect.disconnect(requireOrganisation(context), account);
      return true;
    },
  }),
}));
