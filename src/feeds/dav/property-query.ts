/** Which properties a request asks for, and the response element of one resource. */

import type { Element } from '@xmldom/xmldom';
import type { DavProperty } from './properties.ts';
import { davError, propstatElement, responseElement } from './response.ts';
import { childOf, childrenOf, dav, element, elementName, isNamed, sameName, type XmlName } from './xml.ts';

export type PropertyQuery =
  | { type: 'prop'; names: readonly XmlName[] }
  /** The common properties, and these. */
  | { type: 'allprop'; names: readonly XmlName[] }
  | { type: 'propname' };

/** Most properties that a request may name: clients name a dozen, and there are thirty. */
const NAMES_MAX = 100;

/** Names of properties, each once. @throws DavError 400 for too many */
export function propertyNames(properties: readonly Element[]): XmlName[] {
  const names = new Map<string, XmlName>();
  for (const property of properties) {
    const name = elementName(property);
    names.set(`${name.ns} ${name.local}`, name);
  }
  if (names.size > NAMES_MAX) throw davError(400);
  return [...names.values()];
}

/**
 * Parses the query of PROPFIND or REPORT.
 * @param body null: empty, which asks for all properties
 * @throws DavError 400
 */
export function parsePropertyQuery(body: Element | null): PropertyQuery {
  if (!body) return { type: 'allprop', names: [] };
  const prop = childOf(body, dav('prop'));
  if (prop) return { type: 'prop', names: propertyNames(childrenOf(prop)) };
  if (childOf(body, dav('propname'))) return { type: 'propname' };
  const include = childOf(body, dav('include'));
  const allprop = childOf(body, dav('allprop'));
  if (!allprop && isNamed(body, dav('propfind'))) throw davError(400);
  return { type: 'allprop', names: include ? propertyNames(childrenOf(include)) : [] };
}

/** @param minimal properties that don't exist are left out (RFC 8144) */
export function propertyResponse(
  href: string,
  properties: readonly DavProperty[],
  query: PropertyQuery,
  { minimal }: { minimal: boolean },
): string {
  if (query.type === 'propname') {
    return responseElement(href, propstatElement(200, properties.map(({ name }) => element(name)).join('')));
  }
  const requestedNames =
    query.type === 'prop'
      ? query.names
      : [
          ...properties.filter(({ inAllprop }) => inAllprop).map(({ name }) => name),
          ...query.names.filter((name) => !isCommon(name, properties)),
        ];
  const found: string[] = [];
  const missing: string[] = [];
  for (const name of requestedNames) {
    const property = properties.find((each) => sameName(each.name, name));
    if (property) found.push(element(name, property.value()));
    else missing.push(element(name));
  }
  const foundElement =
    found.length > 0 || missing.length === 0 || minimal ? propstatElement(200, found.join('')) : '';
  const missingElement = missing.length > 0 && !minimal ? propstatElement(404, missing.join('')) : '';
  return responseElement(href, foundElement + missingElement);
}

/** Whether allprop includes it anyway. */
const isCommon = (name: XmlName, properties: readonly DavProperty[]) =>
  properties.some((each) => each.inAllprop && sameName(each.name, name));
