/** The audit log as administrators read it. */
import { type AuditEntry, listAuditEntries } from '../../store/audit/entries.ts';
import { builder } from '../builder.ts';
import { checkSpan, paginate } from '../pagination.ts';
import { visibleOrganisation } from '../visible-organisation.ts';

/** JSON of details that may be absent. */
const textOf = (details: AuditEntry['before']) => (details === null ? null : JSON.stringify(details));

const AuditEntryRef = builder.objectRef<AuditEntry>('AuditEntry').implement({
  description: 'A change by an operator, a key, a host or a command. Entries are never changed. Admin.',
  authScopes: { scope: 'ADMIN' },
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Starts with `aud_`.' }),
    at: t.field({
      type: 'DateTime',
      description: "When, by the database's clock.",
      resolve: ({ at }) => at.getTime(),
    }),
    actor: t.exposeString('actor', {
      description:
        'Who: `operator` (the admin token), `command line`, the id of an API key (`key_…`) or of a host (`host_…`).',
    }),
    actorName: t.exposeString('actorName', {
      nullable: true,
      description: "Name of the key, or of the system's user who gave the command; null: none.",
    }),
    address: t.exposeString('address', {
      nullable: true,
      description: 'IP address that asked; null: unknown, or this machine.',
    }),
    action: t.exposeString('action', { description: 'The mutation, or the command.' }),
    subject: t.exposeID('subject', {
      nullable: true,
      description: 'Id of what was changed or made; null: nothing with an id.',
    }),
    organisation: t.exposeID('organisationId', {
      nullable: true,
      description: 'Id of the organisation in which it was done; null: of the whole installation.',
    }),
    before: t.string({
      nullable: true,
      description:
        'JSON of the fields that changed, as they were, without secrets and attendees; null: there was nothing, no field changed, or it was erased since.',
      resolve: ({ before }) => textOf(before),
    }),
    after: t.string({
      nullable: true,
      description:
        'The same fields as they became; null: it is gone, no field changed, or it was erased since.',
      resolve: ({ after }) => textOf(after),
    }),
  }),
});

builder.queryField('auditLog', (t) =>
  t.connection(
    {
      type: AuditEntryRef,
      description:
        "Who changed what, the oldest first: a key sees its own organisation's entries; the admin token those of all, or of the organisation that X-Slotwire-Organisation names. Kept for AUDIT_RETENTION. Admin.",
      authScopes: { scope: 'ADMIN' },
      args: {
        actor: t.arg.string({ description: 'Only of this actor, as the field `actor` has it.' }),
        subject: t.arg.id({ description: 'Only of changes of this.' }),
        from: t.arg({ type: 'DateTime', description: 'Only from this instant on.' }),
        to: t.arg({ type: 'DateTime', description: 'Only before this instant.' }),
      },
      resolve: async (_root, { actor, subject, from, to, ...args }, context) => {
        checkSpan(from, to);
        const { store } = context.services;
        const organisation = await visibleOrganisation(context);
        const filter = { actor, subject, from, to };
        return paginate('AuditEntry', args, listAuditEntries(store, organisation, filter));
      },
    },
    { name: 'AuditEntryConnection' },
    { name: 'AuditEntryEdge' },
  ),
);
