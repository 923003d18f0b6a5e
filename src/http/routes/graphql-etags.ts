/** Answers to documents asked for by GET and identifier can be kept by caches, which ask whether they still hold. */
import { createHash } from 'node:crypto';
import type { Plugin } from 'graphql-yoga';

export const etags: Plugin = {
  async onResponse({ request, response, setResponse, fetchAPI }) {
    if (request.method !== 'GET' || response.status !== 200 || !/[?&]documentId=/.test(request.url)) return;
    const body = await response.text();
    // Weak, as a proxy may compress the same answer.
    const etag = `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    const headers = new fetchAPI.Headers(response.headers);
    headers.set('etag', etag);
    headers.set('cache-control', 'no-cache');
    headers.append('vary', 'accept, authorization');
    const isKnown = (request.headers.get('if-none-match') ?? '')
      .split(',')
      .some((known) => known.trim() === '*' || known.trim().replace(/^W\//, '') === etag.slice(2));
    if (!isKnown) return setResponse(new fetchAPI.Response(body, { status: 200, headers }));
    for (const name of ['content-type', 'content-length']) headers.delete(name);
    setResponse(new fetchAPI.Response(null, { status: 304, headers }));
  },
};
