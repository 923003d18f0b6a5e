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
  documents: TrustedDocuments;
  views: SchemaViews;
  services: Services;
  mask: MaskError;
}

export function createOperations({ envelop, documents, views, services, mask }: OperationsDeps): Operations {
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
        const { schema: whole, parse, validate, execute } = envelop(viewer);
        const document = parse(documents.textOf(reference, viewer));
        const errors = validate(whole, document);
        if (errors.length > 0) return { errors: errors.map(maskForStream) };
        const operation = getOperationAST(document, operationName);
        if (!operation) throw badInput('operationName', 'names no operation of the document');
        const schema = views.schemaFor({ schema: whole, document, operationName }, viewer);
        const contextValue = createContext(viewer, services, { lastEventId, charge });
        const args = { schema, document, operationName, variableValues: variables, contextValue };
        return { kind: operation.operation, args, execute };
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
