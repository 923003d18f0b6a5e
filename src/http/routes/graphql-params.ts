/** How Yoga reads a request: what its own readers take for a fault of the gateway is the caller's. */
import { GraphQLError } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import type { DocumentReference } from '../../graphql/trusted-documents.ts';

/**
 * A body or an address that is no GraphQL request is 400 in every media type (GraphQL over HTTP, "JSON parsing failure"). Yoga
 * answers 200 when application/json is accepted, and takes JSON in an address that can't be read for a fault of its own.
 */
export const unreadableParams: Plugin = {
  onRequestParse({ requestParser, setRequestParser }) {
    if (!requestParser) return;
    setRequestParser(async (request) => {
      try {
        if (request.method === 'GET') return paramsFromText(new URL(request.url).searchParams);
        const isForm = FORM.test(request.headers.get('content-type') ?? '');
        return await (isForm
          ? paramsFromText(new URLSearchParams(await request.text()))
          : requestParser(request));
      } catch (error) {
        if (error instanceof GraphQLError && !isUnreadable(error)) throw error;
        const message = error instanceof GraphQLError ? error.message : 'The request can not be read.';
        throw new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } });
      }
    });
  },
};

const FORM = /^application\/x-www-form-urlencoded *(?:[;,]|$)/i;

/** Of an address or a form: what Yoga reads there, and the document's identifier, which it doesn't. @throws SyntaxError */
function paramsFromText(search: URLSearchParams): GraphQLParams & DocumentReference {
  const params: GraphQLParams & DocumentReference = {};
  for (const name of ['query', 'documentId', 'operationName', 'variables', 'extensions'] as const) {
    const text = search.get(name);
    if (text) params[name] = name === 'variables' || name === 'extensions' ? JSON.parse(text) : text;
  }
  return params;
}

/** Other refusals, as of a body that is too long, have a status that counts already. */
const isUnreadable = ({ extensions: { http } }: GraphQLError) => http === undefined || http.status === 400;
