/**
 * Which addresses the gateway may connect (PROTOCOL 4): IPv4 and IPv6 2000::/3, each minus IANA's special-purpose
 * registries. Whatever carries an IPv4 address inside an IPv6 one (mapped, NAT64, 6to4, Teredo) is refused.
 */

import { BlockList, isIP } from 'node:net';

/** https://www.iana.org/assignments/iana-ipv4-special-registry and the multicast and reserved space. */
const SPECIAL_IPV4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared, carrier-grade NAT
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local, and the metadata services of clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // IETF protocol assignments
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarking
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
];

/** https://www.iana.org/assignments/iana-ipv6-special-registry, as far as it lies in 2000::/3. */
const SPECIAL_IPV6 = [
  '2001::/23', // IETF protocol assignments, Teredo, ORCHID, …
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
];

/** What a private origin may have beside public addresses: never link-local, multicast or unspecified ones. */
const PRIVATE = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '::1/128',
  'fc00::/7',
];

const listOf = (ranges: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', bits] = range.split('/');
    list.addSubnet(network, Number(bits), network.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
};

const special4 = listOf(SPECIAL_IPV4);
const special6 = listOf(SPECIAL_IPV6);
const unicast6 = listOf(['2000::/3']);
const private4 = listOf(PRIVATE.filter((range) => !range.includes(':')));
const private6 = listOf(PRIVATE.filter((range) => range.includes(':')));

/** Whether this is a public address. Takes dotted quads and IPv6 text without a zone; anything else is refused. */
export const isAllowedAddress = (ip: string): boolean => {
  const family = familyOf(ip);
  if (family === 4) return !special4.check(ip, 'ipv4');
  return family === 6 && unicast6.check(ip, 'ipv6') && !special6.check(ip, 'ipv6');
};

/** Whether this is an address that an origin of the operator's own network may have. */
export const isPrivateAddress = (ip: string): boolean => {
  const family = familyOf(ip);
  if (family === 4) return private4.check(ip, 'ipv4');
  return family === 6 && private6.check(ip, 'ipv6');
};

const familyOf = (ip: string): number => (ip.includes('%') ? 0 : isIP(ip));
