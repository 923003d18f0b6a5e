/** Brands: colour and logo of an organisation, a host or a team. What a host or team has holds in place of what the organisation has. */
import { type Logo, type LogoType, readLogo } from '../../brand/logo.ts';
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';

/** A logo as its address and its place in a page need it. */
export type LogoInfo = Pick<Logo, 'type' | 'hash' | 'width' | 'height'>;

/** What is shown; null: none. */
export interface Brand {
  /** As #0b6b5d. */
  color: string | null;
  logo: LogoInfo | null;
}

/** Absent: it stays as it is; null: none. */
export interface BrandChange {
  color?: string | null;
  logo?: Logo | null;
}

export const NO_BRAND: Brand = { color: null, logo: null };

/** @param owner id of the organisation, host or team. Its row must be locked, or new. */
export async function writeBrand(tx: Tx, organisation: string, owner: string, change: BrandChange) {
  const { color, logo } = change;
  const fields = {
    ...(color === undefined ? {} : { color }),
    ...(logo === undefined
      ? {}
      : {
          logo: logo && `data:image/${logo.type};base64,${logo.bytes.toString('base64')}`,
          logoType: logo?.type ?? null,
          logoHash: logo?.hash ?? null,
          logoWidth: logo?.width ?? null,
          logoHeight: logo?.height ?? null,
        }),
  };
  await tx.brand.upsert({
    where: { ownerId: owner },
    create: { ownerId: owner, organisationId: organisation, ...fields },
    update: fields,
  });
}

/** The owner has none from now on. */
export const removeBrand = (tx: Tx, owner: string) => tx.brand.deleteMany({ where: { ownerId: owner } });

interface BrandRow {
  color: string | null;
  logoType: string | null;
  logoHash: string | null;
  logoWidth: number | null;
  logoHeight: number | null;
}

function brandOfRow({ color, logoType, logoHash, logoWidth, logoHeight }: BrandRow): Brand {
  const isThere = logoType !== null && logoHash !== null && logoWidth !== null && logoHeight !== null;
  const type: LogoType = logoType === 'png' ? 'png' : 'jpeg';
  return { color, logo: isThere ? { type, hash: logoHash, width: logoWidth, height: logoHeight } : null };
}

/** What each of these owners has itself, by id; those without any are absent. */
export async function brandsOfOwners(
  tx: Tx,
  organisation: string,
  owners: readonly string[],
): Promise<{ id: string; brand: Brand }[]> {
  const rows = await tx.brand.findMany({
    where: { organisationId: organisation, ownerId: { in: [...owners] } },
    omit: { logo: true },
  });
  return rows.map((row) => ({ id: row.ownerId, brand: brandOfRow(row) }));
}

/** @param place one row with owner_id, which may be null or empty, and organisation_id */
async function shownBrand(tx: Tx, place: Prisma.Sql): Promise<Brand> {
  const [row] = await tx.$queryRaw<BrandRow[]>`
    select coalesce(own.color, general.color) as color, l.logo_type as "logoType", l.logo_hash as "logoHash",
      l.logo_width as "logoWidth", l.logo_height as "logoHeight"
    from (${place}) place
    left join brand own on own.owner_id = place.owner_id
    left join brand general on general.owner_id = place.organisation_id
    left join brand l on l.owner_id = case when own.logo_hash is null then general.owner_id else own.owner_id end`;
  return row ? brandOfRow(row) : NO_BRAND;
}

/** Of the pages of an owner. @param slug as it is stored */
export const brandOfPages = (tx: Tx, slug: string): Promise<Brand> =>
  shownBrand(tx, Prisma.sql`select owner_id, organisation_id from address where slug = ${slug}`);

/** Of a booking's page: as of the pages of its event type, or of the organisation where that has no owner any more. */
export const brandOfBooking = (tx: Tx, booking: string): Promise<Brand> =>
  shownBrand(
    tx,
    Prisma.sql`select t.owner_id, b.organisation_id from booking b left join event_type t on t.id = b.event_type_id
      where b.id = ${booking}`,
  );

/** Of what an event type tells by mail. */
export const brandOfEventType = (tx: Tx, eventType: string): Promise<Brand> =>
  shownBrand(tx, Prisma.sql`select owner_id, organisation_id from event_type where id = ${eventType}`);

/** The logo itself; null: no brand has it, or not any more. */
export async function logoByHash(tx: Tx, hash: string): Promise<Logo | null> {
  const found = await tx.brand.findFirst({
    where: { logoHash: hash, organisation: { deletedAt: null } },
    select: { logo: true },
  });
  const logo = found?.logo ? readLogo(found.logo) : null;
  return logo && !('fault' in logo) ? logo : null;
}
