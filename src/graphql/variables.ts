/** What no text and no variable of an operation may be: with U+0000 in it, or nested without end. */
import { GraphQLError, type ValidationRule } from 'graphql';
import { badInput } from '../errors.ts';
import { fieldOf } from './scalars.ts';

/** PostgreSQL can neither keep such a text nor look for it, and nothing of ours is named so. */
const REASON = 'must not hold the character U+0000';
/** No input of the schema needs a quarter of them, and code that reads values recursively survives this many. */
const LEVELS_MAX = 50;

export const rejectNulLiterals: ValidationRule = (context) => ({
  StringValue(node) {
    if (!node.value.includes('\0')) return;
    const field = fieldOf(node) ?? 'text';
    const extensions = { code: 'BAD_USER_INPUT', field };
    context.reportError(new GraphQLError(`${field}: ${REASON}`, { nodes: node, extensions }));
  },
});

/** Looks at all of them without recursion. @throws SlotwireError BAD_USER_INPUT, naming where in the variables, as in `input.hosts.0` */
export function checkVariables(variables: unknown): void {
  const open: { value: unknown; path: string; level: number }[] = [{ value: variables, path: '', level: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, path, level } = next;
    if (typeof value === 'string' && value.includes('\0')) throw badInput(path, REASON);
    if (typeof value !== 'object' || value === null) continue;
    if (level > LEVELS_MAX)
      throw badInput('variables', `must not be nested more than ${LEVELS_MAX} levels deep`);
    for (const [key, inner] of Object.entries(value)) {
      open.push({ value: inner, path: path ? `${path}.${key}` : key, level: level + 1 });
    }
  }
}
