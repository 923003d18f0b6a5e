/** Public slugs, which several tables share. */
import { conflict } from '../errors.ts';
import type { Tx } from './client.ts';
import type { Address } from './generated/client.ts';

/** Slugs that differ in case alone are one; those that older versions stored keep their capitals. */
export const foldSlug = (slug: string): string => slug.toLowerCase();

/** What a slug becomes that somebody sets: one that stays as it is keeps its capitals. @param present null: there is none */
export const slugSetTo = (slug: string, present: string | null): string =>
  slug === present ? slug : foldSlug(slug);

/** Locks a slug until the transaction ends. @param among the set in which the slug must be unique, '' for public slugs */
export const lockSlug = (tx: Tx, slug: string, among = '') =>
  tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`${among}/${foldSlug(slug)}`}, 0))`;

/** @throws SlotwireError CONFLICT when a host or team has the slug already. */
export async function claimSlug(tx: Tx, organisation: string, slug: string, ownerId: string) {
  await lockSlug(tx, slug);
  const claimed = await tx.$executeRaw`
    insert into address (slug, organisation_id, owner_id)
    select ${slug}::text, ${organisation}::text, ${ownerId}::text
    where not exists (select 1 from address where lower(slug collate "C") = ${foldSlug(slug)})
    on conflict (slug) do nothing`;
  if (claimed === 0) throw conflict(`The slug ${slug} is taken.`);
}

/** @throws SlotwireError CONFLICT when a host or team has the slug already. */
export async function renameSlug(tx: Tx, slug: string, ownerId: string) {
  await lockSlug(tx, slug);
  const renamed = await tx.$executeRaw`
    update address set slug = ${slug}
    where owner_id = ${ownerId} and not exists (
      select 1 from address a where lower(a.slug collate "C") = ${foldSlug(slug)} and a.owner_id <> ${ownerId})`;
  if (renamed === 0) throw conflict(`The slug ${slug} is taken.`);
}

/** Releases the public slug of a host or team, so that another may claim it. */
export const releaseSlug = (tx: Tx, ownerId: string) => tx.address.deleteMany({ where: { ownerId } });

/** The host or team behind a public slug: the one that is spelled so, else one whose slug differs in case alone. */
export async function addressBySlug(tx: Tx, slug: string): Promise<Address | null> {
  const [found] = await tx.$queryRaw<Address[]>`
    select slug, organisation_id as "organisationId", owner_id as "ownerId" from address
    where lower(slug collate "C") = ${foldSlug(slug)} order by slug = ${slug} desc, slug limit 1`;
  return found ?? null;
}

export const slugsOf = async (tx: Tx, ownerIds: readonly string[]) => {
  const rows = await tx.address.findMany({ where: { ownerId: { in: [...ownerIds] } } });
  return new Map(rows.map((row) => [row.ownerId, row.slug]));
};
