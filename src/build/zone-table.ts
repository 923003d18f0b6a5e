/** The table by which the booking page finds time zones: cities, countries, earlier spellings and abbreviations, from the zone database. */
import packed from 'moment-timezone/data/packed/latest.json' with { type: 'json' };

/** The package's data file, as far as it is read. */
interface ZoneNames {
  /** `name|abbreviations|offsets|indices|differences|population` */
  zones: readonly string[];
  /** `name|alias` */
  links: readonly string[];
  /** `code|names` */
  countries: readonly string[];
}

/** Digits of the package's base 60. */
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX';
/** A zone with more changes than this goes on changing its clock twice a year. */
const CHANGES_MANY = 60;

/**
 * A row for each zone of a country, those with the most people first:
 * `name|codes of countries|earlier names|abbreviations`.
 */
export function zoneRows({ zones, links, countries }: ZoneNames = packed): string[] {
  const targetOf = new Map(links.map((link) => link.split('|').reverse() as [string, string]));
  const byName = new Map(zones.map((zone) => [zone.slice(0, zone.indexOf('|')), zone.split('|')]));
  const codes = new Map<string, string[]>();
  const sizes = new Map<string, number>();
  for (const country of countries) {
    const [code = '', list = ''] = country.split('|');
    const names = list.split(' ');
    sizes.set(code, names.length);
    // A country that has a name of its own is not looked for under its neighbour's.
    const replaced = new Set(names.flatMap((name) => targetOf.get(name) ?? []));
    for (const name of names) if (!replaced.has(name)) codes.set(name, [...(codes.get(name) ?? []), code]);
  }
  /** A zone's name that no country has is an earlier one of the name that one has: Kiev of Kyiv. */
  const heirs = new Map([...codes.keys()].map((name) => [targetOf.get(name) ?? name, name]));
  const earlier = new Map<string, string[]>();
  for (const name of [...targetOf.keys(), ...byName.keys()]) {
    const target = targetOf.get(name) ?? name;
    const heir = codes.has(target) ? target : heirs.get(target);
    if (!codes.has(name) && heir) earlier.set(heir, [...(earlier.get(heir) ?? []), name]);
  }
  // Tokyo is Japan's before it is that of one house in Australia.
  const codesOf = (name: string) =>
    [...(codes.get(name) ?? [])].sort((a, b) => (sizes.get(a) ?? 0) - (sizes.get(b) ?? 0)).join(' ');
  const packedOf = (name: string) => byName.get(targetOf.get(name) ?? name) ?? [];
  /** Of a name that another zone's has become, it isn't known. */
  const people = (name: string) => {
    const target = targetOf.get(name);
    return target !== undefined && codes.has(target) ? 0 : Number(packedOf(name)[5] || 0);
  };
  const rows = [...codes.keys()]
    .sort((a, b) => people(b) - people(a) || (a < b ? -1 : 1))
    .map((name) => {
      const former = (earlier.get(name) ?? []).sort().join();
      return `${name}|${codesOf(name)}|${former}|${abbreviationsOf(packedOf(name)).join(' ')}`;
    });
  return [...rows, 'UTC||GMT,Etc/UTC,Zulu|UTC GMT'];
}

/** Those in use now. */
function abbreviationsOf([, names = '', , indices = '']: readonly string[]): string[] {
  const known = names.split(' ');
  const last = indices.length > CHANGES_MANY ? indices.slice(-2) : indices.slice(-1);
  const used = [...last].map((digit) => known[DIGITS.indexOf(digit)] ?? '');
  return [...new Set(used)].filter((name) => /^[A-Z]+$/.test(name)).sort();
}

/** As a module. */
export const zoneTable = (): string => `/* Written by codegen.ts from the zone database. */

/** Rows: \`name|codes of countries|earlier names|abbreviations\`, those with the most people first. */
export const ZONE_ROWS: readonly string[] = [
${zoneRows()
  .map((row) => `  '${row}',\n`)
  .join('')}];
`;
