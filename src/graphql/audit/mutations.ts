/**
 * Every mutation of a caller with a credential is recorded in the audit log. A mutation needs to say nothing for that, so that none
 * can be forgotten: only those that are a visitor's own booking are named, and what the arguments don't tell.
 */
import { defaultFieldResolver, type GraphQLField, type GraphQLSchema } from 'graphql';
import { type Noun, nounOf } from '../../ids.ts';
import { audited } from '../../store/audit/audited.ts';
import type { Actor } from '../../store/audit/entries.ts';
import { isNoun } from '../../store/audit/snapshot.ts';
import type { Context, Viewer } from '../context.ts';

/** What visitors do, by whomever it is asked: bookings have a history of their own. */
export const VISITORS: readonly string[] = [
  'holdSlot',
  'releaseHold',
  'confirmBooking',
  'rescheduleBooking',
  'cancelBooking',
];

/** What a mutation makes, where its name does not say it. */
const MAKES: Readonly<Record<string, Noun>> = {
  attachHost: 'Account',
  connectCalDav: 'Account',
  connectFeed: 'Account',
  connectOrganisation: 'OrganisationConnection',
};

/** Arguments that name the subject, the first of them that a mutation has. */
const SUBJECTS = ['id', 'host', 'calendar', 'account', 'eventType', 'delivery'] as const;

/** What changes the caller's own organisation: the entry is in its own log. */
export const OF_CALLER: readonly string[] = ['setOrganisationBrand'];

/** What the mutation makes; null: it changes something that is there. */
export function nounMadeBy(mutation: string): Noun | null {
  const named = /^create(\w+)$/.exec(mutation)?.[1] ?? '';
  return MAKES[mutation] ?? (isNoun(named) ? named : null);
}

/** The id of what the arguments say is changed; null: they name nothing. */
function subjectOf(args: Readonly<Record<string, unknown>>): string | null {
  for (const name of SUBJECTS) if (typeof args[name] === 'string') return args[name];
  return null;
}

export const actorOf = ({ key, name, address }: Viewer): Actor => ({
  actor: key?.id ?? 'operator',
  actorName: name,
  address: address === '' ? null : address,
});

/** Has every mutation of the schema write its entry. */
export function auditMutations(schema: GraphQLSchema): void {
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
  for (const field of mutations) if (!VISITORS.includes(field.name)) auditField(field);
}

function auditField(field: GraphQLField<unknown, Context>): void {
  const { name, resolve = defaultFieldResolver } = field;
  const creates = nounMadeBy(name);
  field.resolve = (root, args: Record<string, unknown>, context, info) => {
    const { viewer, services } = context;
    if (viewer.kind === 'ANONYMOUS') return resolve(root, args, context, info);
    const isOfCaller = OF_CALLER.includes(name);
    const named = creates === null ? subjectOf(args) : null;
    const subject = isOfCaller ? viewer.organisation : named;
    // What happens to organisations concerns the installation, and outlives them.
    const isOfInstallation = (creates ?? nounOf(named ?? '')) === 'Organisation';
    const organisation = isOfInstallation ? null : viewer.organisation;
    const change = { ...actorOf(viewer), organisation, action: name, subject, creates };
    return audited(services.store, change, () => resolve(root, args, context, info));
  };
}
