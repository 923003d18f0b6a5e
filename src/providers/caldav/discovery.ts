/** Finds an account's calendar homes from the address that its host typed (RFC 6764, RFC 5397). */
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { SECOND } from '../../time/clock.ts';
import { httpFaultOf } from '../http.ts';
import { ProviderError } from '../port.ts';
import { type DavSession, OTHER_SITE_MESSAGE } from './client.ts';
import { normaliseHref } from './hrefs.ts';
import { mayReceivePassword } from './origins.ts';
import {
  currentPrincipal,
  hasChild,
  hrefsOf,
  type Principal,
  readPrincipal,
  withUsername,
} from './principal.ts';
import { readResource } from './requests.ts';
import { CALDAV, DAV } from './xml.ts';

export interface DiscoveredAccount extends Principal {
  /** The same for the same account, however it is found. */
  subject: string;
  /** URL of a calendar when the typed address is one; else null. */
  calendar: string | null;
}

/** DNS service records of a domain (RFC 6764 §3); empty when there are none. */
export interface DnsServices {
  srv(name: string): Promise<{ name: string; port: number; priority: number }[]>;
  txt(name: string): Promise<string[][]>;
}

export const systemDns: DnsServices = {
  srv: (name) =>
    createResolver()
      .resolveSrv(name)
      .catch(() => []),
  txt: (name) =>
    createResolver()
      .resolveTxt(name)
      .catch(() => []),
};

/** Most domains have no such records, and the person who connects an account waits for the lookup. */
const createResolver = () => new Resolver({ timeout: 2 * SECOND, tries: 1 });

const WELL_KNOWN = '/.well-known/caldav';
/** Paths of servers without a well-known URL: Nextcloud and ownCloud, Baikal and other sabre/dav servers. */
const COMMON_PATHS = ['/remote.php/dav/', '/dav.php/', '/dav/'];

/** @throws ProviderError the first failure, when no candidate works */
export async function discover(dav: DavSession, services: DnsServices): Promise<DiscoveredAccount> {
  const serverUrl = await dav.serverUrl();
  let firstError: ProviderError | null = null;
  let unreachable = false;
  for await (const candidate of candidates(serverUrl, services)) {
    // A host that doesn't answer at one path doesn't answer at another.
    if (unreachable && new URL(candidate).origin === serverUrl.origin) continue;
    try {
      const found = await probe(dav, candidate);
      if (found) return found;
    } catch (error) {
      if (!(error instanceof ProviderError) || error.reason === 'auth-revoked') throw error;
      if (error.reason === 'rate-limited' || error.status === 503 || error.status === 401) throw error;
      if (error.status === null && error.publicMessage !== null) throw error;
      unreachable ||= httpFaultOf(error.cause) !== null;
      firstError ??= error;
    }
  }
  if (firstError && unreachable) throw firstError;
  throw new ProviderError('rejected', firstError?.message ?? 'No principal, no home and no calendar.', {
    status: firstError?.status ?? null,
    publicMessage: 'No CalDAV service was found at this address.',
  });
}

/** The typed address comes first: a path in it was typed on purpose. */
async function* candidates(serverUrl: URL, services: DnsServices): AsyncGenerator<string> {
  yield serverUrl.href;
  if (serverUrl.pathname !== WELL_KNOWN) yield new URL(WELL_KNOWN, serverUrl).href;
  if (serverUrl.pathname !== '/') return;
  if (isIP(serverUrl.hostname) === 0 && !serverUrl.hostname.startsWith('['))
    yield* srvCandidates(serverUrl, services);
  for (const path of COMMON_PATHS) yield new URL(path, serverUrl).href;
}

async function* srvCandidates(serverUrl: URL, services: DnsServices): AsyncGenerator<string> {
  const name = `_caldavs._tcp.${serverUrl.hostname}`;
  const records = (await services.srv(name)).sort((one, other) => one.priority - other.priority);
  if (records.length === 0) return;
  const txtRecords = (await services.txt(name)).map((parts) => parts.join(''));
  const path = txtRecords.find((text) => text.startsWith('path='))?.slice('path='.length) || WELL_KNOWN;
  for (const { name: host, port } of records.slice(0, 3)) {
    const text = `https://${host}:${port}`;
    // A target of a single dot means that the domain offers no such service (RFC 2782).
    if (host !== '' && host !== '.' && URL.canParse(path, text)) yield new URL(path, text).href;
  }
}

/** @returns null when the candidate is no CalDAV resource */
async function probe(dav: DavSession, candidate: string): Promise<DiscoveredAccount | null> {
  const { url, self } = await readResource(dav, candidate, [
    'D:current-user-principal',
    'D:resourcetype',
    'C:calendar-home-set',
  ]);
  const serverUrl = await dav.serverUrl();
  const here = normaliseHref(self?.href || url, url) ?? url;
  const calendar = hasChild(self?.prop(DAV, 'resourcetype'), CALDAV, 'calendar') ? here : null;
  const homes = hrefsOf(self?.prop(CALDAV, 'calendar-home-set'), url);
  const principal = currentPrincipal(self, url);
  const username = await dav.username();
  if (principal !== null) {
    const principalData = await readPrincipal(dav, principal);
    const allHomes = principalData.homes.length > 0 ? principalData.homes : homes;
    const reachable = allHomes.filter((home) => mayReceivePassword(serverUrl, new URL(home)));
    if (reachable.length === 0 && allHomes.length > 0) {
      throw new ProviderError('rejected', 'The calendars are on another site.', {
        publicMessage: OTHER_SITE_MESSAGE,
      });
    }
    if (reachable.length > 0 || calendar !== null) {
      const addresses = withUsername(principalData.addresses, username);
      return { ...principalData, addresses, homes: reachable, subject: principal, calendar };
    }
  }
  if (homes.length === 0 && calendar === null) return null;
  const subject = `${username} ${calendar ?? homes[0] ?? here}`;
  return { subject, homes, calendar, inbox: null, addresses: withUsername([], username) };
}
