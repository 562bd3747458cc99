/** Callers' addresses: whose a request is, and under which key it is counted (PROTOCOL 11). */

import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What `readAddress` takes for a connection whose address is gone: all such share one budget. */
export const UNKNOWN_ADDRESS = 'unknown';

/** Longer lists of proxies are an attack; the rightmost ones are those that ours wrote. */
const MAX_HOPS = 32;
const IPV6_SUBNET_BYTES = 8; // a /64: one customer

/** In one spelling: IPv4 also where it comes as IPv6 (`::ffff:10.0.0.1`), without zone and port. Undefined when it is no address. */
export const normaliseAddress = (text: string): string | undefined => parse(text)?.toString();

/**
 * Makes a reader of callers' addresses. `X-Forwarded-For` counts only as far as trusted proxies wrote it: from the connection's own
 * address leftwards while each is trusted. What stands further left can be invented by the caller.
 *
 * @param trustedProxies CIDRs or single addresses (`server.trust_proxy`)
 * @throws TypeError for one that is neither
 */
export const createAddressReader = (
  trustedProxies: readonly string[],
): ((remoteAddress: string | undefined, forwardedFor: string | readonly string[] | undefined) => string) => {
  const trusted = trustedProxies.map(parseRange);
  const isTrusted = (address: Address): boolean =>
    trusted.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));

  return (remoteAddress, forwardedFor) => {
    if (trusted.length === 0 || forwardedFor === undefined) return ownAddress(remoteAddress ?? '');
    let address = parse(remoteAddress ?? '');
    if (address === undefined) return UNKNOWN_ADDRESS;
    const hops = (typeof forwardedFor === 'string' ? forwardedFor : forwardedFor.join(',')).split(',').slice(-MAX_HOPS);
    while (isTrusted(address)) {
      const next = parse(hops.pop()?.trim() ?? '');
      // The list has ended, or a proxy of ours wrote something else (`unknown`): the last one known stands for it.
      if (next === undefined) break;
      address = next;
    }
    return address.toString();
  };
};

const ownAddress = (text: string): string => plainIPv4(text) ?? normaliseAddress(text) ?? UNKNOWN_ADDRESS;

/** The key an address is counted under: IPv4 itself, IPv6 by its /64. */
export const addressKey = (address: string): string => {
  const plain = plainIPv4(address);
  if (plain !== undefined) return plain;
  const parsed = parse(address);
  if (parsed === undefined) return UNKNOWN_ADDRESS;
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const bytes = parsed.toByteArray().slice(0, IPV6_SUBNET_BYTES);
  return `${Buffer.from(bytes).toString('hex')}/64`;
};

const PORT = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/;
const MAPPED = '::ffff:';

const parse = (text: string): Address | undefined => {
  const [, bracketed, plain] = PORT.exec(text) ?? [];
  const bare = (bracketed ?? plain ?? text).split('%')[0] ?? '';
  if (isIPv4(bare)) return ipaddr.IPv4.parse(bare);
  if (!isIPv6(bare)) return undefined;
  const address = ipaddr.IPv6.parse(bare);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
};

/** The address of nearly every connection, without taking it apart: parsing IPv6 costs as much as the rest of a limit. */
const plainIPv4 = (text: string): string | undefined => {
  const bare = text.startsWith(MAPPED) ? text.slice(MAPPED.length) : text;
  return isIPv4(bare) ? bare : undefined;
};

const parseRange = (text: string): [Address, number] => {
  const [base = '', bits] = text.split('/');
  const address = parse(base);
  const length = address?.kind() === 'ipv4' ? 32 : 128;
  const prefix = bits === undefined ? length : Number(bits);
  if (address === undefined || !/^\d{1,3}$/.test(bits ?? '0') || prefix > length)
    throw new TypeError(`${text} is no address and no CIDR`);
  return [address, prefix];
};
