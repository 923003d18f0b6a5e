/** Mail addresses as they are compared: in lower case, without `mailto:` and percent-encoding, the domain in both its spellings. */
import { domainToASCII, domainToUnicode } from 'node:url';

/**
 * An address in the forms under which it counts as the same: `Mailto:Ada@BÜCHER.example` gives `ada@bücher.example` and
 * `ada@xn--bcher-kva.example`. Empty for a text that is no mail address. Case of the mailbox counts nowhere in practice.
 */
export function mailAddressForms(text: string): string[] {
  const address = decode(text.trim().replace(/^mailto:/i, ''))
    .trim()
    .replace(/^<(.*)>$/, '$1')
    .toLowerCase();
  const at = address.lastIndexOf('@');
  const [mailbox, domain] = [address.slice(0, Math.max(0, at)), address.slice(at + 1).replace(/\.$/, '')];
  if (mailbox === '' || domain === '' || /[\s<>,;]/.test(address)) return [];
  const domains = [domain, domainToUnicode(domain), domainToASCII(domain)].filter((form) => form !== '');
  return [...new Set(domains.map((form) => `${mailbox}@${form}`))];
}

/** All forms of several addresses, sorted, each once; absent ones are left out. */
export const mailAddressesOf = (addresses: readonly (string | null)[]): string[] =>
  [...new Set(addresses.flatMap((address) => (address === null ? [] : mailAddressForms(address))))].sort();

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
