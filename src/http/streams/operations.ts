/** Operations of streams, prepared as Yoga prepares those of requests. */
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
} from 'graphql';
import { badInput } from '../../errors.ts';
import { type ChargeCost, createContext, type Viewer } from '../../graphql/context.ts';
import type { DocumentStore } from '../../graphql/cost/documents.ts';
import { admitOperation } from '../../graphql/cost/guard.ts';
import type { SchemaViews } from '../../graphql/schema-views.ts';
import type { Services } from '../../graphql/services.ts';
import {
  createSharedSubscription,
  type MaskError,
  type SharedSubscription,
  type SubscriptionArgs,
} from '../../graphql/shared-subscription.ts';
import type { TrustedDocuments } from '../../graphql/trusted-documents.ts';

/** The parameters as they came, unchecked. */
export interface OperationParams {
  /** Or `documentId`, also in `extensions`, in its place. */
  query?: unknown;
  documentId?: unknown;
  extensions?: unknown;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
}

export interface Operations {
  /** Parses and validates the operation. Errors are masked. */
  prepare(
    params: OperationParams,
    caller: OperationCaller,
    lastEventId?: string | null,
  ): Prepared | { errors: readonly GraphQLError[] };
  /** Weighs the operation and charges its caller, once. @returns why not; empty: it may begin */
  admit(args: SubscriptionArgs): Promise<readonly GraphQLError[]>;
  subscribe(args: SubscriptionArgs): Promise<SharedSubscription | readonly GraphQLError[]>;
  /** An error for a stream: masked, without what is meant for an HTTP answer. */
  maskForStream(error: unknown): GraphQLError;
}

/** Who sent an operation. */
export interface OperationCaller {
  viewer: Viewer;
  charge: ChargeCost;
}

export interface Prepared {
  kind: 'query' | 'mutation' | 'subscription';
  args: SubscriptionArgs;
  /** For a query or mutation. */
  execute: Enveloped['execute'];
}

/** The part of Yoga that is used. The context is created here, as most streams need little of it. */
export interface Enveloped {
  schema: GraphQLSchema;
  parse(query: string): DocumentNode;
  validate(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[];
  execute(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult>;
}

export interface OperationsDeps {
  envelop(viewer: Viewer): Enveloped;
  /** The whole schema. */
  schema: GraphQLSchema;
  documents: TrustedDocuments;
  /** What `envelop` reads documents with. */
  store: Pick<DocumentStore, 'readValid'>;
  views: SchemaViews;
  services: Services;
  mask: MaskError;
}

export function createOperations(deps: OperationsDeps): Operations {
  const { schema: whole, documents, store, views, services, mask } = deps;

  /** What executes one operation, made when the first of its steps is taken: most shared answers take none. */
  function createEnvelope(viewer: Viewer): () => Enveloped {
    let made: Enveloped | undefined;
    return () => {
      made ??= deps.envelop(viewer);
      return made;
    };
  }

  /** @returns a document that is valid, or what is wrong with it. @throws what parsing throws */
  function readDocument(
    text: string,
    viewer: Viewer,
    envelope: () => Enveloped,
  ): DocumentNode | readonly GraphQLError[] {
    const known = store.readValid(text, viewer);
    if (known) return known;
    const { schema, parse, validate } = envelope();
    const document = parse(text);
    const errors = validate(schema, document);
    return errors.length > 0 ? errors : document;
  }

  function maskForStream(error: unknown): GraphQLError {
    const masked = mask(error);
    delete masked.extensions.http;
    return masked;
  }

  return {
    maskForStream,
    prepare(
      { operationName = null, variables = null, ...reference },
      { viewer, charge },
      lastEventId = null,
    ) {
      try {
        const envelope = createEnvelope(viewer);
        const document = readDocument(documents.textOf(reference, viewer), viewer, envelope);
        if (!('kind' in document)) return { errors: document.map(maskForStream) };
        const operation = getOperationAST(document, operationName);
        if (!operation) throw badInput('operationName', 'names no operation of the document');
        const schema = views.schemaFor({ schema: whole, document, operationName }, viewer);
        const contextValue = createContext(viewer, services, { lastEventId, charge });
        const args = { schema, document, operationName, variableValues: variables, contextValue };
        return { kind: operation.operation, args, execute: (asked) => envelope().execute(asked) };
      } catch (error) {
        return { errors: [maskForStream(error)] };
      }
    },
    async admit(args) {
      try {
        await admitOperation(args);
        return [];
      } catch (error) {
        return [maskForStream(error)];
      }
    },
    subscribe: (args) => createSharedSubscription(args, maskForStream),
  };
}
