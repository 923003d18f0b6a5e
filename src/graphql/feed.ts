/** Feed: a secret URL of a host's combined busy time. */
import { type Feed, listFeeds } from '../store/outbound/feeds.ts';
import { builder } from './builder.ts';
import { requireOrganisation } from './context.ts';
import { HostRef, loadHost } from './host.ts';
import { paginate } from './pagination.ts';

const FeedRef = builder.objectRef<Feed>('Feed');
builder.node(FeedRef, {
  description:
    'Whoever has its URL reads when the host is busy. The same over CalDAV: at /dav/, with the host’s slug and the secret in the URL as name and password.',
  authScopes: { scope: 'ADMIN' },
  id: { resolve: (feed) => feed.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.feed.load(id))),
  fields: (t) => ({
    host: t.field({
      type: HostRef,
      resolve: ({ hostId }, _args, { loaders }) => loadHost(loaders, hostId),
    }),
    url: t.field({ type: 'URL', resolve: (feed, _args, { services }) => services.feeds.links.urlOf(feed) }),
    webcalUrl: t.string({
      description: 'The same for programs that subscribe when it is opened.',
      resolve: (feed, _args, { services }) => services.feeds.links.urlOf(feed).replace(/^https?:/, 'webcal:'),
    }),
    titles: t.exposeBoolean('titles', {
      description: 'Does it tell what events are called, or busy time alone?',
    }),
    createdAt: t.field({ type: 'DateTime', resolve: ({ createdAt }) => createdAt.getTime() }),
  }),
});

builder.queryField('feeds', (t) =>
  t.connection(
    {
      type: FeedRef,
      authScopes: { scope: 'ADMIN' },
      resolve: (_root, args, context) =>
        paginate('Feed', args, (page) =>
          listFeeds(context.services.store, requireOrganisation(context), page),
        ),
    },
    { name: 'FeedConnection' },
    { name: 'FeedEdge' },
  ),
);

builder.mutationFields((t) => ({
  createFeed: t.field({
    type: FeedRef,
    description: "A secret URL of the host's combined busy time: https and webcal.",
    authScopes: { scope: 'ADMIN' },
    args: {
      host: t.arg.id({ required: true }),
      titles: t.arg.boolean({
        defaultValue: false,
        description:
          'Tell what events are called too, and who booked. Only for readers whom the host would show all of it.',
      }),
    },
    resolve: (_root, { host, titles }, context) =>
      context.services.feeds.links.create(requireOrganisation(context), { host, titles: titles ?? false }),
  }),
  revokeFeed: t.field({
    type: 'Boolean',
    description: 'From now on there is nothing at its URL, and its password opens nothing.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, context) => {
      await context.services.feeds.links.revoke(requireOrganisation(context), id);
      return true;
    },
  }),
}));
