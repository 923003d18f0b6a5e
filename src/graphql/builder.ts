/** The schema builder: plugins, scalars, ids. Noun files add to it; nothing happens on import but that. */
import SchemaBuilder from '@pothos/core';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { type ValueNode, valueFromASTUntyped } from 'graphql';
import { notFound, SlotwireError } from '../errors.ts';
import { nounOf } from '../ids.ts';
import type { ApiScope } from '../store/access/api-keys.ts';
import { type Context, hasScope } from './context.ts';
import * as scalars from './scalars.ts';

interface SchemaTypes {
  Context: Context;
  Scalars: scalars.ScalarTypes;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  AuthScopes: { scope: ApiScope };
}

/** Names of the types that `node` finds; whoever builds the schema fills it. */
export const nodeTypes = new Set<string>();

/** What is no id of a node is looked for among hosts, and not found there. */
function nodeTypeOf(id: string): string {
  const noun = nounOf(id);
  return noun !== null && nodeTypes.has(noun) ? noun : 'Host';
}

export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [ScopeAuthPlugin, RelayPlugin],
  defaultFieldNullability: false,
  scopeAuth: {
    authorizeOnSubscribe: true,
    authScopes: (context) => ({ scope: (scope: ApiScope) => hasScope(context.viewer, scope) }),
    unauthorizedError: (_parent, context) =>
      context.viewer.kind === 'ANONYMOUS'
        ? new SlotwireError('UNAUTHENTICATED', 'Send a key: Authorization: Bearer <ADMIN_TOKEN or API key>.')
        : new SlotwireError('FORBIDDEN', 'This key lacks the scope for that.'),
  },
  relay: {
    edgesFieldOptions: { nullable: { list: false, items: false } },
    nodeFieldOptions: { nullable: false },
    // Ids are TypeIDs: they name their noun already.
    encodeGlobalID: (_typename, id) => String(id),
    decodeGlobalID: (id) => ({ typename: nodeTypeOf(id), id }),
    nodeQueryOptions: {
      authScopes: { scope: 'ADMIN' },
      resolve: async (_root, { id }, _context, _info, load) => {
        const node = await load(id);
        if (!node) throw notFound('node', id.id);
        return node;
      },
    },
    nodesQueryOptions: { authScopes: { scope: 'ADMIN' } },
  },
});

builder.queryType();
builder.mutationType();
builder.subscriptionType();

/** Pothos' options of a scalar: what can't be read is the sender's error. */
function scalar<T>(name: string, { description, parse, serialize }: scalars.ScalarDefinition<T>) {
  function read(value: unknown, node?: ValueNode): T {
    const parsed = typeof value === 'string' ? parse(value) : null;
    if (parsed === null) throw scalars.scalarError(name, value, node);
    return parsed;
  }
  return {
    description,
    serialize,
    parseValue: (value: unknown) => read(value),
    parseLiteral: (node: ValueNode, variables?: Record<string, unknown> | null) =>
      read(valueFromASTUntyped(node, variables), node),
  };
}

builder.scalarType('DateTime', scalar('DateTime', scalars.dateTime));
builder.scalarType('Duration', scalar('Duration', scalars.duration));
builder.scalarType('TimeZone', scalar('TimeZone', scalars.timeZone));
builder.scalarType('EmailAddress', scalar('EmailAddress', scalars.emailAddress));
builder.scalarType('URL', scalar('URL', scalars.url));
builder.scalarType('LocalDate', scalar('LocalDate', scalars.localDateScalar));
builder.scalarType('LocalTime', scalar('LocalTime', scalars.localTime));
