/** DocumentStore that were read before, so that a page's question is parsed and validated once. */
import { type DocumentNode, type GraphQLError, parse } from 'graphql';
import type { Viewer } from '../context.ts';
import {
  checkShape,
  countTokens,
  type DocumentShape,
  measureDocument,
  tokensMax,
} from './document-limits.ts';

/** Tokens of all documents that are kept; a token and its nodes take some 400 bytes. */
const KEPT_TOKENS = 100_000;
/** A text this long counts as one more token. Comments and texts are kept too. */
const CHARACTERS_A_TOKEN = 100;
/** A document with more of them is read anew each time. */
const KEPT_MAX = 5_000;

interface ReadDocument {
  document: DocumentNode;
  tokens: number;
  shape: DocumentShape;
  weight: number;
}

export interface DocumentStore {
  /**
   * Parses a document, within the limits of this viewer.
   * @throws SlotwireError TOO_COSTLY; a GraphQLError for wrong syntax
   */
  read(text: string, viewer: Viewer): DocumentNode;
  /**
   * A document that was read and found valid before, within the limits of this viewer; null: it was not.
   * @throws as `read` does
   */
  readValid(text: string, viewer: Viewer): DocumentNode | null;
  /** What was found when the document was validated; undefined: it was not yet. */
  errorsOf(document: DocumentNode): readonly GraphQLError[] | undefined;
  rememberErrors(document: DocumentNode, errors: readonly GraphQLError[]): void;
}

export function createDocumentStore(): DocumentStore {
  /** In the order of their last use. */
  const kept = new Map<string, ReadDocument>();
  const errors = new WeakMap<DocumentNode, readonly GraphQLError[]>();
  let weight = 0;

  function keep(text: string, read: ReadDocument) {
    if (read.weight > KEPT_MAX) return;
    kept.set(text, read);
    weight += read.weight;
    for (const [oldest, { weight: freed }] of kept) {
      if (weight <= KEPT_TOKENS) break;
      kept.delete(oldest);
      weight -= freed;
    }
  }

  function readAnew(text: string, viewer: Viewer): ReadDocument {
    const most = tokensMax(viewer);
    const tokens = countTokens(text, most);
    const document = parse(text, Number.isFinite(most) ? { maxTokens: most } : {});
    const shape = measureDocument(document);
    checkShape(shape, viewer);
    return { document, tokens, shape, weight: tokens + Math.ceil(text.length / CHARACTERS_A_TOKEN) };
  }

  function read(text: string, viewer: Viewer): DocumentNode {
    const known = kept.get(text);
    if (!known) {
      const found = readAnew(text, viewer);
      keep(text, found);
      return found.document;
    }
    // A caller with more rights may have been the first to send it.
    if (known.tokens > tokensMax(viewer)) countTokens(text, tokensMax(viewer));
    checkShape(known.shape, viewer);
    kept.delete(text);
    kept.set(text, known);
    return known.document;
  }

  return {
    read,
    readValid(text, viewer) {
      const known = kept.get(text);
      return known && errors.get(known.document)?.length === 0 ? read(text, viewer) : null;
    },
    errorsOf: (document) => errors.get(document),
    rememberErrors: (document, found) => void errors.set(document, found),
  };
}
