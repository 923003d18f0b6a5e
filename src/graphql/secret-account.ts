/** Accounts that a host makes by what only they know: a password, a secret address. */
import type { ProviderName } from '../providers/port.ts';
import { builder } from './builder.ts';
import { type Context, requireOrganisation } from './context.ts';
import { ConnectResult, providerRefused } from './organisation-connection.ts';

const ConnectCalDavInput = builder.inputType('ConnectCalDavInput', {
  fields: (t) => ({
    host: t.id({ required: true }),
    url: t.field({ type: 'URL', required: true }),
    username: t.string({ required: true }),
    password: t.string({ required: true }),
  }),
});

const ConnectFeedInput = builder.inputType('ConnectFeedInput', {
  fields: (t) => ({
    host: t.id({ required: true }),
    url: t.field({ type: 'URL', required: true }),
    name: t.string(),
  }),
});

/** What wasn't given is left out. */
async function connectSecret(
  context: Context,
  provider: ProviderName,
  { host, ...fields }: { host: string } & Record<string, string | null | undefined>,
) {
  const given: Record<string, string> = {};
  for (const [field, value] of Object.entries(fields)) if (typeof value === 'string') given[field] = value;
  const { services, loaders } = context;
  const outcome = await services.connect.connectSecret(requireOrganisation(context), {
    host,
    provider,
    given,
  });
  if ('refused' in outcome) return providerRefused(outcome.refused);
  // What the request had loaded of it before is another state.
  loaders.account.clear(outcome.granted.id);
  loaders.calendarsOfAccount.clear(outcome.granted.id);
  return outcome.granted;
}

builder.mutationFields((t) => ({
  connectCalDav: t.field({
    type: ConnectResult,
    authScopes: { scope: 'ADMIN' },
    args: { input: t.arg({ type: ConnectCalDavInput, required: true }) },
    resolve: (_root, { input }, context) => connectSecret(context, 'caldav', input),
  }),
  connectFeed: t.field({
    type: ConnectResult,
    authScopes: { scope: 'ADMIN' },
    args: { input: t.arg({ type: ConnectFeedInput, required: true }) },
    resolve: (_root, { input }, context) => connectSecret(context, 'feed', input),
  }),
}));
