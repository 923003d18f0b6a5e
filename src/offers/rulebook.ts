/** Changing rules: hosts, hours, teams, event types. Checked, stored with history, and in the cache before it answers. */
import type { WorkingHours, ZoneChange } from '../availability/hours.ts';
import type { EventTypeRules } from '../availability/rules.ts';
import { cacheKey } from '../cache/keys.ts';
import { badInput, conflict, notFound } from '../errors.ts';
import type { JobQueue } from '../jobs/port.ts';
import { lockOrganisation } from '../store/access/organisations.ts';
import { calendarsOfHosts } from '../store/calendars/calendars.ts';
import { recordFreshness } from '../store/calendars/freshness-history.ts';
import { markDirty, markMovedWithHost } from '../store/calendars/states.ts';
import type { Tx } from '../store/client.ts';
import { addressBySlug } from '../store/rows.ts';
import { writeBrand } from '../store/rules/brands.ts';
import * as eventTypes from '../store/rules/event-types.ts';
import * as hosts from '../store/rules/hosts.ts';
import * as teams from '../store/rules/teams.ts';
import type { Publisher } from '../sync/publisher.ts';
import type { Instant } from '../time/clock.ts';
import { checkBrand, type GivenBrand } from './brand-checks.ts';
import { removeEventTypes } from './removals.ts';
import {
  checkEventType,
  checkHours,
  checkSlug,
  checkText,
  checkZoneChanges,
  defaultHours,
} from './rule-checks.ts';

export interface HostInput extends Omit<hosts.HostFields, 'email'> {
  /** Undefined: an update leaves it as it is. Null: none. */
  email?: string | null | undefined;
  workingHours: WorkingHours | null;
  zoneChanges: ZoneChange[] | null;
  /** Absent: it stays as it is. */
  brand?: GivenBrand | null;
}

/** What is undefined stays as it is; null takes the default. */
export interface HostPatch extends Partial<hosts.HostFields> {
  workingHours?: WorkingHours | null;
  zoneChanges?: ZoneChange[] | null;
  brand?: GivenBrand | null;
}

export interface EventTypeInput extends eventTypes.EventTypeFields {
  /** Slug of a host or team. */
  owner: string;
  slug: string;
  rules: EventTypeRules;
}

export interface TeamInput {
  name: string;
  slug: string;
  /** Ids of hosts. */
  members: string[];
  /** Absent: it stays as it is. */
  brand?: GivenBrand | null | undefined;
}

/** A host's answers to invitations are found by the host's address: the next pulls, within seconds, read everything anew. */
async function judgeEventsAgain(tx: Tx, host: string, now: Instant): Promise<void> {
  const calendars = await calendarsOfHosts(tx, [host]);
  await markDirty(
    tx,
    calendars.flatMap(({ id, selected }) => (selected ? [id] : [])),
    now,
  );
}

export type Rulebook = ReturnType<typeof createRulebook>;

export interface RulebookDeps {
  publisher: Pick<Publisher, 'change'>;
  jobs: JobQueue;
  /**
   * Places times without a zone, which are held for the host, in the host's new one; in the transaction that moves the host.
   * @returns the cache keys that it made stale
   */
  moveTimes(tx: Tx, host: hosts.Host, now: Instant): Promise<string[]>;
}

