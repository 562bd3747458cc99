import type { PartnerKey } from '../partner.ts';

/** What a message says about its key: `{sender_id}|{key_id}|{algorithm}`, or a bare key id. */
export interface Kid {
  readonly senderId?: string;
  readonly keyId: string;
  readonly algorithm?: string;
}

/** Reads `sender|key|algorithm`, `sender|key` or `key`. Undefined when it is empty or has more parts. */
export const parseKid = (text: string): Kid | undefined => {
  const parts = text.trim().split('|');
  const [first = '', second, third] = parts;
  if (parts.length > 3 || parts.some((part) => part === '')) return undefined;
  if (second === undefined) return { keyId: first };
  return { senderId: first, keyId: second, ...(third === undefined ? {} : { algorithm: third }) };
};

export const formatKid = (senderId: string, keyId: string, algorithm = 'ed25519'): string =>
  `${senderId}|${keyId}|${algorithm}`;

/** Names by which messages and our table call the two kinds of key (PROTOCOL 5). Case does not matter. */
export const algorithmOf = (
  name: string,
): { readonly key: PartnerKey['algorithm']; readonly scheme: Scheme } | undefined => ALGORITHMS.get(name.toLowerCase());

export type Scheme = 'ed25519' | 'rs256' | 'ps256';

const ALGORITHMS: ReadonlyMap<string, { readonly key: PartnerKey['algorithm']; readonly scheme: Scheme }> = new Map([
  ['ed25519', { key: 'ed25519', scheme: 'ed25519' }],
  ['eddsa', { key: 'ed25519', scheme: 'ed25519' }],
  ['rs256', { key: 'rsa', scheme: 'rs256' }],
  ['rsa-sha256', { key: 'rsa', scheme: 'rs256' }],
  ['ps256', { key: 'rsa', scheme: 'ps256' }],
]);
