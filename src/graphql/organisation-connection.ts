/** Organisation connection: a provider's tenant that lets us in as a whole, so that hosts are attached by address. */
import type { OrganisationConnection } from '../store/access/organisation-connections.ts';
import { AccountRef, OAuthProviderEnum, ProviderIdEnum } from './account.ts';
import { builder } from './builder.ts';
import { ProviderRefusedRef } from './calendar.ts';
import { requireOrganisation } from './context.ts';

const OrganisationConnectionRef = builder.objectRef<OrganisationConnection>('OrganisationConnection');
builder.node(OrganisationConnectionRef, {
  authScopes: { scope: 'ADMIN' },
  id: { resolve: (connection) => connection.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.organisationConnection.load(id))),
  fields: (t) => ({
    provider: t.expose('provider', { type: ProviderIdEnum }),
    name: t.exposeString('name'),
  }),
});

const ConnectOrganisationInput = builder.inputType('ConnectOrganisationInput', {
  description:
    "GOOGLE: the service account's JSON key. MICROSOFT: tenant id, with the application's own credentials from the environment.",
  fields: (t) => ({
    provider: t.field({ type: OAuthProviderEnum, required: true }),
    serviceAccountKey: t.string(),
    tenant: t.string(),
  }),
});

const ConnectOrganisationResult = builder.unionType('ConnectOrganisationResult', {
  types: [OrganisationConnectionRef, ProviderRefusedRef],
  resolveType: (value) => ('refusal' in value ? value.refusal : 'OrganisationConnection'),
});

export const ConnectResult = builder.unionType('ConnectResult', {
  types: [AccountRef, ProviderRefusedRef],
  resolveType: (value) => ('refusal' in value ? value.refusal : 'Account'),
});

export const providerRefused = (message: string) => ({ refusal: 'ProviderRefused' as const, message });

builder.mutationFields((t) => ({
  connectOrganisation: t.field({
    type: ConnectOrganisationResult,
    description:
      'A whole tenant by service account or application permission; then hosts by e-mail address. Again: with its new key.',
    authScopes: { scope: 'ADMIN' },
    args: { input: t.arg({ type: ConnectOrganisationInput, required: true }) },
    resolve: async (_root, { input: { provider, serviceAccountKey, tenant } }, context) => {
      const outcome = await context.services.connect.connectOrganisation(requireOrganisation(context), {
        provider,
        serviceAccountKey: serviceAccountKey ?? null,
        tenant: tenant ?? null,
      });
      return 'refused' in outcome ? providerRefused(outcome.refused) : outcome.granted;
    },
  }),
  attachHost: t.field({
    type: ConnectResult,
    authScopes: { scope: 'ADMIN' },
    args: {
      connection: t.arg.id({ required: true }),
      host: t.arg.id({ required: true }),
      email: t.arg({ type: 'EmailAddress', required: true }),
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
