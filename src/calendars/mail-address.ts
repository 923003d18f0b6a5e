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

/** Mail providers whose mailboxes are found by an address with any dots in it, and the domain that they are all written with. */
const DOTLESS_DOMAINS: ReadonlyMap<string, string> = new Map([
  ['gmail.com', 'gmail.com'],
  ['googlemail.com', 'gmail.com'],
]);

/**
 * The mailbox that an address stands for, so that one person is recognised in many spellings: lower case, the domain in ASCII,
 * what follows a plus sign left out, and at Gmail the dots. An address without a domain is returned in lower case.
 */
export function mailboxOf(email: string): string {
  const text = email.trim().toLowerCase();
  const at = text.lastIndexOf('@');
  if (at < 0) return text;
  const domain = mailDomainOf(text.slice(at + 1));
  const plus = text.indexOf('+');
  // A plus sign in the first place is a name of its own.
  const name = text.slice(0, plus > 0 && plus < at ? plus : at);
  const dotless = DOTLESS_DOMAINS.get(domain);
  return dotless ? `${name.replaceAll('.', '')}@${dotless}` : `${name}@${domain}`;
}

/** A mail domain in one spelling: lower case, in ASCII, without a dot at its end. */
export function mailDomainOf(text: string): string {
  const domain = text.trim().toLowerCase().replace(/\.$/, '');
  return domainToASCII(domain) || domain;
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
