/** What a host becomes, as the API takes it: all of it, or what changes. */
import { badInput } from '../errors.ts';
import type { HostInput, HostPatch } from '../offers/rulebook.ts';
import { BrandInput } from './brand.ts';
import { builder } from './builder.ts';
import { WorkingHoursInput, workingHoursFields, ZoneChangeInput } from './working-hours.ts';

export const CreateHostInputRef = builder.inputType('CreateHostInput', {
  description: 'A host to create, or what it becomes.',
  fields: (t) => ({
    name: t.string({ description: "The host's name, as the public sees it.", required: true }),
    slug: t.string({
      description: 'Part of public addresses, /book/{slug}/…; unique among hosts and teams.',
      required: true,
    }),
    timeZone: t.field({
      type: 'TimeZone',
      description: "The host's own time zone, in which days and weeks are counted.",
      required: true,
    }),
    email: t.field({
      type: 'EmailAddress',
      description:
        "The host's address, for invitations; null: none. Absent on creation: none. Absent in an update leaves it as it is.",
    }),
    workingHours: t.field({
      type: WorkingHoursInput,
      description:
        'When the host takes bookings. Null on creation: Monday to Friday, 09:00 to 17:00, in timeZone. Null in an update leaves them as they are.',
    }),
    zoneChanges: t.field({
      type: [ZoneChangeInput],
      description:
        'Changes of the time zone of the hours, as for a stay abroad. Null on creation: none. Null in an update leaves them as they are.',
    }),
    brand: t.field({
      type: BrandInput,
      description: "The host's own brand. Null in an update leaves it as it is.",
    }),
  }),
});

export const HostPatchRef = builder.inputType('HostPatch', {
  description: 'What changes of a host: what is absent stays, null takes the default.',
  fields: (t) => ({
    name: t.string({ description: "The host's name, as the public sees it; it has no default." }),
    slug: t.string({
      description:
        'Part of public addresses, /book/{slug}/…; unique among hosts and teams. It has no default.',
    }),
    timeZone: t.field({
      type: 'TimeZone',
      description:
        "The host's own time zone, in which days and weeks are counted; it has no default. Working hours keep theirs.",
    }),
    email: t.field({ type: 'EmailAddress', description: "The host's address, for invitations; null: none." }),
    workingHours: t.field({
      type: WorkingHoursInput,
      description:
        "When the host takes bookings; null: Monday to Friday, 09:00 to 17:00, in the host's time zone.",
    }),
    zoneChanges: t.field({
      type: [ZoneChangeInput],
      description: 'Changes of the time zone of the hours, as for a stay abroad; null: none.',
    }),
    brand: t.field({ type: BrandInput, description: "The host's own brand; null: none." }),
  }),
});

/** Of a field without a default. @throws SlotwireError BAD_USER_INPUT */
export function rejectNull<T>(value: T | null | undefined, field: string): T | undefined {
  if (value === null) throw badInput(field, 'has no default; leave it out to keep it as it is');
  return value;
}

/** What is undefined is not there: it stays as it is. */
export const hostPatch = (patch: typeof HostPatchRef.$inferInput): HostPatch => {
  const [name, slug] = [rejectNull(patch.name, 'name'), rejectNull(patch.slug, 'slug')];
  const timeZone = rejectNull(patch.timeZone, 'timeZone');
  const { email, workingHours: hours, zoneChanges: changes, brand } = patch;
  return {
    ...(name === undefined ? {} : { name }),
    ...(slug === undefined ? {} : { slug }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(email === undefined ? {} : { email }),
    ...(brand === undefined ? {} : { brand }),
    ...(hours === undefined ? {} : { workingHours: hours && workingHoursFields(hours) }),
    ...(changes === undefined
      ? {}
      : { zoneChanges: changes === null ? null : changes.map((each) => ({ ...each })) }),
  };
};

export const hostFields = (input: typeof CreateHostInputRef.$inferInput): HostInput => ({
  name: input.name,
  slug: input.slug,
  timeZone: input.timeZone,
  email: input.email,
  workingHours: input.workingHours ? workingHoursFields(input.workingHours) : null,
  zoneChanges: input.zoneChanges?.map((change) => ({ ...change })) ?? null,
  brand: input.brand ?? null,
});
