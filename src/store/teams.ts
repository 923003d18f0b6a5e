/** Teams: owners of event types that several hosts share. */
import { newId } from '../ids.ts';
import type { Store, Tx } from './client.ts';
import type { Team } from './generated/client.ts';
import { claimSlug, type Page } from './rows.ts';

export type { Team };

/** @throws SlotwireError CONFLICT when the slug is taken. */
export async function insertTeam(
  tx: Tx,
  organisation: string,
  fields: { name: string; slug: string },
  members: readonly string[],
): Promise<Team> {
  const id = newId('Team');
  await claimSlug(tx, organisation, fields.slug, id);
  const team = await tx.team.create({ data: { id, organisationId: organisation, ...fields } });
  await tx.teamMember.createMany({
    data: members.map((hostId, position) => ({ organisationId: organisation, teamId: id, hostId, position })),
  });
  return team;
}

export const teamsByIds = (store: Store, organisation: string, ids: readonly string[]) =>
  store.team.findMany({ where: { organisationId: organisation, id: { in: [...ids] } } });

export const listTeams = (store: Store, organisation: string, page: Page) =>
  store.team.findMany({ where: { organisationId: organisation }, ...page });

/** Host ids in their order. */
export async function membersOf(store: Store, team: string): Promise<string[]> {
  const rows = await store.teamMember.findMany({ where: { teamId: team }, orderBy: { position: 'asc' } });
  return rows.map((row) => row.hostId);
}
