/** From the address that a host typed to where their calendars are (RFC 6764, RFC 5397). */
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { SECOND } from '../../time/clock.ts';
import { webFaultOf } from '../http.ts';
import { ProviderError } from '../port.ts';
import { type DavSession, LEADS_AWAY } from './client.ts';
import { normalised } from './hrefs.ts';
import { mayHavePassword } from './origins.ts';
import {
  currentPrincipal,
  hrefsOf,
  names,
  type Principal,
  readPrincipal,
  withUsername,
} from './principal.ts';
import { resource } from './requests.ts';
import { CALDAV, DAV } from './xml.ts';

export interface Found extends Principal {
  /** Stays the same for the same account. */
  subject: string;
  /** The address was a calendar's own. */
  calendar: string | null;
}

/** Service records of a domain (RFC 6764 §3); empty when there are none. */
export interface Services {
  srv(name: string): Promise<{ name: string; port: number; priority: number }[]>;
  txt(name: string): Promise<string[][]>;
}

export const systemServices: Services = {
  srv: (name) =>
    quickly()
      .resolveSrv(name)
      .catch(() => []),
  txt: (name) =>
    quickly()
      .resolveTxt(name)
      .catch(() => []),
};

/** Most have none: whoever connects waits for it. */
const quickly = () => new Resolver({ timeout: 2 * SECOND, tries: 1 });

const WELL_KNOWN = '/.well-known/caldav';
/** Where those are who lack it: Nextcloud and ownCloud, Baikal and other sabre servers. */
const USUAL = ['/remote.php/dav/', '/dav.php/', '/dav/'];

/** @throws ProviderError: the first failure, when nothing was found */
export async function discover(dav: DavSession, services: Services): Promise<Found> {
  const named = await dav.named();
  let first: ProviderError | null = null;
  let silent = false;
  for await (const candidate of candidates(named, services)) {
    // What doesn't answer at one path doesn't at another.
    if (silent && new URL(candidate).origin === named.origin) continue;
    try {
      const found = await look(dav, candidate);
      if (found) return found;
    } catch (error) {
      if (!(error instanceof ProviderError) || error.reason === 'auth-revoked') throw error;
      if (error.reason === 'rate-limited' || error.status === 503) throw error;
      if (error.status === null && error.words !== null) throw error;
      silent ||= webFaultOf(error.cause) !== null;
      first ??= error;
    }
  }
  if (first && silent) throw first;
  throw new ProviderError('rejected', first?.message ?? 'No principal, no home and no calendar.', {
    status: first?.status ?? null,
    words: 'No CalDAV service was found at this address.',
  });
}

/** As it was typed first: who gives more than a domain means it. */
async function* candidates(named: URL, services: Services): AsyncGenerator<string> {
  yield named.href;
  if (named.pathname !== WELL_KNOWN) yield new URL(WELL_KNOWN, named).href;
  if (named.pathname !== '/') return;
  if (isIP(named.hostname) === 0 && !named.hostname.startsWith('[')) yield* announced(named, services);
  for (const path of USUAL) yield new URL(path, named).href;
}

async function* announced(named: URL, services: Services): AsyncGenerator<string> {
  const name = `_caldavs._tcp.${named.hostname}`;
  const records = (await services.srv(name)).sort((one, other) => one.priority - other.priority);
  if (records.length === 0) return;
  const told = (await services.txt(name)).map((parts) => parts.join(''));
  const path = told.find((text) => text.startsWith('path='))?.slice('path='.length) || WELL_KNOWN;
  for (const { name: host, port } of records.slice(0, 3)) {
    const text = `https://${host}:${port}`;
    // A single dot says that there is no such service.
    if (host !== '' && host !== '.' && URL.canParse(path, text)) yield new URL(path, text).href;
  }
}

/** @returns null when this is no part of a CalDAV server */
async function look(dav: DavSession, candidate: string): Promise<Found | null> {
  const { url, self } = await resource(dav, candidate, [
    'D:current-user-principal',
    'D:resourcetype',
    'C:calendar-home-set',
  ]);
  const named = await dav.named();
  const here = normalised(self?.href || url, url) ?? url;
  const calendar = names(self?.prop(DAV, 'resourcetype'), CALDAV, 'calendar') ? here : null;
  const homes = hrefsOf(self?.prop(CALDAV, 'calendar-home-set'), url);
  const principal = currentPrincipal(self, url);
  const username = await dav.username();
  if (principal !== null) {
    const read = await readPrincipal(dav, principal);
    const all = read.homes.length > 0 ? read.homes : homes;
    const reachable = all.filter((home) => mayHavePassword(named, new URL(home)));
    if (reachable.length === 0 && all.length > 0) {
      throw new ProviderError('rejected', 'Its calendars are on another site.', { words: LEADS_AWAY });
    }
    if (reachable.length > 0 || calendar !== null) {
      const addresses = withUsername(read.addresses, username);
      return { ...read, addresses, homes: reachable, subject: principal, calendar };
    }
  }
  if (homes.length === 0 && calendar === null) return null;
  const subject = `${username} ${calendar ?? homes[0] ?? here}`;
  return { subject, homes, calendar, inbox: null, addresses: withUsername([], username) };
}