/** Every function throws SlotwireError: BAD_USER_INPUT, NOT_FOUND, CONFLICT. */
export function createRulebook({ publisher: { change }, jobs, moveTimes }: RulebookDeps) {
  /** Times without a zone are the host's. @returns the cache keys that the move made stale */
  async function moveHost(tx: Tx, host: hosts.Host, now: Instant): Promise<string[]> {
    const moved = await markMovedWithHost(tx, host.id, now);
    await recordFreshness(tx, moved, now);
    await jobs.enqueue(
      tx,
      moved.map((calendar) => ({ task: 'pull', payload: { calendar }, key: calendar })),
    );
    return [...moved.map(cacheKey.calendar), ...(await moveTimes(tx, host, now))];
  }

  async function lockOwnHost(tx: Tx, organisation: string, id: string): Promise<hosts.Host> {
    const host = await hosts.lockHost(tx, organisation, id);
    if (!host) throw notFound('host', id);
    return host;
  }

  /** @param becomes what the host becomes of what it is; hours and zone changes that are null stay */
  const rewriteHost = (organisation: string, id: string, becomes: (host: hosts.Host) => HostInput) =>
    change(async (tx, now) => {
      const host = await lockOwnHost(tx, organisation, id);
      const current = (await hosts.hoursOfHosts(tx, [id])).get(id);
      const { workingHours, zoneChanges, brand, email = host.email, ...fields } = checkHost(becomes(host));
      const result = await hosts.changeHost(tx, host, { ...fields, email }, now);
      await setBrand(tx, organisation, id, brand);
      if (result.email !== host.email) await judgeEventsAgain(tx, id, now);
      const moved = fields.timeZone === host.timeZone ? [] : await moveHost(tx, result, now);
      if (workingHours || zoneChanges) {
        const hours = workingHours ?? current?.hours ?? defaultHours(fields.timeZone);
        const changes = zoneChanges ?? current?.zoneChanges ?? [];
        await hosts.writeHours(tx, host, { hours, zoneChanges: changes }, now);
      }
      return { result, keys: [cacheKey.host(id), ...moved] };
    });

  return {
    createHost: (organisation: string, input: HostInput) =>
      change(async (tx, now) => {
        const { workingHours, zoneChanges, brand, email = null, ...fields } = checkHost(input);
        const hours = {
          hours: workingHours ?? defaultHours(fields.timeZone),
          zoneChanges: zoneChanges ?? [],
        };
        const result = await hosts.insertHost(tx, organisation, { ...fields, email }, hours, now);
        await setBrand(tx, organisation, result.id, brand);
        return { result, keys: [cacheKey.host(result.id), cacheKey.native(result.id)] };
      }),

    /** An absent address, absent hours and absent zone changes stay as they are. */
    updateHost: (organisation: string, id: string, input: HostInput) =>
      rewriteHost(organisation, id, () => input),

    patchHost: (organisation: string, id: string, patch: HostPatch) =>
      rewriteHost(organisation, id, (host) => {
        const { name = host.name, slug = host.slug, timeZone = host.timeZone, email } = patch;
        const { workingHours, zoneChanges, brand } = patch;
        return {
          ...{ name, slug, timeZone, email },
          ...(brand === undefined ? {} : { brand: brand ?? { color: null, logo: null } }),
          workingHours: workingHours === null ? defaultHours(timeZone) : (workingHours ?? null),
          zoneChanges: zoneChanges === null ? [] : (zoneChanges ?? null),
        };
      }),

    setWorkingHours: (organisation: string, id: string, workingHours: WorkingHours) =>
      change(async (tx, now) => {
        checkHours(workingHours, 'input');
        const result = await lockOwnHost(tx, organisation, id);
        const current = (await hosts.hoursOfHosts(tx, [id])).get(id);
        await hosts.writeHours(
          tx,
          result,
          { hours: workingHours, zoneChanges: current?.zoneChanges ?? [] },
          now,
        );
        return { result, keys: [cacheKey.host(id)] };
      }),

    createTeam: (organisation: string, input: TeamInput) =>
      change(async (tx) => {
        checkText(input.name, 'name');
        checkSlug(input.slug);
        await checkHosts(tx, organisation, input.members, 'members');
        const { members, brand, ...fields } = input;
        const result = await teams.insertTeam(tx, organisation, fields, members);
        await setBrand(tx, organisation, result.id, brand);
        return { result, keys: [] };
      }),

    updateTeam: (organisation: string, id: string, input: TeamInput) =>
      change(async (tx) => {
        checkText(input.name, 'name');
        checkSlug(input.slug);
        const team = await teams.lockTeam(tx, organisation, id);
        if (!team) throw notFound('team', id);
        await checkHosts(tx, organisation, input.members, 'members');
        const { members, brand, ...fields } = input;
        const result = await teams.changeTeam(tx, team, fields, members);
        await setBrand(tx, organisation, id, brand);
        return { result, keys: [] };
      }),

    /** Of all its hosts and teams that have none of their own. */
    setOrganisationBrand: (organisation: string, brand: GivenBrand): Promise<void> =>
      change(async (tx) => {
        await lockOrganisation(tx, organisation);
        await setBrand(tx, organisation, organisation, brand);
        return { result: undefined, keys: [] };
      }),

    /** The event types that it owns go with it. */
    deleteTeam: (organisation: string, id: string): Promise<void> =>
      change(async (tx, now) => {
        const owned = await eventTypes.eventTypesOwnedBy(tx, id);
        const keys = await removeEventTypes(tx, organisation, owned, now);
        if (!(await teams.lockTeam(tx, organisation, id))) throw notFound('team', id);
        await teams.removeTeam(tx, id);
        return { result: undefined, keys };
      }),

    createEventType: (organisation: string, input: EventTypeInput) =>
      change(async (tx, now) => {
        const { owner, slug, ...fields } = checkEventType(input);
        await checkHosts(tx, organisation, fields.hosts, 'hosts');
        const ownerId = await ownerIdOf(tx, organisation, owner);
        const id = await eventTypes.insertEventType(tx, organisation, { ownerId, slug }, fields, now);
        return { result: id, keys: [cacheKey.eventType(id)] };
      }),

    updateEventType: (organisation: string, id: string, input: EventTypeInput) =>
      change(async (tx, now) => {
        const { owner, slug, ...fields } = checkEventType(input);
        const [current] = await eventTypes.eventTypesByIds(tx, [id]);
        if (current?.organisationId !== organisation) throw notFound('event type', id);
        await checkHosts(tx, organisation, fields.hosts, 'hosts');
        const ownerId = await ownerIdOf(tx, organisation, owner);
        if (!(await eventTypes.lockEventType(tx, organisation, id))) throw notFound('event type', id);
        await eventTypes.changeEventType(tx, current, { ownerId, slug }, fields, now);
        return { result: id, keys: [cacheKey.eventType(id)] };
      }),

    /** @param becomes all that the event type becomes of what it is; asked twice */
    patchEventType: (
      organisation: string,
      id: string,
      becomes: (current: eventTypes.EventType) => EventTypeInput,
    ) =>
      change(async (tx, now) => {
        const [found] = await eventTypes.eventTypesByIds(tx, [id]);
        if (found?.organisationId !== organisation) throw notFound('event type', id);
        // Hosts are locked before event types, everywhere.
        const { hosts: locked } = becomes(found);
        await checkHosts(tx, organisation, locked, 'hosts');
        const current = await eventTypes.lockEventType(tx, organisation, id);
        if (!current) throw notFound('event type', id);
        const { owner, slug, ...fields } = checkEventType(becomes(current));
        if (fields.hosts.some((host) => !locked.includes(host)))
          throw conflict('The hosts of the event type were changed at the same time: ask again.');
        const ownerId = await ownerIdOf(tx, organisation, owner);
        await eventTypes.changeEventType(tx, current, { ownerId, slug }, fields, now);
        return { result: id, keys: [cacheKey.eventType(id)] };
      }),

    /** Its holds end; its bookings stay. */
    deleteEventType: (organisation: string, id: string): Promise<void> =>
      change(async (tx, now) => {
        const keys = await removeEventTypes(tx, organisation, [id], now);
        if (keys.length === 0) throw notFound('event type', id);
        return { result: undefined, keys };
      }),
  };
}

