/** PROPFIND returns properties of a resource and its members; PROPPATCH refuses every change. */
import type { Element } from '@xmldom/xmldom';
import { type DavSubject, propertiesOf } from './properties.ts';
import { parsePropertyQuery, propertyNames, propertyResponse } from './property-query.ts';
import { childResources, type DavResource, hrefOf } from './resource.ts';
import {
  type DavServerResponse,
  davError,
  multistatus,
  propstatElement,
  responseElement,
} from './response.ts';
import { childOf, childrenOf, dav, element, isNamed } from './xml.ts';

/** RFC 4918 §10.2 takes a missing Depth for infinity; clients that leave it out want the resource itself. */
export function depthOf(header: string | undefined): 0 | 1 {
  const depth = header?.trim().toLowerCase() ?? '0';
  if (depth === 'infinity') throw davError(403, dav('propfind-finite-depth'));
  if (depth !== '0' && depth !== '1') throw davError(400);
  return depth === '1' ? 1 : 0;
}

/** Whether the response needs the calendar's content. */
export const needsSnapshot = ({ type }: DavResource, depth: 0 | 1): boolean =>
  type === 'calendar' || type === 'item' || (type === 'home' && depth === 1);

export interface PropfindContext {
  subject: DavSubject;
  depth: 0 | 1;
  minimal: boolean;
  /** The requested path: a root alias is answered by the name that was requested. */
  path: string;
}

/** @throws DavError */
export function propfind(
  resource: DavResource,
  body: Element | null,
  deps: PropfindContext,
): DavServerResponse {
  if (body && !isNamed(body, dav('propfind'))) throw davError(400);
  const { subject, depth, minimal, path } = deps;
  const { slug } = subject.feed.host;
  const query = parsePropertyQuery(body);
  const found = propertiesOf(resource, subject);
  if (!found) throw davError(404);
  const own = found;
  const href = resource.type === 'root' && path !== '/dav' ? path : hrefOf(resource, slug);
  function* responses() {
    yield propertyResponse(href, own, query, { minimal });
    if (depth === 0) return;
    for (const member of childResources(resource)) {
      yield propertyResponse(hrefOf(member, slug), propertiesOf(member, subject) ?? [], query, { minimal });
    }
    for (const item of resource.type === 'calendar' ? (subject.snapshot?.items ?? []) : []) {
      const member: DavResource = { type: 'item', id: item.id };
      const singleItem = subject.snapshot && { ...subject.snapshot, items: [item] };
      const itemProperties = propertiesOf(member, { ...subject, snapshot: singleItem });
      yield propertyResponse(hrefOf(member, slug), itemProperties ?? [], query, { minimal });
    }
  }
  return multistatus(responses());
}

/** Some clients set a colour and an order: each property is refused, and the clients continue. @throws DavError */
export function proppatch(href: string, body: Element | null): DavServerResponse {
  if (!body || !isNamed(body, dav('propertyupdate'))) throw davError(400);
  const changed = childrenOf(body).flatMap((change) => childOf(change, dav('prop')) ?? []);
  const names = propertyNames(changed.flatMap(childrenOf));
  const content = names.map((name) => element(name)).join('');
  return multistatus([
    responseElement(href, propstatElement(403, content, dav('cannot-modify-protected-property'))),
  ]);
}
