/** Accounts that a host makes by what only they know: a password, a secret address. */
import type { ProviderName } from '../providers/port.ts';
import { builder } from './builder.ts';
import { type Context, requireOrganisation } from './context.ts';
import { ConnectResult, providerRefused } from './organisation-connection.ts';

const ConnectCalDavInput = builder.inputType('ConnectCalDavInput', {
  description: 'A CalDAV account and how to sign in.',
  fields: (t) => ({
    host: t.id({ description: 'Id of the host (`host_…`).', required: true }),
    url: t.field({
      type: 'URL',
      description:
        'Address of the server, as https://caldav.icloud.com/; its calendars are discovered from there.',
      required: true,
    }),
    username: t.string({ description: 'User name at the server, often an e-mail address.', required: true }),
    password: t.string({
      description: 'Password, for most services one for apps. Stored encrypted and never shown.',
      required: true,
    }),
  }),
});

const ConnectFeedInput = builder.inputType('ConnectFeedInput', {
  description: 'An iCalendar feed at a secret address, which is polled and only read.',
  fields: (t) => ({
    host: t.id({ description: 'Id of the host (`host_…`).', required: true }),
    url: t.field({
      type: 'URL',
      description: 'Address of the feed; `webcal:` is taken as `https:`. Stored encrypted.',
      required: true,
    }),
    name: t.string({ description: 'What to call the calendar; null: what the feed calls itself.' }),
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
    description:
      'Connects an account on a CalDAV server. For an account of the same host, again, it replaces the password. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: {
      input: t.arg({
        type: ConnectCalDavInput,
        description: 'The account, and how to sign in.',
        required: true,
      }),
    },
    resolve: (_root, { input }, context) => connectSecret(context, 'caldav', input),
  }),
  connectFeed: t.field({
    type: ConnectResult,
    description: 'Connects an iCalendar feed at a secret address. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: {
      input: t.arg({
        type: ConnectFeedInput,
        description: 'The feed, and whose time it shows.',
        required: true,
      }),
    },
    resolve: (_root, { input }, context) => connectSecret(context, 'feed', input),
  }),
}));
