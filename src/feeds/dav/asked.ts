/** Which properties a request asks for, and what it is told of one resource. */

import type { Element } from '@xmldom/xmldom';
import { propstat, refusal, response } from './answer.ts';
import type { Property } from './properties.ts';
import { childOf, childrenOf, dav, element, isNamed, type Name, nameOf, sameName } from './xml.ts';

export type Asked =
  | { type: 'prop'; names: readonly Name[] }
  /** The common ones, and these. */
  | { type: 'allprop'; names: readonly Name[] }
  | { type: 'propname' };

/** Also of a REPORT. @param body null: an empty one, which asks for all @throws DavRefusal 400 */
export function askedBy(body: Element | null): Asked {
  if (!body) return { type: 'allprop', names: [] };
  const prop = childOf(body, dav('prop'));
  if (prop) return { type: 'prop', names: childrenOf(prop).map(nameOf) };
  if (childOf(body, dav('propname'))) return { type: 'propname' };
  const include = childOf(body, dav('include'));
  const allprop = childOf(body, dav('allprop'));
  if (!allprop && isNamed(body, dav('propfind'))) throw refusal(400);
  return { type: 'allprop', names: include ? childrenOf(include).map(nameOf) : [] };
}

/** @param minimal what is not there is passed over in silence (RFC 8144) */
export function tell(
  href: string,
  properties: readonly Property[],
  asked: Asked,
  { minimal }: { minimal: boolean },
): string {
  if (asked.type === 'propname') {
    return response(href, propstat(200, properties.map(({ name }) => element(name)).join('')));
  }
  const wanted =
    asked.type === 'prop'
      ? asked.names
      : [...properties.filter(({ common }) => common).map(({ name }) => name), ...asked.names];
  const found: string[] = [];
  const missing: string[] = [];
  for (const name of wanted) {
    const property = properties.find((each) => sameName(each.name, name));
    if (property) found.push(element(name, property.value()));
    else missing.push(element(name));
  }
  const told = found.length > 0 || missing.length === 0 || minimal ? propstat(200, found.join('')) : '';
  const untold = missing.length > 0 && !minimal ? propstat(404, missing.join('')) : '';
  return response(href, told + untold);
}
