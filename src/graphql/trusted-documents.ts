/** Documents by their identifier (GraphQL over HTTP, "Persisted Documents"): those of our own pages, which the gateway trusts. */
import { createHash } from 'node:crypto';
import type { Config } from '../config.ts';
import { badInput, SlotwireError } from '../errors.ts';
import type { Viewer } from './context.ts';
import { PAGE_DOCUMENTS } from './page-documents.ts';

/** How an operation names its document: by text or by identifier. As they came, unchecked. */
export interface DocumentReference {
  query?: unknown;
  documentId?: unknown;
  /** Where a protocol has no place for `documentId`, as graphql-transport-ws has none, it is looked for in here. */
  extensions?: unknown;
}

export interface TrustedDocuments {
  /**
   * @returns the document's text
   * @throws SlotwireError NOT_FOUND for an unknown identifier; FORBIDDEN for a document that this caller may not send;
   * BAD_USER_INPUT
   */
  textOf(reference: DocumentReference, viewer: Viewer): string;
}

/** @param documents TRUSTED_DOCUMENTS: `only` refuses all others of callers without a key */
export function createTrustedDocuments(documents: Config['TRUSTED_DOCUMENTS']): TrustedDocuments {
  const byId = new Map(PAGE_DOCUMENTS.map((text) => [identifierOf(text), text]));
  const texts = new Set(PAGE_DOCUMENTS);
  return {
    textOf(reference, viewer) {
      const documentId = reference.documentId ?? nestedId(reference.extensions) ?? null;
      // A client of graphql-transport-ws can't leave the query out.
      const query = reference.query === '' && documentId !== null ? null : (reference.query ?? null);
      if (documentId === null) {
        if (typeof query !== 'string') throw badInput('query', 'must be a text');
        const isAllowed = documents !== 'only' || viewer.kind !== 'ANONYMOUS' || texts.has(query);
        if (!isAllowed)
          throw new SlotwireError(
            'FORBIDDEN',
            'Without a key, only the documents of our own pages are answered.',
          );
        return query;
      }
      if (query !== null) throw badInput('documentId', 'stands in place of the query');
      if (typeof documentId !== 'string') throw badInput('documentId', 'must be a text');
      const text = byId.get(documentId);
      if (text === undefined) {
        const shown = documentId.slice(0, SHOWN_MAX);
        throw new SlotwireError('NOT_FOUND', `There is no document ${shown}.`, { field: 'documentId' });
      }
      return text;
    },
  };
}

/** `sha256:` and 64 hexadecimal digits are an identifier's length. */
const SHOWN_MAX = 71;

const identifierOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

const nestedId = (extensions: unknown): unknown =>
  typeof extensions === 'object' && extensions !== null && 'documentId' in extensions
    ? extensions.documentId
    : null;
