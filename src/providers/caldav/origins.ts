/** Where an account's password may go, whatever a server answers. */

/** Public names of two parts under a country's domain, as in co.uk: what lies below belongs to different people. */
const PUBLIC_SUFFIX = /^(?:ac|co|com|edu|go|gob|gov|gr|id|ltd|me|mil|ne|net|nom|or|org|plc|sch)\.[a-z]{2}$/;

/**
 * To the site that the host named and to its neighbours below the same domain (iCloud keeps calendars on
 * p42-caldav.icloud.com), but from https never to http.
 */
export function mayReceivePassword(named: URL, other: URL): boolean {
  if (other.protocol !== 'https:' && other.protocol !== named.protocol) return false;
  if (other.protocol !== 'https:' && other.protocol !== 'http:') return false;
  const [mine, theirs] = [named.hostname, other.hostname].map((host) => host.replace(/\.$/, ''));
  if (mine === undefined || theirs === undefined) return false;
  return mine === theirs || (siteOf(mine) !== null && siteOf(mine) === siteOf(theirs));
}

/** The registrable domain, as well as it can be told without a list; null for addresses and single names. */
function siteOf(host: string): string | null {
  if (host.startsWith('[') || /^[\d.]+$/.test(host)) return null;
  const labels = host.split('.');
  const parts = PUBLIC_SUFFIX.test(labels.slice(-2).join('.')) ? 3 : 2;
  return labels.length < parts ? null : labels.slice(-parts).join('.');
}
