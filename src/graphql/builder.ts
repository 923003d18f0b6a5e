/** The schema builder: plugins, scalars, ids. Noun files add to it; nothing happens on import but that. */
import SchemaBuilder from '@pothos/core';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { type ValueNode, valueFromASTUntyped } from 'graphql';
import { notFound } from '../errors.ts';
import { nounOf } from '../ids.ts';
import type { ApiScope } from '../store/access/api-keys.ts';
import { type Context, hasScope, unauthorized } from './context.ts';
import * as scalars from './scalars.ts';

interface SchemaTypes {
  Context: Context;
  Scalars: scalars.ScalarTypes;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Connection: { totalCount: () => Promise<number> };
  /** `operator`: the admin token alone, no organisation's key. */
  AuthScopes: { scope: ApiScope; operator: boolean };
}

/** Names of the types that `node` finds; the module that builds the schema fills it. */
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
    authScopes: (context) => ({
      scope: (scope: ApiScope) => hasScope(context.viewer, scope),
      operator: context.viewer.kind === 'ADMIN',
    }),
    unauthorizedError: (_parent, { viewer }) => unauthorized(viewer),
  },
  relay: {
    edgesFieldOptions: { nullable: { list: false, items: false }, description: 'The items of the page.' },
    nodeFieldOptions: { nullable: false, description: 'The item itself.' },
    // Ids are TypeIDs: they name their noun already.
    encodeGlobalID: (_typename, id) => String(id),
    decodeGlobalID: (id) => ({ typename: nodeTypeOf(id), id }),
    nodeTypeOptions: { description: 'Anything with an id that `node` finds.' },
    idFieldOptions: {
      description:
        'A TypeID: a prefix that names the kind, then a UUIDv7. The same at every gateway, for ever.',
    },
    pageInfoTypeOptions: { description: 'Where a page lies in its list.' },
    hasNextPageFieldOptions: { description: 'True when items follow.' },
    hasPreviousPageFieldOptions: { description: 'True when items come before.' },
    startCursorFieldOptions: {
      description: "Cursor of the page's first item, to be given as `before`; null for an empty page.",
    },
    endCursorFieldOptions: {
      description: "Cursor of the page's last item, to be given as `after`; null for an empty page.",
    },
    cursorFieldOptions: { description: 'Where the item lies in the list, for `after` and `before`.' },
    pageInfoFieldOptions: { description: 'Where the page lies in the list.' },
    firstArgOptions: {
      description: 'How many items at most, from the start or from `after` on; 50 when absent, at most 200.',
    },
    afterArgOptions: { description: 'Cursor that the page comes after; null: the page starts the list.' },
    lastArgOptions: { description: 'How many items at most, from the end or up to `before`; at most 200.' },
    beforeArgOptions: { description: 'Cursor that the page comes before; null: no bound.' },
    defaultConnectionTypeOptions: {
      description:
        'A page of a list; in the order of ids, the oldest first, unless another order is asked for.',
    },
    defaultEdgeTypeOptions: { description: 'An item of a page.' },
    nodeQueryOptions: {
      description: 'Anything of the organisation by its id. Admin.',
      args: { id: { description: 'The id, of any kind that is a Node.' } },
      authScopes: { scope: 'ADMIN' },
      resolve: async (_root, { id }, _context, _info, load) => {
        const node = await load(id);
        if (!node) throw notFound('node', id.id);
        return node;
      },
    },
    nodesQueryOptions: {
      description: 'Several of them, in the order of the ids; null for each id that is unknown. Admin.',
      args: { ids: { description: 'The ids, of any kind that is a Node.' } },
      authScopes: { scope: 'ADMIN' },
    },
  },
});

builder.globalConnectionField('totalCount', (t) =>
  t.int({
    description:
      'How many items the whole list has, as it is filtered. Counted when it is asked for, which costs as much as a page of 200.',
    resolve: ({ totalCount }) => totalCount(),
  }),
);

const WHO_MAY_ASK =
  'Public fields need no key. Admin fields need the admin token or an API key with scope ADMIN, operator fields the admin token.';

builder.queryType({ description: WHO_MAY_ASK });
builder.mutationType({ description: WHO_MAY_ASK });
builder.subscriptionType({
  description: `Over WebSocket (graphql-transport-ws) or as Server-Sent Events. ${WHO_MAY_ASK}`,
});

/** A description for every member of a union of the code: a member that is missing here does not compile. */
export type EnumValues<Member extends string> = Readonly<Record<Member, { description: string }>>;

/** Pothos' options of a scalar: what can't be read is the sender's error. */
function scalar<T>(name: string, { description, form, parse, serialize }: scalars.ScalarDefinition<T>) {
  function read(value: unknown, node?: ValueNode): T {
    const parsed = typeof value === 'string' ? parse(value) : null;
    if (parsed === null) throw scalars.scalarError(name, form, value, node);
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
