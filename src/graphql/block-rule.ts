/** Block rule: whom an organisation keeps from booking. */
import { type BlockRule, type BlockRuleKind, listBlockRules } from '../store/access/block-rules.ts';
import { builder, type EnumValues } from './builder.ts';
import { requireOrganisation } from './context.ts';
import { paginate } from './pagination.ts';

const KindEnum = builder.enumType('BlockRuleKind', {
  description: 'What a block rule names.',
  values: {
    ADDRESS: { description: 'An IP address, or a range as CIDR. Callers with a key of scope BOOK pass.' },
    EMAIL_DOMAIN: { description: 'A domain of e-mail addresses, with all domains below it.' },
    EMAIL: {
      description:
        'A mailbox: case, what follows a plus sign, and at Gmail dots in the address make no difference.',
    },
  } as const satisfies EnumValues<BlockRuleKind>,
});

const BlockRuleRef = builder.objectRef<BlockRule>('BlockRule');
builder.node(BlockRuleRef, {
  description: "Somebody who may not hold, book or move at the organisation's event types. Admin.",
  authScopes: { scope: 'ADMIN' },
  id: { description: 'Starts with `rule_`.', resolve: (rule) => rule.id },
  loadMany: (ids, { loaders }) => Promise.all(ids.map((id) => loaders.blockRule.load(id))),
  fields: (t) => ({
    kind: t.expose('kind', { type: KindEnum, description: 'What it names.' }),
    value: t.exposeString('value', { description: 'As it is compared: in lower case and ASCII.' }),
    note: t.exposeString('note', { nullable: true, description: 'Why, for operators; null: nothing.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was created.',
      resolve: ({ createdAt }) => createdAt.getTime(),
    }),
  }),
});

builder.queryField('blockRules', (t) =>
  t.connection(
    {
      type: BlockRuleRef,
      description: 'Block rules of the organisation, the oldest first. Admin.',
      authScopes: { scope: 'ADMIN' },
      resolve: (_root, args, context) =>
        paginate('BlockRule', args, listBlockRules(context.services.store, requireOrganisation(context))),
    },
    { name: 'BlockRuleConnection' },
    { name: 'BlockRuleEdge' },
  ),
);

builder.mutationFields((t) => ({
  createBlockRule: t.field({
    type: BlockRuleRef,
    description:
      "Keeps somebody from holding, booking and moving at the organisation's event types from now on; bookings stay. At most 5,000 rules. Admin.",
    authScopes: { scope: 'ADMIN' },
    args: {
      kind: t.arg({ type: KindEnum, description: 'What the value is.', required: true }),
      value: t.arg.string({ description: 'The address or range, domain, or mailbox.', required: true }),
      note: t.arg.string({ description: 'Why, for operators; at most 500 characters. Null: nothing.' }),
    },
    resolve: (_root, { kind, value, note }, context) =>
      context.services.booking.blockRules.create(requireOrganisation(context), {
        kind,
        value,
        note: note ?? null,
      }),
  }),
  deleteBlockRule: t.field({
    type: 'Boolean',
    description: 'Deletes a block rule. True when done. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ description: 'Id of the rule (`rule_…`).', required: true }) },
    resolve: async (_root, { id }, context) => {
      await context.services.booking.blockRules.delete(requireOrganisation(context), id);
      return true;
    },
  }),
}));
