/** Organisation: who owns hosts, event types and keys. The operator's business alone. */
import { checkText } from '../offers/rule-checks.ts';
import {
  insertOrganisation,
  listOrganisations,
  type Organisation,
  renameOrganisation,
} from '../store/access/organisations.ts';
import { builder } from './builder.ts';
import { paginate } from './pagination.ts';

const OrganisationRef = builder.objectRef<Organisation>('Organisation');
builder.node(OrganisationRef, {
  description:
    'Who owns hosts, teams, event types, accounts, feeds and keys; nothing of it is seen by another one. The operator acts in one by the header X-Slotwire-Organisation. Operator.',
  authScopes: { operator: true },
  id: {
    description: 'Starts with `org_`; the value of the header X-Slotwire-Organisation.',
    resolve: ({ id }) => id,
  },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.organisation.load(id))),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What the operator calls it.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was created.',
      resolve: ({ createdAt }) => createdAt.getTime(),
    }),
  }),
});

builder.queryField('organisations', (t) =>
  t.connection(
    {
      type: OrganisationRef,
      description: 'Organisations of the installation, the oldest first. Operator.',
      authScopes: { operator: true },
      resolve: (_root, args, { services }) =>
        paginate('Organisation', args, listOrganisations(services.store)),
    },
    { name: 'OrganisationList' },
    { name: 'OrganisationEdge' },
  ),
);

builder.mutationFields((t) => ({
  createOrganisation: t.field({
    type: OrganisationRef,
    description:
      'Creates an organisation. Its first key: createApiKey with the header X-Slotwire-Organisation. Operator.',
    authScopes: { operator: true },
    args: { name: t.arg.string({ description: 'What to call it.', required: true }) },
    resolve: (_root, { name }, { services: { store, clock } }) => {
      checkText(name, 'name');
      return store.$transaction((tx) => insertOrganisation(tx, name, clock.now()));
    },
  }),
  renameOrganisation: t.field({
    type: OrganisationRef,
    description: 'Gives an organisation another name; its id stays. Operator.',
    authScopes: { operator: true },
    args: {
      id: t.arg.id({ description: 'Id of the organisation (`org_…`).', required: true }),
      name: t.arg.string({ description: 'The new name.', required: true }),
    },
    resolve: (_root, { id, name }, { services, loaders }) => {
      checkText(name, 'name');
      loaders.organisation.clear(id);
      return services.store.$transaction((tx) => renameOrganisation(tx, id, name));
    },
  }),
  deleteOrganisation: t.field({
    type: 'Boolean',
    description:
      'Deletes an organisation with all that is theirs. It is gone for everybody when this answers: keys, feeds, streams and booking pages have ended. Its hosts are erased as deleteHost does, before the answer or, of a large organisation, after it. The default organisation stays. True when done. Operator.',
    authScopes: { operator: true },
    args: { id: t.arg.id({ description: 'Id of the organisation (`org_…`).', required: true }) },
    resolve: async (_root, { id }, { services, loaders }) => {
      loaders.organisation.clear(id);
      await services.booking.organisations.mark(id);
      await services.keys.endOrganisation(id);
      await services.booking.organisations.waitUntilErased(id);
      return true;
    },
  }),
}));
