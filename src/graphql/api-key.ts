/** API keys and who the viewer is. */
import { badInput, notFound } from '../errors.ts';
import { checkText } from '../offers/rule-checks.ts';
import { type ApiKey, insertApiKey, listApiKeys } from '../store/access/api-keys.ts';
import { builder } from './builder.ts';
import { requireOrganisation, type Viewer } from './context.ts';
import { paginate } from './pagination.ts';
import { API_SCOPES } from './scopes.ts';

const ApiScopeEnum = builder.enumType('ApiScope', { values: API_SCOPES });

const ViewerRef = builder.objectRef<Viewer>('Viewer').implement({
  fields: (t) => ({
    kind: t.expose('kind', {
      type: builder.enumType('ViewerKind', { values: ['ANONYMOUS', 'API_KEY', 'ADMIN'] as const }),
    }),
    name: t.exposeString('name', { nullable: true }),
    scopes: t.field({ type: [ApiScopeEnum], resolve: ({ scopes }) => [...scopes] }),
  }),
});

const ApiKeyRef = builder.objectRef<ApiKey>('ApiKey').implement({
  description: 'Its secret was shown when it was made and is not kept.',
  authScopes: { scope: 'ADMIN' },
  fields: (t) => ({
    id: t.exposeID('id'),
    name: t.exposeString('name'),
    scopes: t.expose('scopes', { type: [ApiScopeEnum] }),
    createdAt: t.field({ type: 'DateTime', resolve: ({ createdAt }) => createdAt.getTime() }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ expiresAt }) => expiresAt?.getTime(),
    }),
    revokedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ revokedAt }) => revokedAt?.getTime(),
    }),
  }),
});

const CreatedApiKeyRef = builder.objectRef<{ id: string; secret: string }>('CreatedApiKey').implement({
  fields: (t) => ({ id: t.exposeID('id'), secret: t.exposeString('secret', { description: 'Shown once.' }) }),
});

builder.queryFields((t) => ({
  viewer: t.field({ type: ViewerRef, resolve: (_root, _args, { viewer }) => viewer }),
  apiKeys: t.connection(
    {
      type: ApiKeyRef,
      authScopes: { scope: 'ADMIN' },
      resolve: (_root, args, context) =>
        paginate('ApiKey', args, (page) =>
          listApiKeys(context.services.store, requireOrganisation(context), page),
        ),
    },
    { name: 'ApiKeyConnection' },
    { name: 'ApiKeyEdge' },
  ),
}));

builder.mutationFields((t) => ({
  createApiKey: t.field({
    type: CreatedApiKeyRef,
    authScopes: { scope: 'ADMIN' },
    args: {
      name: t.arg.string({ required: true }),
      scopes: t.arg({ type: [ApiScopeEnum], required: true }),
      expiresAt: t.arg({ type: 'DateTime', description: "When it ends; absent: it doesn't by itself." }),
    },
    resolve: (_root, { name, scopes, expiresAt }, context) => {
      const { store, clock } = context.services;
      checkText(name, 'name');
      if (scopes.length === 0) throw badInput('scopes', 'names no scope');
      if (expiresAt != null && expiresAt <= clock.now()) throw badInput('expiresAt', 'lies in the past');
      return insertApiKey(store, requireOrganisation(context), {
        name,
        scopes: [...new Set(scopes)],
        expiresAt: expiresAt == null ? null : new Date(expiresAt),
      });
    },
  }),
  revokeApiKey: t.field({
    type: 'Boolean',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, context) => {
      if (await context.services.keys.revoke(requireOrganisation(context), id)) return true;
      throw notFound('API key', id);
    },
  }),
}));
