/** Teams: owners of event types that several hosts share. */
import { newId } from '../../ids.ts';
import type { Store, Tx } from '../client.ts';
import { Prisma, type Team } from '../generated/client.ts';
import { conditions, type Listing, matches, type RowList, rowList } from '../lists.ts';
import { claimSlug, releaseSlug, renameSlug, slugSetTo } from '../rows.ts';
import { removeBrand } from './brands.ts';

export type { Team };

/** @throws SlotwireError CONFLICT when the slug is taken. */
export async function insertTeam(
  tx: Tx,
  organisation: string,
  fields: { name: string; slug: string },
  members: readonly string[],
): Promise<Team> {
  const id = newId('Team');
  const slug = slugSetTo(fields.slug, null);
  await claimSlug(tx, organisation, slug, id);
  const team = await tx.team.create({ data: { id, organisationId: organisation, ...fields, slug } });
  await writeMembers(tx, team, members);
  return team;
}

const writeMembers = (tx: Tx, { id, organisationId }: Team, members: readonly string[]) =>
  tx.teamMember.createMany({
    data: members.map((hostId, position) => ({ organisationId, teamId: id, hostId, position })),
  });

/** Waits for the row's lock and keeps it until the transaction ends. */
export async function lockTeam(tx: Tx, organisation: string, id: string): Promise<Team | null> {
  await tx.$queryRaw`select 1 from team where id = ${id} and organisation_id = ${organisation} for no key update`;
  return tx.team.findFirst({ where: { id, organisationId: organisation } });
}

/** The row must be locked. @throws SlotwireError CONFLICT when the slug is taken. */
export async function changeTeam(
  tx: Tx,
  team: Team,
  fields: { name: string; slug: string },
  members: readonly string[],
): Promise<Team> {
  const slug = slugSetTo(fields.slug, team.slug);
  if (slug !== team.slug) await renameSlug(tx, slug, team.id);
  await tx.teamMember.deleteMany({ where: { teamId: team.id } });
  await writeMembers(tx, team, members);
  return tx.team.update({ where: { id: team.id }, data: { ...fields, slug } });
}

/** The row must be locked. Its event types are not touched. */
export async function removeTeam(tx: Tx, id: string): Promise<void> {
  await releaseSlug(tx, id);
  await removeBrand(tx, id);
  await tx.team.delete({ where: { id } });
}

/** The host is a member of no team from now on. */
export const removeFromTeams = (tx: Tx, host: string) =>
  tx.teamMember.deleteMany({ where: { hostId: host } });

export const teamsByIds = (store: Store, organisation: string, ids: readonly string[]) =>
  store.team.findMany({ where: { organisationId: organisation, id: { in: [...ids] } } });

/** @param search words of name and slug; null: all */
export const teamListing = (organisation: string, search?: string | null): Listing => ({
  from: Prisma.sql`team t`,
  id: Prisma.sql`t.id`,
  where: conditions(
    Prisma.sql`t.organisation_id = ${organisation}`,
    matches(Prisma.sql`search_words(t.name || ' ' || t.slug)`, search),
  ),
});

export const listTeams = (store: Store, organisation: string, search?: string | null): RowList<Team> =>
  rowList(store, teamListing(organisation, search), (ids) => teamsByIds(store, organisation, ids));

/** Host ids in their order. */
export async function teamMembers(store: Store, team: string): Promise<string[]> {
  const rows = await store.teamMember.findMany({ where: { teamId: team }, orderBy: { position: 'asc' } });
  return rows.map((row) => row.hostId);
}
