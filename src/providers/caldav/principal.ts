/** An account's principal (RFC 3744): its calendar homes, and the addresses by which its owner is invited. */
import { decodePercent } from '../../percent.ts';
import { ProviderError } from '../port.ts';
import type { DavSession } from './client.ts';
import { normaliseHref } from './hrefs.ts';
import type { MultistatusResponse } from './multistatus.ts';
import { readResource } from './requests.ts';
import { CALDAV, child, children, DAV, type Element, elementText, hasName } from './xml.ts';

export interface Principal {
  /** URLs of the calendar homes. */
  homes: string[];
  /** URL of the scheduling inbox, which names the default calendar; null when there is none. */
  inbox: string | null;
  /** Lower case; e-mail addresses without `mailto:`, the preferred one first. */
  addresses: string[];
}

/** @throws ProviderError */
export async function readPrincipal(dav: DavSession, principal: string): Promise<Principal> {
  const { url, self } = await readResource(dav, principal, [
    'C:calendar-home-set',
    'C:calendar-user-address-set',
    'C:schedule-inbox-URL',
  ]);
  return {
    homes: hrefsOf(self?.prop(CALDAV, 'calendar-home-set'), url),
    inbox: hrefsOf(self?.prop(CALDAV, 'schedule-inbox-URL'), url)[0] ?? null,
    addresses: addressesOf(self),
  };
}

/** The hrefs in a property that are http URLs, absolute and normalised. */
export function hrefsOf(property: Element | undefined, base: string): string[] {
  const found: string[] = [];
  for (const element of children(property)) {
    const url = hasName(element, DAV, 'href') ? normaliseHref(elementText(element), base) : null;
    if (url !== null && elementText(element) !== '' && !found.includes(url)) found.push(url);
  }
  return found;
}

/** The property holds no href when no user is signed in. */
export const currentPrincipal = (response: MultistatusResponse | undefined, base: string): string | null =>
  hrefsOf(response?.prop(DAV, 'current-user-principal'), base)[0] ?? null;

function addressesOf(response: MultistatusResponse | undefined): string[] {
  const hrefs = [...children(response?.prop(CALDAV, 'calendar-user-address-set'))].filter((element) =>
    hasName(element, DAV, 'href'),
  );
  const preferred = (element: Element) => (element.getAttribute('preferred') === '1' ? 0 : 1);
  const texts = hrefs
    .sort((one, other) => preferred(one) - preferred(other))
    .map((element) => elementText(element).toLowerCase());
  return [...new Set(texts.map(withoutScheme))].filter(
    (address) => address !== '' && address.length <= 1_000,
  );
}

const withoutScheme = (address: string) =>
  address.startsWith('mailto:') ? decodePercent(address.slice('mailto:'.length)) : address;

export const isEmailAddress = (address: string) => /^[^\s@/:]+@[^\s@/:]+$/.test(address);

/** A user name that is an e-mail address counts as one of the user's addresses. */
export const withUsername = (addresses: readonly string[], username: string): string[] => {
  const name = username.toLowerCase();
  return isEmailAddress(name) && !addresses.includes(name) ? [...addresses, name] : [...addresses];
};

/** Addresses of the calendar's owner, else of the signed-in user. A principal that can't be read has no addresses. */
export async function ownerAddresses(
  dav: DavSession,
  { owner, reader }: { owner: string | null; reader: string | null },
): Promise<string[]> {
  const username = await dav.username();
  for (const principal of new Set([owner, reader])) {
    if (principal === null) continue;
    try {
      const { addresses } = await readPrincipal(dav, principal);
      if (addresses.length > 0) {
        return principal === reader || reader === null ? withUsername(addresses, username) : addresses;
      }
    } catch (error) {
      if (!(error instanceof ProviderError) || error.reason !== 'rejected') throw error;
    }
  }
  return withUsername([], username);
}

/** Whether a property such as resourcetype has this child element. */
export const hasChild = (property: Element | undefined, namespace: string, name: string): boolean =>
  child(property, namespace, name) !== undefined;