/** No cached value holds a brand: pages and mails read it from the store. @param owner whose row is locked, or new */
async function setBrand(tx: Tx, organisation: string, owner: string, brand: GivenBrand | null | undefined) {
  if (brand)
    await writeBrand(tx, organisation, owner, checkBrand(brand, owner === organisation ? 'input' : 'brand'));
}

function checkHost(input: HostInput): HostInput {
  checkText(input.name, 'name');
  checkSlug(input.slug);
  if (input.workingHours) checkHours(input.workingHours, 'workingHours');
  if (input.zoneChanges) checkZoneChanges(input.zoneChanges);
  return input;
}

/** @throws SlotwireError BAD_USER_INPUT for a host named twice, NOT_FOUND for one that isn't the organisation's. */
export async function checkHosts(tx: Tx, organisation: string, ids: readonly string[], field: string) {
  if (new Set(ids).size !== ids.length) throw badInput(field, 'names a host twice');
  await hosts.lockHostsForShare(tx, organisation, ids);
  const found = new Set((await hosts.hostsByIds(tx, organisation, ids)).map((host) => host.id));
  const missing = ids.find((id) => !found.has(id));
  if (missing !== undefined) throw notFound('host', missing);
}

/** The id of the host or team. @throws SlotwireError NOT_FOUND */
export async function ownerIdOf(tx: Tx, organisation: string, slug: string): Promise<string> {
  const address = await addressBySlug(tx, slug);
  if (address?.organisationId !== organisation) throw notFound('host or team with the slug', slug);
  return address.ownerId;
}
