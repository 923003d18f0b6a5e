/** No text holds U+0000: PostgreSQL can neither keep it nor look for it, and nothing of ours is named so. */
import { GraphQLError, type ValidationRule } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { badInput } from '../errors.ts';
import { fieldOf } from './scalars.ts';

const REASON = 'must not hold the character U+0000';

const rejectLiterals: ValidationRule = (context) => ({
  StringValue(node) {
    if (!node.value.includes('\0')) return;
    const field = fieldOf(node) ?? 'text';
    const extensions = { code: 'BAD_USER_INPUT', field };
    context.reportError(new GraphQLError(`${field}: ${REASON}`, { nodes: node, extensions }));
  },
});

/** Where in the variables such a text is, as in `input.hosts.0`; null: nowhere. */
function findNul(value: unknown, path: string): string | null {
  if (typeof value === 'string') return value.includes('\0') ? path : null;
  if (value === null || typeof value !== 'object') return null;
  for (const [key, inner] of Object.entries(value)) {
    const found = findNul(inner, path ? `${path}.${key}` : key);
    if (found !== null) return found;
  }
  return null;
}

/** @throws SlotwireError BAD_USER_INPUT */
export function rejectNulVariables({ variableValues }: { variableValues?: unknown }) {
  const field = findNul(variableValues, '');
  if (field !== null) throw badInput(field, REASON);
}

/** BAD_USER_INPUT for every text with a U+0000 in it. */
export const rejectNul: Plugin = {
  onValidate: ({ addValidationRule }) => addValidationRule(rejectLiterals),
  onExecute: ({ args }) => rejectNulVariables(args),
  onSubscribe: ({ args }) => rejectNulVariables(args),
};
