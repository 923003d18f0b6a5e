/** Team: hosts that own event types together. */
import { listTeams, type Team, teamMembers } from '../store/rules/teams.ts';
import { builder } from './builder.ts';
import { requireOrganisation } from './context.ts';
import { HostRef } from './host.ts';
import { paginate } from './pagination.ts';

const TeamRef = builder.objectRef<Team>('Team');
builder.node(TeamRef, {
  authScopes: { scope: 'ADMIN' },
  id: { resolve: (team) => team.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.team.load(id))),
  fields: (t) => ({
    name: t.exposeString('name'),
    slug: t.exposeString('slug'),
    members: t.field({
      type: [HostRef],
      resolve: async ({ id }, _args, { services, loaders }) => {
        const ids = await teamMembers(services.store, id);
        return (await Promise.all(ids.map((host) => loaders.host.load(host)))).flatMap((host) => host ?? []);
      },
    }),
  }),
});

builder.queryFields((t) => ({
  teams: t.connection(
    {
      type: TeamRef,
      authScopes: { scope: 'ADMIN' },
      resolve: (_root, args, context) =>
        paginate('Team', args, (page) =>
          listTeams(context.services.store, requireOrganisation(context), page),
        ),
    },
    { name: 'TeamConnection' },
    { name: 'TeamEdge' },
  ),
}));

const CreateTeamInput = builder.inputType('CreateTeamInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    slug: t.string({ required: true }),
    members: t.idList({ required: true }),
  }),
});

builder.mutationFields((t) => ({
  createTeam: t.field({
    type: TeamRef,
    authScopes: { scope: 'ADMIN' },
    args: { input: t.arg({ type: CreateTeamInput, required: true }) },
    resolve: (_root, { input }, context) =>
      context.services.offers.rulebook.createTeam(requireOrganisation(context), input),
  }),
  updateTeam: t.field({
    type: TeamRef,
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ required: true }), input: t.arg({ type: CreateTeamInput, required: true }) },
    resolve: (_root, { id, input }, context) => {
      context.loaders.team.clear(id);
      return context.services.offers.rulebook.updateTeam(requireOrganisation(context), id, input);
    },
  }),
  deleteTeam: t.field({
    type: 'Boolean',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, context) => {
      await context.services.offers.rulebook.deleteTeam(requireOrganisation(context), id);
      context.loaders.team.clear(id);
      return true;
    },
  }),
}));
