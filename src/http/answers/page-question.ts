/** What our own pages ask in this process, in place of the browsers that show them: charged, shared and kept as what browsers ask. */
import type { ExecutionResult } from 'graphql';
import { ANONYMOUS } from '../../graphql/context.ts';
import { PAGE_DOCUMENTS } from '../../graphql/page-documents.ts';
import { chargeTo } from '../admission.ts';
import type { AddressLimits } from '../limits.ts';
import type { Operations } from '../streams/operations.ts';
import type { ObtainAnswer } from './shared.ts';

/**
 * @param operation name of one of the pages' queries
 * @param address of the visitor, whom the page was counted for as an operation
 * @returns the data as it came, unchecked; null: none just now
 */
export type AskForPage = (
  operation: string,
  variables: Record<string, unknown>,
  address: string,
) => Promise<unknown>;

export function createAskForPage({
  obtain,
  operations,
  limits,
}: {
  obtain: ObtainAnswer;
  operations: Pick<Operations, 'prepare' | 'admit'>;
  limits: Pick<AddressLimits, 'countCost'>;
}): AskForPage {
  return async (operation, variables, address) => {
    const query = PAGE_DOCUMENTS.find((text) => text.includes(`query ${operation}(`));
    if (query === undefined) throw new Error(`no page asks ${operation}`);
    const viewer = { ...ANONYMOUS, address };
    const caller = { viewer, charge: chargeTo(limits, viewer, address) };
    const params = () => ({ query, variables });
    const obtained = await obtain({ text: JSON.stringify(params()), params, isAddress: false }, caller);
    if (obtained && 'answer' in obtained) {
      const { data }: { data?: unknown } = JSON.parse(obtained.answer.bytes.toString());
      return data ?? null;
    }
    if (obtained) return dataOf(obtained.executed);
    // Its answer is shared with nobody.
    const prepared = operations.prepare(params(), caller);
    if ('errors' in prepared || (await operations.admit(prepared.args)).length > 0) return null;
    return dataOf(await prepared.execute(prepared.args));
  };
}

const dataOf = ({ data, errors }: ExecutionResult): unknown => (errors ? null : (data ?? null));
