import { describe, expect, it } from 'vitest';
import { networksOf } from '../../src/net/networks.ts';

const names = (address: string) => networksOf(address).map(({ network, share }) => [network, share]);

describe('the networks that an address counts for', () => {
  it('are an IPv4 address alone', () => {
    expect(names('198.51.100.7')).toEqual([['198.51.100.7', 1]]);
  });

  it('are the /64 of an IPv6 address, and its /48 with ten times the share', () => {
    expect(names('2001:db8:1:2:aaaa::1')).toEqual([
      ['2001:db8:1:2::/64', 1],
      ['2001:db8:1::/48', 10],
    ]);
  });

  it.each(['2001:db8::5', '2001:DB8:0:0:1::5', '2001:db8:0000:0000::', '2001:db8::ffff:203.0.113.5'])(
    'are the same for every spelling and every address of a /64: %s',
    (address) => {
      expect(names(address)).toEqual([
        ['2001:db8:0:0::/64', 1],
        ['2001:db8:0::/48', 10],
      ]);
    },
  );

  it('are those of the loopback address too, and of an address that is unknown', () => {
    expect(names('::1')).toEqual([
      ['0:0:0:0::/64', 1],
      ['0:0:0::/48', 10],
    ]);
    expect(names('')).toEqual([['', 1]]);
  });
});
