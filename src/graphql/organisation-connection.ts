/** Organisation connection: a provider's tenant that lets us in as a whole, so that hosts are attached by address. */
import { listConnections, type OrganisationConnection } from '../store/access/organisation-connections.ts';
import { AccountRef, OAuthProviderEnum, ProviderIdEnum } from './account.ts';
import { builder } from './builder.ts';
import { ProviderRefusedRef } from './calendar.ts';
import { requireOrganisation } from './context.ts';
import { paginate } from './pagination.ts';

const OrganisationConnectionRef = builder.objectRef<OrganisationConnection>('OrganisationConnection');
builder.node(OrganisationConnectionRef, {
  description:
    'A grant of a whole organisation at a provider, through which hosts are connected by address. Admin.',
  authScopes: { scope: 'ADMIN' },
  id: { description: 'Starts with `conn_`.', resolve: (connection) => connection.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.organisationConnection.load(id))),
  fields: (t) => ({
    provider: t.expose('provider', { type: ProviderIdEnum, description: 'GOOGLE or MICROSOFT.' }),
    name: t.exposeString('name', {
      description: "What identifies it: the service account's address, or the tenant.",
    }),
  }),
});

const ConnectOrganisationInput = builder.inputType('ConnectOrganisationInput', {
  description:
    "How a whole organisation grants access. GOOGLE needs serviceAccountKey; MICROSOFT needs tenant, and uses the application's credentials from the environment.",
  fields: (t) => ({
    provider: t.field({ type: OAuthProviderEnum, description: 'GOOGLE or MICROSOFT.', required: true }),
    serviceAccountKey: t.string({
      description:
        "The service account's key as JSON text, with domain-wide delegation; null for MICROSOFT. Stored encrypted.",
    }),
    tenant: t.string({ description: 'Id of the Microsoft Entra tenant; null for GOOGLE.' }),
  }),
});

const ConnectOrganisationResult = builder.unionType('ConnectOrganisationResult', {
  description: "The connection, or the provider's refusal.",
  types: [OrganisationConnectionRef, ProviderRefusedRef],
  resolveType: (value) => ('refusal' in value ? value.refusal : 'OrganisationConnection'),
});

export const ConnectResult = builder.unionType('ConnectResult', {
  description: "The connected account, or the provider's refusal.",
  types: [AccountRef, ProviderRefusedRef],
  resolveType: (value) => ('refusal' in value ? value.refusal : 'Account'),
});

export const providerRefused = (message: string) => ({ refusal: 'ProviderRefused' as const, message });

builder.queryField('organisationConnections', (t) =>
  t.connection(
    {
      type: OrganisationConnectionRef,
      description: 'Organisations at providers that were connected as a whole, the oldest first. Admin.',
      authScopes: { scope: 'ADMIN' },
      resolve: (_root, args, context) =>
        paginate(
          'OrganisationConnection',
          args,
          listConnections(context.services.store, requireOrganisation(context)),
        ),
    },
    { name: 'OrganisationConnectionConnection' },
    { name: 'OrganisationConnectionEdge' },
  ),
);

builder.mutationFields((t) => ({
  connectOrganisation: t.field({
    type: ConnectOrganisationResult,
    description:
      'Connects a whole organisation at a provider; attachHost then adds hosts by e-mail address. For the same organisation, again, it replaces the key. Of Microsoft, where the installation has several organisations, by the operator alone. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: {
      input: t.arg({
        type: ConnectOrganisationInput,
        description: "The organisation's grant.",
        required: true,
      }),
    },
    resolve: async (_root, { input: { provider, serviceAccountKey, tenant } }, context) => {
      const outcome = await context.services.connect.connectOrganisation(
        requireOrganisation(context),
        { provider, serviceAccountKey: serviceAccountKey ?? null, tenant: tenant ?? null },
        { isOperator: context.viewer.kind === 'ADMIN' },
      );
      return 'refused' in outcome ? providerRefused(outcome.refused) : outcome.granted;
    },
  }),
  attachHost: t.field({
    type: ConnectResult,
    description: "Connects a host's calendars by e-mail address through an organisation's grant. Admin.",
    authScopes: { scope: 'ADMIN' },
    args: {
      connection: t.arg.id({ description: 'Id of the organisation connection (`conn_…`).', required: true }),
      host: t.arg.id({ description: 'Id of the host (`host_…`).', required: true }),
      email: t.arg({
        type: 'EmailAddress',
        description: "The host's address at the provider.",
        required: true,
      }),
    },
    resolve: async (_root, wish, context) => {
      const outcome = await context.services.connect.attachHost(requireOrganisation(context), wish);
      if ('refused' in outcome) return providerRefused(outcome.refused);
      const { id } = outcome.granted;
      // What the request had loaded of it before is another state.
      context.loaders.account.clear(id);
      context.loaders.calendarsOfAccount.clear(id);
      return outcome.granted;
    },
  }),
}));
