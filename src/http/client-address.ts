/** Whose request it is: the connection's address, or what trusted proxies say (`server.trust_proxy`). */

import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Headers that a proxy adds. */
const PROXY_HEADERS = ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip', 'x-forwarded-host', 'x-forwarded-proto'];

/** Whether the request came through a proxy, trusted or not. */
export const cameThroughProxy = (request: IncomingMessage): boolean =>
  PROXY_HEADERS.some((name) => request.headers[name] !== undefined);

/** `::ffff:10.0.0.1` is `10.0.0.1`. */
const plainAddress = (address: string): string =>
  address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;

/**
 * A reader of callers' addresses. Of `X-Forwarded-For` the last address that is not a trusted proxy's counts, and only
 * when the connection itself comes from one: what stands further left can be invented by the caller.
 */
export const createClientAddress = (trustedProxies: readonly string[]): ((request: IncomingMessage) => string) => {
  const trusted = new BlockList();
  for (const cidr of trustedProxies) {
    const [address = '', bits] = cidr.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    trusted.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  const isTrusted = (address: string): boolean => {
    const version = isIP(address);
    return version !== 0 && trusted.check(address, version === 6 ? 'ipv6' : 'ipv4');
  };
  return (request) => {
    const direct = plainAddress(request.socket.remoteAddress ?? '');
    const forwarded = request.headers['x-forwarded-for'];
    if (trustedProxies.length === 0 || forwarded === undefined || !isTrusted(direct)) return direct;
    const hops = (Array.isArray(forwarded) ? forwarded.join(',') : forwarded)
      .split(',')
      .map((hop) => plainAddress(hop.trim()));
    const caller = hops.findLast((hop) => !isTrusted(hop));
    return caller !== undefined && isIP(caller) !== 0 ? caller : direct;
  };
};
