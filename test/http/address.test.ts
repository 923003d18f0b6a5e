import { describe, expect, it } from 'vitest';
import { createPeers } from '../../src/http/address.ts';

const PROXIES = ['10.0.0.0/8', '192.0.2.7', '2001:db8:1::/48'];

const from = (
  peer: string | undefined,
  headers: { forwarded?: string; 'x-forwarded-for'?: string } = {},
  trusted = PROXIES,
) => createPeers(trusted).addressOf({ headers, socket: { remoteAddress: peer } });

describe('the address of a request', () => {
  it('is the connection’s', () => {
    expect(from('203.0.113.5')).toBe('203.0.113.5');
    expect(from('2001:DB8:0:0::5')).toBe('2001:db8::5');
    expect(from('::ffff:203.0.113.5')).toBe('203.0.113.5');
    expect(from('fe80::1%eth0')).toBe('fe80::1');
    expect(from(undefined)).toBe('');
  });

  it('is the connection’s whatever strangers say', () => {
    const headers = { forwarded: 'for=198.51.100.1', 'x-forwarded-for': '198.51.100.1' };
    expect(from('203.0.113.5', headers)).toBe('203.0.113.5');
    expect(from('10.0.0.1', headers, [])).toBe('10.0.0.1');
    expect(from('192.0.2.8', headers)).toBe('192.0.2.8');
  });

  it.each([['10.1.2.3'], ['192.0.2.7'], ['::ffff:10.1.2.3'], ['2001:db8:1:2::3']])(
    'is what the proxy %s says',
    (proxy) => {
      expect(from(proxy, { 'x-forwarded-for': '198.51.100.1' })).toBe('198.51.100.1');
      expect(from(proxy, { forwarded: 'for=198.51.100.1;proto=https;by=10.0.0.1' })).toBe('198.51.100.1');
    },
  );

  it('is the right-most hop that is no proxy: the ones before it anybody may write', () => {
    expect(from('10.0.0.1', { 'x-forwarded-for': '1.1.1.1, 198.51.100.1, 10.0.0.2,192.0.2.7' })).toBe(
      '198.51.100.1',
    );
    expect(from('10.0.0.1', { forwarded: 'for=1.1.1.1, For="198.51.100.1", for=10.0.0.2' })).toBe(
      '198.51.100.1',
    );
  });

  it('is the first hop when all are proxies', () => {
    expect(from('10.0.0.1', { 'x-forwarded-for': '10.0.0.3, 10.0.0.2' })).toBe('10.0.0.3');
  });

  it.each([
    ['198.51.100.1:4711', '198.51.100.1'],
    ['[2001:db8::17]:4711', '2001:db8::17'],
    ['[2001:DB8::17]', '2001:db8::17'],
    ['2001:db8::17', '2001:db8::17'],
    ['::ffff:198.51.100.1', '198.51.100.1'],
  ])('is read from %s', (written, address) => {
    expect(from('10.0.0.1', { 'x-forwarded-for': written })).toBe(address);
    expect(from('10.0.0.1', { forwarded: `proto=https; for="${written}"` })).toBe(address);
  });

  it.each(['unknown', '_hidden', '', '198.51.100', 'nonsense:1:2', '"', 'for="'])(
    'is the last proxy’s when that says no more than %o',
    (written) => {
      expect(from('10.0.0.1', { 'x-forwarded-for': `1.1.1.1, ${written || ' '}` })).toBe('10.0.0.1');
      expect(from('10.0.0.1', { forwarded: `for=1.1.1.1, for=${written}` })).toBe('10.0.0.1');
      expect(from('10.0.0.1', { 'x-forwarded-for': `${written || ' '}, 10.0.0.2` })).toBe('10.0.0.2');
    },
  );

  it('is the proxy’s when it says nothing, or when its two headers disagree', () => {
    expect(from('10.0.0.1')).toBe('10.0.0.1');
    const both = (forwarded: string, plain: string) =>
      from('10.0.0.1', { forwarded, 'x-forwarded-for': plain });
    expect(both('for=198.51.100.1', '198.51.100.1')).toBe('198.51.100.1');
    expect(both('for=1.1.1.1', '198.51.100.1')).toBe('10.0.0.1');
  });

  it('is not led astray by quotes', () => {
    expect(from('10.0.0.1', { forwarded: 'for="1.1.1.1, for=198.51.100.1' })).toBe('198.51.100.1');
    expect(from('10.0.0.1', { forwarded: 'x="a, for=1.1.1.1", for=198.51.100.1' })).toBe('198.51.100.1');
    expect(from('10.0.0.1', { forwarded: 'for=198.51.100.1;x="a, for=1.1.1.1;for=2.2.2.2"' })).toBe(
      '198.51.100.1',
    );
  });

  it('takes no time over long headers', () => {
    const long = '"\\'.repeat(8_000);
    expect(from('10.0.0.1', { forwarded: `${long}, for=198.51.100.1` })).toMatch(
      /^(198\.51\.100\.1|10\.0\.0\.1)$/,
    );
  });
});
