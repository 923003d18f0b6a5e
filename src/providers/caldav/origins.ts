/** Which sites may receive an account's password, whatever a server's answers link to. */

/** Public suffixes of two labels, as in co.uk: the names below them belong to different owners. */
const PUBLIC_SUFFIX = /^(?:ac|co|com|edu|go|gob|gov|gr|id|ltd|me|mil|ne|net|nom|or|org|plc|sch)\.[a-z]{2}$/;

/**
 * The password may go to the site that the host typed and to its siblings under the same domain (iCloud keeps calendars
 * on p42-caldav.icloud.com), but never from https to http.
 */
export function mayReceivePassword(named: URL, other: URL): boolean {
  if (other.protocol !== 'https:' && other.protocol !== named.protocol) return false;
  if (other.protocol !== 'https:' && other.protocol !== 'http:') return false;
  const [mine, theirs] = [named.hostname, other.hostname].map((host) => host.replace(/\.$/, ''));
  if (mine === undefined || theirs === undefined) return false;
  return mine === theirs || (siteOf(mine) !== null && siteOf(mine) === siteOf(theirs));
}

/** The registrable domain, approximated without the public suffix list; null for IP addresses and single labels. */
function siteOf(host: string): string | null {
  if (host.startsWith('[') || /^[\d.]+$/.test(host)) return null;
  const labels = host.split('.');
  const parts = PUBLIC_SUFFIX.test(labels.slice(-2).join('.')) ? 3 : 2;
  return labels.length < parts ? null : labels.slice(-parts).join('.');
}
