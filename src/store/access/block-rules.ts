/** Block rules: whom an organisation keeps from booking. */
import type { Store, Tx } from '../client.ts';
import type { BlockRule, BlockRuleKind } from '../generated/client.ts';
import { pageById, type RowList } from '../lists.ts';

export type { BlockRule, BlockRuleKind };

/** Changes of one organisation's rules wait for each other until the transaction ends. @returns how many it has */
export async function lockBlockRules(tx: Tx, organisation: string): Promise<number> {
  await tx.$queryRaw`select 1 from organisation where id = ${organisation} for no key update`;
  return tx.blockRule.count({ where: { organisationId: organisation } });
}

/** The organisation's rules must be locked. @returns false when it has this rule already */
export async function insertBlockRule(tx: Tx, rule: BlockRule): Promise<boolean> {
  const { count } = await tx.blockRule.createMany({ data: [rule], skipDuplicates: true });
  return count > 0;
}

/** @returns false when the organisation has no such rule */
export async function removeBlockRule(tx: Tx, organisation: string, id: string): Promise<boolean> {
  return (await tx.blockRule.deleteMany({ where: { id, organisationId: organisation } })).count > 0;
}

export const blockRulesByIds = (tx: Tx, organisation: string, ids: readonly string[]) =>
  tx.blockRule.findMany({ where: { organisationId: organisation, id: { in: [...ids] } } });

export const listBlockRules = (store: Store, organisation: string): RowList<BlockRule> => ({
  read: (page) => {
    const { where, ...order } = pageById(page);
    return store.blockRule.findMany({ ...order, where: { ...where, organisationId: organisation } });
  },
  count: () => store.blockRule.count({ where: { organisationId: organisation } }),
});

/** All of an organisation. */
export const allBlockRules = (tx: Tx, organisation: string): Promise<Pick<BlockRule, 'kind' | 'value'>[]> =>
  tx.blockRule.findMany({ where: { organisationId: organisation }, select: { kind: true, value: true } });
