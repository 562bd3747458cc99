import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isAllowedAddress, isPrivateAddress } from './address-guard.ts';
import { OutboundError } from './outbound-error.ts';

/** One address of a host. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

/** The system's own look-up: what a plain connection would use. */
export const resolveBySystem: Resolve = (host) => lookup(host, { all: true, order: 'verbatim' });

/**
 * Reads a URL that may be called: https on port 443, or an origin that the configuration allows; no userinfo, no fragment.
 *
 * @throws OutboundError `refused`
 */
export const readTarget = (text: string, allowedOrigins: ReadonlySet<string>): URL => {
  if (!URL.canParse(text)) throw new OutboundError('refused', 'not a URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new OutboundError('refused', 'neither https nor http');
  if (url.username !== '' || url.password !== '') throw new OutboundError('refused', 'a URL with userinfo');
  if (text.includes('#')) throw new OutboundError('refused', 'a URL with a fragment');
  const usual = url.protocol === 'https:' && url.port === '';
  if (!usual && !allowedOrigins.has(url.origin)) {
    throw new OutboundError('refused', `${url.origin} is not https on port 443 and not among outbound.allow_origins`);
  }
  return url;
};

/** Origins that may be called beside https on port 443, and those whose addresses may be private. */
export interface AllowedOrigins {
  readonly allowOrigins: readonly string[];
  readonly privateOrigins: readonly string[];
}

/** Why this address would never be called, as far as is seen without looking up its name; undefined: it would be. */
export const refusalOf = (text: string, { allowOrigins, privateOrigins }: AllowedOrigins): string | undefined => {
  try {
    const url = readTarget(text, new Set(allowOrigins));
    const host = hostOf(url);
    const kept = isIP(host) === 0 || isAllowedAddress(host);
    if (kept || (privateOrigins.includes(url.origin) && isPrivateAddress(host))) return undefined;
    return `${url.origin} is an address that may not be connected`;
  } catch (cause) {
    if (cause instanceof OutboundError) return cause.message;
    throw cause;
  }
};

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

/**
 * The addresses of a URL's host, literals included (`2130706433` and `0x7f.1` were made `127.0.0.1` by the URL reader).
 * One address that may not be connected refuses them all.
 *
 * @throws OutboundError `refused`, or `network` when the name cannot be looked up
 */
export const checkedAddresses = async (
  url: URL,
  allowPrivate: boolean,
  resolve: Resolve,
): Promise<readonly ResolvedAddress[]> => {
  const host = hostOf(url);
  const family = isIP(host);
  const addresses = family === 0 ? await lookUp(host, url.origin, resolve) : [{ address: host, family }];
  for (const { address } of addresses) {
    if (isAllowedAddress(address) || (allowPrivate && isPrivateAddress(address))) continue;
    throw new OutboundError('refused', `${url.origin} has the address ${address}, which may not be connected`);
  }
  return addresses;
};

const lookUp = async (host: string, origin: string, resolve: Resolve): Promise<readonly ResolvedAddress[]> => {
  let addresses: readonly ResolvedAddress[];
  try {
    addresses = await resolve(host);
  } catch (error) {
    throw new OutboundError('network', `the name of ${origin} cannot be looked up`, { cause: error });
  }
  if (addresses.length === 0) throw new OutboundError('network', `the name of ${origin} has no address`);
  return addresses;
};
