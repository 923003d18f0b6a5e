/** API keys and who the viewer is. */
import { badInput, notFound } from '../errors.ts';
import { checkText } from '../offers/rule-checks.ts';
import { type ApiKey, insertApiKey, listApiKeys, renameApiKey } from '../store/access/api-keys.ts';
import { builder, type EnumValues } from './builder.ts';
import { requireOrganisation, type Viewer } from './context.ts';
import { paginate } from './pagination.ts';
import { API_SCOPE_VALUES } from './scopes.ts';

const ApiScopeEnum = builder.enumType('ApiScope', {
  description: 'What an API key allows. A key without any scope that fits acts as the public.',
  values: API_SCOPE_VALUES,
});

const ViewerRef = builder.objectRef<Viewer>('Viewer').implement({
  description: 'Who is asking.',
  fields: (t) => ({
    kind: t.expose('kind', {
      type: builder.enumType('ViewerKind', {
        description: 'By which credential somebody asks.',
        values: {
          ANONYMOUS: { description: 'None: the public.' },
          API_KEY: { description: 'An API key.' },
          ADMIN: { description: 'The admin token.' },
        } as const satisfies EnumValues<Viewer['kind']>,
      }),
      description: 'By which credential.',
    }),
    name: t.exposeString('name', { nullable: true, description: 'Name of the API key; null without one.' }),
    scopes: t.field({
      type: [ApiScopeEnum],
      description: 'What the viewer may do; empty for the public.',
      resolve: ({ scopes }) => [...scopes],
    }),
  }),
});

const ApiKeyRef = builder.objectRef<ApiKey>('ApiKey').implement({
  description: 'A key for programs. Its secret was shown when the key was created and is not stored. Admin.',
  authScopes: { scope: 'ADMIN' },
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Starts with `key_`.' }),
    name: t.exposeString('name', { description: 'What the operator calls the key.' }),
    scopes: t.expose('scopes', { type: [ApiScopeEnum], description: 'What the key allows.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When the key was created.',
      resolve: ({ createdAt }) => createdAt.getTime(),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the key ends by itself; null: never.',
      resolve: ({ expiresAt }) => expiresAt?.getTime(),
    }),
    revokedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the key was revoked; null: it was not.',
      resolve: ({ revokedAt }) => revokedAt?.getTime(),
    }),
  }),
});

const CreatedApiKeyRef = builder.objectRef<{ id: string; secret: string }>('CreatedApiKey').implement({
  description: 'A new API key with its secret.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Starts with `key_`.' }),
    secret: t.exposeString('secret', {
      description: 'Send it as `Authorization: Bearer …`. Shown only now.',
    }),
  }),
});

builder.queryFields((t) => ({
  viewer: t.field({
    type: ViewerRef,
    description: 'Who is asking, by the credential that was sent. Public.',
    resolve: (_root, _args, { viewer }) => viewer,
  }),
  apiKeys: t.connection(
    {
      type: ApiKeyRef,
      description: 'API keys of the organisation, revoked ones included, the oldest first. Admin.',
      authScopes: { scope: 'ADMIN' },
      resolve: (_root, args, context) =>
        paginate('ApiKey', args, listApiKeys(context.services.store, requireOrganisation(context))),
    },
    { name: 'ApiKeyConnection' },
    { name: 'ApiKeyEdge' },
  ),
}));

builder.mutationFields((t) => ({
  createApiKey: t.field({
    type: CreatedApiKeyRef,
    description: 'Creates an API key. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: {
      name: t.arg.string({ description: 'What to call the key.', required: true }),
      scopes: t.arg({
        type: [ApiScopeEnum],
        description: 'What the key allows; at least one scope.',
        required: true,
      }),
      expiresAt: t.arg({ type: 'DateTime', description: 'When the key ends by itself; null: never.' }),
    },
    resolve: (_root, { name, scopes, expiresAt }, context) => {
      const { store, clock } = context.services;
      checkText(name, 'name');
      if (scopes.length === 0) throw badInput('scopes', 'names no scope');
      if (expiresAt != null && expiresAt <= clock.now()) throw badInput('expiresAt', 'lies in the past');
      const organisation = requireOrganisation(context);
      const fields = {
        name,
        scopes: [...new Set(scopes)],
        expiresAt: expiresAt == null ? null : new Date(expiresAt),
      };
      return store.$transaction((tx) => insertApiKey(tx, organisation, fields));
    },
  }),
  renameApiKey: t.field({
    type: ApiKeyRef,
    description: 'Gives a key another name; its secret, scopes and end stay. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: {
      id: t.arg.id({ description: 'Id of the key (`key_…`).', required: true }),
      name: t.arg.string({ description: 'What to call it from now on.', required: true }),
    },
    resolve: (_root, { id, name }, context) => {
      checkText(name, 'name');
      const organisation = requireOrganisation(context);
      return context.services.store.$transaction(async (tx) => {
        const key = await renameApiKey(tx, organisation, id, name);
        if (!key) throw notFound('API key', id);
        return key;
      });
    },
  }),
  revokeApiKey: t.field({
    type: 'Boolean',
    description: 'Ends a key, and every stream that was opened with it. True when done. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ description: 'Id of the key (`key_…`).', required: true }) },
    resolve: async (_root, { id }, context) => {
      if (await context.services.keys.revoke(requireOrganisation(context), id)) return true;
      throw notFound('API key', id);
    },
  }),
}));
