/** Feed: a secret URL of a host's combined busy time. */
import { type Feed, listFeeds } from '../store/outbound/feeds.ts';
import { builder } from './builder.ts';
import { requireOrganisation } from './context.ts';
import { HostRef, loadHost } from './host.ts';
import { paginate } from './pagination.ts';

const FeedRef = builder.objectRef<Feed>('Feed');
builder.node(FeedRef, {
  description:
    "A secret address of a host's combined busy time, for other calendar programs. The same is served over CalDAV at /dav/: the host's slug is the user name, the secret in the URL the password. Admin.",
  authScopes: { scope: 'ADMIN' },
  id: { description: 'Starts with `feed_`.', resolve: (feed) => feed.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.feed.load(id))),
  fields: (t) => ({
    host: t.field({
      type: HostRef,
      description: 'The host whose time it shows.',
      resolve: ({ hostId }, _args, { loaders }) => loadHost(loaders, hostId),
    }),
    url: t.field({
      type: 'URL',
      description: 'The secret address, over https. Anyone who has it can read the feed.',
      resolve: (feed, _args, { services }) => services.feeds.links.urlOf(feed),
    }),
    webcalUrl: t.string({
      description: 'The same address with `webcal:`, for programs that subscribe when it is opened.',
      resolve: (feed, _args, { services }) => services.feeds.links.urlOf(feed).replace(/^https?:/, 'webcal:'),
    }),
    titles: t.exposeBoolean('titles', {
      description: 'True when it shows titles, and who booked; false: busy time alone.',
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was created.',
      resolve: ({ createdAt }) => createdAt.getTime(),
    }),
  }),
});

builder.queryField('feeds', (t) =>
  t.connection(
    {
      type: FeedRef,
      description: "Feeds of the organisation's hosts, the oldest first. Admin.",
      authScopes: { scope: 'ADMIN' },
      resolve: (_root, args, context) =>
        paginate('Feed', args, listFeeds(context.services.store, requireOrganisation(context))),
    },
    { name: 'FeedConnection' },
    { name: 'FeedEdge' },
  ),
);

builder.mutationFields((t) => ({
  createFeed: t.field({
    type: FeedRef,
    description: "Creates a secret address of a host's combined busy time. Admin.",
    authScopes: { scope: 'ADMIN' },
    args: {
      host: t.arg.id({ description: 'Id of the host (`host_…`).', required: true }),
      titles: t.arg.boolean({
        defaultValue: false,
        description:
          'True to show titles, and who booked: only for readers whom the host would show all of it.',
      }),
    },
    resolve: (_root, { host, titles }, context) =>
      context.services.feeds.links.create(requireOrganisation(context), { host, titles: titles ?? false }),
  }),
  revokeFeed: t.field({
    type: 'Boolean',
    description: 'Ends a feed: its address and its CalDAV password no longer work. True when done. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ description: 'Id of the feed (`feed_…`).', required: true }) },
    resolve: async (_root, { id }, context) => {
      await context.services.feeds.links.revoke(requireOrganisation(context), id);
      return true;
    },
  }),
}));
