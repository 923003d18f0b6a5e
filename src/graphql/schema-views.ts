/**
 * The schema as introspection shows it: callers without ADMIN learn of the fields that they may use, and of the types that
 * these lead to. Execution itself always knows the whole schema, so that an admin field is refused by its name.
 */
import {
  assertValidSchema,
  type DocumentNode,
  FieldsOnCorrectTypeRule,
  type FragmentDefinitionNode,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigMap,
  GraphQLInterfaceType,
  GraphQLList,
  type GraphQLNamedOutputType,
  type GraphQLNamedType,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLSchema,
  GraphQLUnionType,
  getNamedType,
  getNullableType,
  getOperationAST,
  isAbstractType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  Kind,
  KnownTypeNamesRule,
  OperationTypeNode,
  type SelectionSetNode,
  validate,
} from 'graphql';
import type { ApiScope } from '../store/access/api-keys.ts';
import { hasScope, unauthorized, type Viewer } from './context.ts';
import { API_SCOPES } from './scopes.ts';

/** An operation that is about to run, and its schema. */
interface Introspecting {
  schema: GraphQLSchema;
  document: DocumentNode;
  operationName?: string | null | undefined;
}

export interface SchemaViews {
  /**
   * @returns the schema that the operation is to run on: its own, unless it asks about the schema and the viewer lacks ADMIN
   * @throws SlotwireError UNAUTHENTICATED or FORBIDDEN for an operation that asks about the schema and, beside, for fields that
   * are not in its viewer's view
   */
  schemaFor(operation: Introspecting, viewer: Viewer): GraphQLSchema;
}

/** Makes all views, so that none is made while callers wait. @param whole as ADMIN sees it */
export function createSchemaViews(whole: GraphQLSchema): SchemaViews {
  const scopes = scopesIn(whole);
  const views = new Map<string, GraphQLSchema>();
  for (const granted of subsetsOf(scopes)) views.set(granted.join(), viewOf(whole, granted));

  return {
    schemaFor(operation, viewer) {
      if (hasScope(viewer, 'ADMIN') || !asksAboutSchema(operation)) return operation.schema;
      const view = views.get(scopes.filter((scope) => hasScope(viewer, scope)).join());
      if (!view) throw new Error('no view of the schema was made for these scopes');
      const faults = validate(view, operation.document, IN_VIEW, { maxErrors: 1 });
      if (faults.length > 0) throw unauthorized(viewer);
      return view;
    },
  };
}

/** What tells whether all that a valid document names is in a view. */
const IN_VIEW = [FieldsOnCorrectTypeRule, KnownTypeNamesRule];

/** Whether `__schema` or `__type` is among the fields of the operation. Only queries have them, at their root. */
function asksAboutSchema({ document, operationName }: Introspecting): boolean {
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== OperationTypeNode.QUERY) return false;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const open: SelectionSetNode[] = [operation.selectionSet];
  for (let set = open.pop(); set; set = open.pop()) {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        if (selection.name.value === '__schema' || selection.name.value === '__type') return true;
      } else if (selection.kind === Kind.INLINE_FRAGMENT) open.push(selection.selectionSet);
      else {
        const fragment = fragments.get(selection.name.value);
        // Once is enough, however often it is spread.
        fragments.delete(selection.name.value);
        if (fragment) open.push(fragment.selectionSet);
      }
    }
  }
  return false;
}

interface Marked {
  name: string;
  extensions: Readonly<Record<string, unknown>>;
}

/** What the authorisation plugin demands for a type or field; null: everybody may use it. Any one of several is enough. */
function marksOf({ name, extensions }: Marked): readonly (ApiScope | 'operator')[] | null {
  const marks = property(property(extensions, 'pothosOptions'), 'authScopes');
  if (marks === undefined) return null;
  if (typeof marks !== 'object' || marks === null)
    throw new Error(`${name} is protected in a way that introspection can't tell`);
  return Object.entries(marks).map(([kind, value]: [string, unknown]) => {
    if (kind === 'operator' && value === true) return 'operator';
    const scope = kind === 'scope' ? API_SCOPES.find((known) => known === value) : undefined;
    if (!scope) throw new Error(`${name} is protected by ${kind}, which introspection can't tell`);
    return scope;
  });
}

/** Whether everybody may use a type or field. @throws Error for one that is protected in a way that `marksOf` doesn't know */
export const isOpenToAll = (marked: Marked): boolean => marksOf(marked) === null;

const property = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

/** The scopes beside ADMIN that fields or types of the schema want. */
function scopesIn(schema: GraphQLSchema): readonly ApiScope[] {
  const wanted = new Set<ApiScope>();
  const add = (marked: Marked) => {
    for (const mark of marksOf(marked) ?? []) if (mark !== 'operator' && mark !== 'ADMIN') wanted.add(mark);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    add(type);
    if (isObjectType(type) || isInterfaceType(type)) Object.values(type.getFields()).forEach(add);
  }
  return API_SCOPES.filter((scope) => wanted.has(scope));
}

function subsetsOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  const sets: T[][] = [[]];
  for (const item of items) sets.push(...sets.map((set) => [...set, item]));
  return sets;
}

function viewOf(whole: GraphQLSchema, granted: readonly ApiScope[]): GraphQLSchema {
  const isGranted = (marked: Marked) =>
    marksOf(marked)?.some((mark) => granted.some((scope) => scope === mark)) ?? true;
  /** Of a type whose fields all are refused nothing can be had. */
  const isShownType = (type: GraphQLNamedType): boolean =>
    isGranted(type) && (!isAbstractType(type) || whole.getPossibleTypes(type).some(isGranted));
  const isShownField = (field: Marked & { type: GraphQLOutputType }) =>
    isGranted(field) && isShownType(getNamedType(field.type));

  const made = new Map<string, GraphQLNamedOutputType>();
  function remember<T extends GraphQLNamedOutputType>(type: T): T {
    made.set(type.name, type);
    return type;
  }

  function fieldsOf(type: GraphQLObjectType | GraphQLInterfaceType): GraphQLFieldConfigMap<unknown, unknown> {
    const shown = Object.values(type.getFields()).filter(isShownField);
    const configs: GraphQLFieldConfigMap<unknown, unknown> = type.toConfig().fields;
    return Object.fromEntries(
      shown.flatMap(({ name }): [string, GraphQLFieldConfig<unknown, unknown>][] => {
        const config = configs[name];
        return config ? [[name, { ...config, type: outputOf(config.type) }]] : [];
      }),
    );
  }

  function objectOf(type: GraphQLObjectType): GraphQLObjectType {
    const known = made.get(type.name);
    if (isObjectType(known)) return known;
    return remember(
      new GraphQLObjectType({
        ...type.toConfig(),
        interfaces: () => type.getInterfaces().map(interfaceOf),
        fields: () => fieldsOf(type),
      }),
    );
  }

  function interfaceOf(type: GraphQLInterfaceType): GraphQLInterfaceType {
    const known = made.get(type.name);
    if (isInterfaceType(known)) return known;
    return remember(
      new GraphQLInterfaceType({
        ...type.toConfig(),
        interfaces: () => type.getInterfaces().map(interfaceOf),
        fields: () => fieldsOf(type),
      }),
    );
  }

  function unionOf(type: GraphQLUnionType): GraphQLUnionType {
    const known = made.get(type.name);
    if (isUnionType(known)) return known;
    const types = () => type.getTypes().filter(isGranted).map(objectOf);
    return remember(new GraphQLUnionType({ ...type.toConfig(), types }));
  }

  /** Scalars and enums are the same in every view, and so are the types of arguments. */
  function outputOf(type: GraphQLOutputType): GraphQLOutputType {
    if (isNonNullType(type)) return new GraphQLNonNull(getNullableType(outputOf(type.ofType)));
    if (isListType(type)) return new GraphQLList(outputOf(type.ofType));
    if (isObjectType(type)) return objectOf(type);
    if (isInterfaceType(type)) return interfaceOf(type);
    return isUnionType(type) ? unionOf(type) : type;
  }

  /** Objects that the fields lead to, those that an interface stands for among them. */
  function reachable(): readonly GraphQLObjectType[] {
    const reached = new Set<GraphQLNamedType>();
    const open: GraphQLNamedType[] = rootsOf(whole);
    for (let type = open.pop(); type; type = open.pop()) {
      if (reached.has(type)) continue;
      reached.add(type);
      if (isAbstractType(type)) open.push(...whole.getPossibleTypes(type).filter(isGranted));
      if (isObjectType(type) || isInterfaceType(type))
        for (const field of Object.values(type.getFields()))
          if (isShownField(field)) open.push(getNamedType(field.type));
    }
    return [...reached].filter(isObjectType);
  }

  const [query, mutation, subscription] = ROOTS.map((root) => {
    const type = whole.getRootType(root);
    return type ? objectOf(type) : null;
  });
  const view = new GraphQLSchema({
    ...whole.toConfig(),
    ...{ query, mutation, subscription, types: reachable().map(objectOf) },
  });
  assertValidSchema(view);
  return view;
}

const ROOTS = [OperationTypeNode.QUERY, OperationTypeNode.MUTATION, OperationTypeNode.SUBSCRIPTION];
const rootsOf = (schema: GraphQLSchema): GraphQLNamedType[] =>
  ROOTS.flatMap((root) => schema.getRootType(root) ?? []);
