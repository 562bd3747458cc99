/** How a partner is called back: credentials that contradict each other, and addresses that would never be called. */

import { type AllowedOrigins, refusalOf } from '../security/outbound/target.ts';
import type { Mistake } from './explain.ts';
import type { RawPartner } from './schema/partners.ts';

const OF_TOKEN = ['client_id', 'client_secret', 'token_style', 'scope'] as const;
const WHOLE_TOKEN = ['token_url', 'client_id', 'client_secret'] as const;

export const checkCallback = (partner: RawPartner, origins: AllowedOrigins): Mistake[] =>
  [
    strayUrl(partner) ?? uncalledUrl(partner, origins),
    doubled(partner),
    halfToken(partner),
    strayToken(partner, origins),
  ].flatMap((mistake) => (mistake === undefined ? [] : [{ ...mistake, path: ['callback', ...mistake.path] }]));

/** Where callbacks go by default must be where they may go. */
const strayUrl = ({ callbacks, callback: { url } }: RawPartner): Mistake | undefined => {
  if (url === undefined || callbacks === 'any' || callbacks.includes(new URL(url).origin)) return undefined;
  return { path: ['url'], problem: 'is not below one of the callbacks', fix: `add ${new URL(url).origin} to them` };
};

/** Userinfo and fragments, and whatever `outbound` does not allow: each request that waits for it would be lost. */
const uncalledUrl = ({ callback }: RawPartner, origins: AllowedOrigins): Mistake | undefined =>
  callback.url === undefined ? undefined : uncalled('url', callback.url, callback.private_network, origins);

/** One Authorization header. */
const doubled = ({ callback }: RawPartner): Mistake | undefined => {
  const { bearer, token_url: tokenUrl, headers = {} } = callback;
  if (bearer !== undefined && tokenUrl !== undefined)
    return {
      path: ['bearer'],
      problem: 'stands beside token_url, and one token can be sent',
      fix: 'remove bearer to have tokens fetched, or token_url and what belongs to it to send this one',
    };
  const written = Object.keys(headers).find((name) => name.toLowerCase() === 'authorization');
  if (written === undefined || (bearer ?? tokenUrl) === undefined) return undefined;
  const other = bearer === undefined ? 'token_url' : 'bearer';
  return { path: ['headers', written], problem: `stands beside ${other}`, fix: `remove one of them` };
};

const halfToken = ({ callback }: RawPartner): Mistake | undefined => {
  const stray = OF_TOKEN.find((key) => callback[key] !== undefined);
  if (callback.token_url === undefined)
    return stray === undefined
      ? undefined
      : { path: [stray], problem: 'has no token_url', fix: 'give the address that access tokens are fetched from' };
  const missing = WHOLE_TOKEN.find((key) => callback[key] === undefined);
  return missing === undefined
    ? undefined
    : { path: ['token_url'], problem: `has no ${missing} beside it`, fix: 'give client_id and client_secret' };
};

/** Its endpoint may be a private one where the partner's origins may. */
const strayToken = ({ callback }: RawPartner, origins: AllowedOrigins): Mistake | undefined =>
  callback.token_url === undefined
    ? undefined
    : uncalled('token_url', callback.token_url, callback.private_network, origins);

const uncalled = (key: string, url: string, isPrivate: boolean, origins: AllowedOrigins): Mistake | undefined => {
  const privateOrigins = [...origins.privateOrigins, ...(isPrivate ? [new URL(url).origin] : [])];
  const reason = refusalOf(url, { ...origins, privateOrigins });
  if (reason === undefined) return undefined;
  return {
    path: [key],
    problem: `would not be called: ${reason}`,
    fix: 'use https on port 443, or add its origin to outbound.allow_origins; for a private address write private_network: true',
  };
};
