/** What a block rule may name, in the one form in which it is stored and compared. */
import { isIP, SocketAddress } from 'node:net';
import { mailboxOf, mailDomainOf } from '../calendars/mail-address.ts';
import { badInput } from '../errors.ts';
import type { BlockRuleKind } from '../store/access/block-rules.ts';

const EMAIL = /^[^\s@<>]+@[^\s@<>]+$/;
const EMAIL_MAX = 254;
/** A domain in ASCII (RFC 1123): labels of letters, digits and hyphens. */
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const DOMAIN_MAX = 253;

/** @returns the value in its one form. @throws SlotwireError BAD_USER_INPUT */
export function checkBlockRuleValue(kind: BlockRuleKind, value: string): string {
  const text = value.trim();
  if (kind === 'ADDRESS') return checkRange(text);
  if (kind === 'EMAIL') {
    if (!EMAIL.test(text) || text.length > EMAIL_MAX) throw badInput('value', 'must be an e-mail address');
    return mailboxOf(text);
  }
  const domain = mailDomainOf(text.replace(/^@/, ''));
  if (!DOMAIN.test(domain) || domain.length > DOMAIN_MAX) {
    throw badInput('value', 'must be a domain, as in example.com; it stands for the domains below it, too');
  }
  return domain;
}

/** An IP address, alone or with the length of its prefix (RFC 4632 §3.1, RFC 4291 §2.3). */
function checkRange(text: string): string {
  const [address = '', length, ...rest] = text.split('/');
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  const isLength = length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= most);
  if (family === 0 || rest.length > 0 || !isLength || address.includes('%')) {
    throw badInput('value', 'must be an IP address or a CIDR range, as in 192.0.2.0/24 or 2001:db8::/48');
  }
  const canonical = family === 6 ? new SocketAddress({ address, family: 'ipv6' }).address : address;
  if (canonical.startsWith('::ffff:')) {
    throw badInput('value', 'must name an IPv4 address or range in the form of IPv4');
  }
  return length === undefined ? canonical : `${canonical}/${Number(length)}`;
}
