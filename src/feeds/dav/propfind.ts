/** PROPFIND: properties of a resource and of what lies directly in it; PROPPATCH: none of them can be changed. */
import type { Element } from '@xmldom/xmldom';
import { type DavAnswer, multistatus, propstat, refusal, response } from './answer.ts';
import { askedBy, tell } from './asked.ts';
import { propertiesOf, type Subject } from './properties.ts';
import { hrefOf, membersOf, type Resource } from './resource.ts';
import { childOf, childrenOf, dav, element, isNamed, nameOf } from './xml.ts';

/** By RFC 4918 §10.2 no Depth means infinity, which nobody who leaves it out wants: itself is enough. */
export function depthOf(header: string | undefined): 0 | 1 {
  const depth = header?.trim().toLowerCase() ?? '0';
  if (depth === 'infinity') throw refusal(403, dav('propfind-finite-depth'));
  if (depth !== '0' && depth !== '1') throw refusal(400);
  return depth === '1' ? 1 : 0;
}

/** Does it take reading the calendar to answer? */
export const looksInside = ({ type }: Resource, depth: 0 | 1): boolean =>
  type === 'calendar' || type === 'item' || (type === 'home' && depth === 1);

export interface PropfindDeps {
  subject: Subject;
  depth: 0 | 1;
  minimal: boolean;
  /** Where the client asked: the root is told by the name that it was asked for. */
  path: string;
}

/** @throws DavRefusal */
export function propfind(resource: Resource, body: Element | null, deps: PropfindDeps): DavAnswer {
  if (body && !isNamed(body, dav('propfind'))) throw refusal(400);
  const { subject, depth, minimal, path } = deps;
  const { slug } = subject.feed.host;
  const asked = askedBy(body);
  const own = propertiesOf(resource, subject);
  if (!own) throw refusal(404);
  const href = resource.type === 'root' && path !== '/dav' ? path : hrefOf(resource, slug);
  const told = [tell(href, own, asked, { minimal })];
  if (depth === 0) return multistatus(told.join(''));
  for (const member of membersOf(resource)) {
    told.push(tell(hrefOf(member, slug), propertiesOf(member, subject) ?? [], asked, { minimal }));
  }
  for (const item of resource.type === 'calendar' ? (subject.snapshot?.items ?? []) : []) {
    const member: Resource = { type: 'item', id: item.id };
    const alone = subject.snapshot && { ...subject.snapshot, items: [item] };
    const properties = propertiesOf(member, { ...subject, snapshot: alone });
    told.push(tell(hrefOf(member, slug), properties ?? [], asked, { minimal }));
  }
  return multistatus(told.join(''));
}

/** Some clients set colours and orders of their own: each is told that it may not, and goes on. @throws DavRefusal */
export function proppatch(href: string, body: Element | null): DavAnswer {
  if (!body || !isNamed(body, dav('propertyupdate'))) throw refusal(400);
  const names = childrenOf(body).flatMap((change) => {
    const prop = childOf(change, dav('prop'));
    return prop ? childrenOf(prop).map(nameOf) : [];
  });
  const content = names.map((name) => element(name)).join('');
  return multistatus(response(href, propstat(403, content, dav('cannot-modify-protected-property'))));
}
