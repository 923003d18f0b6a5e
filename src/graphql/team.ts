/** Team: hosts that own event types together. */
import { listTeams, type Team, teamMembers } from '../store/rules/teams.ts';
import { BrandInput, BrandRef, ownBrand } from './brand.ts';
import { builder } from './builder.ts';
import { requireOrganisation } from './context.ts';
import { HostRef } from './host.ts';
import { checkSearch, paginate, searchDescription } from './pagination.ts';

const TeamRef = builder.objectRef<Team>('Team');
builder.node(TeamRef, {
  description: 'Hosts who own event types together. Admin.',
  authScopes: { scope: 'ADMIN' },
  id: { description: 'Starts with `team_`.', resolve: (team) => team.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.team.load(id))),
  fields: (t) => ({
    name: t.exposeString('name', { description: "The team's name." }),
    slug: t.exposeString('slug', { description: 'Part of public addresses, /book/{slug}/….' }),
    brand: t.field({
      type: BrandRef,
      description: "The team's own brand; what it has not is as of the organisation.",
      resolve: ({ id }, _args, { loaders }) => ownBrand(loaders, id),
    }),
    members: t.field({
      type: [HostRef],
      description: 'Hosts of the team.',
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
      description: 'Teams of the organisation, the oldest first. Admin.',
      authScopes: { scope: 'ADMIN' },
      args: { search: t.arg.string({ description: searchDescription('name and slug') }) },
      resolve: (_root, { search, ...args }, context) => {
        checkSearch(search);
        return paginate(
          'Team',
          args,
          listTeams(context.services.store, requireOrganisation(context), search),
        );
      },
    },
    { name: 'TeamConnection' },
    { name: 'TeamEdge' },
  ),
}));

const CreateTeamInput = builder.inputType('CreateTeamInput', {
  description: 'A team to create, or all that it becomes.',
  fields: (t) => ({
    name: t.string({ description: "The team's name.", required: true }),
    slug: t.string({
      description: 'Part of public addresses, /book/{slug}/…; unique among hosts and teams.',
      required: true,
    }),
    members: t.idList({ description: 'Ids of hosts (`host_…`).', required: true }),
    brand: t.field({
      type: BrandInput,
      description: "The team's own brand. Null in an update leaves it as it is.",
    }),
  }),
});

builder.mutationFields((t) => ({
  createTeam: t.field({
    type: TeamRef,
    description: 'Creates a team. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { input: t.arg({ type: CreateTeamInput, description: 'The team.', required: true }) },
    resolve: (_root, { input }, context) =>
      context.services.offers.rulebook.createTeam(requireOrganisation(context), input),
  }),
  updateTeam: t.field({
    type: TeamRef,
    description: "Replaces a team's fields and members; brand stays when it is absent. Admin.",
    authScopes: { scope: 'ADMIN' },
    args: {
      id: t.arg.id({ description: 'Id of the team (`team_…`).', required: true }),
      input: t.arg({ type: CreateTeamInput, description: 'All that the team becomes.', required: true }),
    },
    resolve: (_root, { id, input }, context) => {
      context.loaders.team.clear(id);
      context.loaders.brand.clear(id);
      return context.services.offers.rulebook.updateTeam(requireOrganisation(context), id, input);
    },
  }),
  deleteTeam: t.field({
    type: 'Boolean',
    description: 'Deletes a team and the event types that it owns; its members stay. True when done. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ description: 'Id of the team (`team_…`).', required: true }) },
    resolve: async (_root, { id }, context) => {
      await context.services.offers.rulebook.deleteTeam(requireOrganisation(context), id);
      context.loaders.team.clear(id);
      return true;
    },
  }),
}));
