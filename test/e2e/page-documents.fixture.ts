/** The text of an operation that a page sent, by its text or by its identifier. */
import { createHash } from 'node:crypto';
import { PAGE_DOCUMENTS } from '../../src/graphql/page-documents.ts';

const byId = new Map(
  PAGE_DOCUMENTS.map((text) => [`sha256:${createHash('sha256').update(text).digest('hex')}`, text]),
);

export interface SentOperation {
  query?: string | undefined;
  documentId?: string | undefined;
}

/** Empty for an identifier that no document has. */
export const documentOf = ({ query, documentId }: SentOperation): string =>
  query || (byId.get(documentId ?? '') ?? '');
