/** Which counters a request is counted on (PROTOCOL 9 and 11). */

import { hash } from 'node:crypto';
import type { LimitsConfig } from '../config/config.ts';
import type { Partner } from '../security/partner.ts';
import { addressKey } from './address.ts';
import type { Budget } from './limiter.ts';

const MINUTE = 60;
/** Of callers nobody knows: cheap, and a second minute's worth at the border of two windows does no harm. */
const UNKNOWN = { windowSeconds: MINUTE, window: 'first-hit' } as const;
const DAY = 86_400;
const KNOWN_ADDRESSES = 10_000;
/** As `inbound/bound-proving.ts` counts them. */
const FAILED_PROOFS = 1_000;

export type LimitSettings = Pick<
  LimitsConfig,
  | 'perMinute'
  | 'perDay'
  | 'recordsPerDay'
  | 'identifiersPerDay'
  | 'addressPerMinute'
  | 'failedTokensPerMinute'
  | 'concurrentSearches'
>;

export interface Budgets {
  /** Requests by minute and by day: to be taken together. */
  requests(partner: Partner): readonly Budget[];
  /** Records returned: looked at before a search (`peek`), charged after it. */
  records(partner: Partner): readonly Budget[];
  /** Identifiers tried: taken before they are looked up. */
  identifiers(partner: Partner): readonly Budget[];
  /** Requests from an address, IPv6 by its /64. */
  address(address: string): readonly Budget[];
  /** Failed tokens: of the address, and of the client from this address. */
  failedTokens(address: string, clientId: string): readonly Budget[];
  /** Messages of the partner from this address that do not verify, by their size. */
  failedProofs(partner: Partner, address: string): readonly Budget[];
  /** How many searches of the partner may run at once. */
  concurrentSearches(partner: Partner): number;
}

export const createBudgets = (limits: LimitSettings): Budgets => {
  /** A changed partner is another object. */
  const made = new WeakMap<Partner, ReturnType<typeof ofPartner>>();

  const ofPartner = ({ id, limits: own }: Partner) => {
    const { perMinute, perDay, recordsPerDay, identifiersPerDay } = { ...limits, ...own };
    const key = (counter: string): string => `partner:${id}:${counter}`;
    return {
      requests: [
        { key: key('minute'), points: perMinute, windowSeconds: MINUTE },
        { key: key('day'), points: perDay, windowSeconds: DAY },
      ],
      records: [{ key: key('records'), points: recordsPerDay, windowSeconds: DAY }],
      identifiers: [{ key: key('identifiers'), points: identifiersPerDay, windowSeconds: DAY }],
    } as const;
  };
  const of = (partner: Partner): ReturnType<typeof ofPartner> => {
    const known = made.get(partner) ?? ofPartner(partner);
    made.set(partner, known);
    return known;
  };

  /** Addresses come again and again; the memory of them is bounded by beginning anew. */
  const addresses = new Map<string, readonly Budget[]>();
  const ofAddress = (address: string): readonly Budget[] => {
    const known = addresses.get(address);
    if (known !== undefined) return known;
    const fresh = [{ key: `address:${addressKey(address)}`, points: limits.addressPerMinute, ...UNKNOWN }];
    if (addresses.size >= KNOWN_ADDRESSES) addresses.clear();
    addresses.set(address, fresh);
    return fresh;
  };

  return {
    requests: (partner) => of(partner).requests,
    records: (partner) => of(partner).records,
    identifiers: (partner) => of(partner).identifiers,
    address: ofAddress,
    failedTokens: (address, clientId) => {
      const where = addressKey(address);
      const points = limits.failedTokensPerMinute;
      return [
        { key: `failed:${where}`, points, ...UNKNOWN },
        // A client id of a failed request is anything a caller wrote: hashed, so that the key is short and clean.
        { key: `failed:${where}:${hash('sha256', clientId, 'base64url').slice(0, 22)}`, points, ...UNKNOWN },
      ];
    },
    failedProofs: ({ id }, address) => [
      { key: `unproved:${id}:${addressKey(address)}`, points: FAILED_PROOFS, windowSeconds: MINUTE },
    ],
    concurrentSearches: (partner) => partner.limits.concurrentSearches ?? limits.concurrentSearches,
  };
};
