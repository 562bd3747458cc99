/** Where a callback goes (PROTOCOL 4, "Where data may go"). */

import { GatewayError } from '../errors.ts';
import type { Partner } from '../security/partner.ts';
import type { OutboxKind } from '../store/async-documents.ts';

/** What the last part of a callback's path is, below a base. */
const PATHS: Readonly<Record<OutboxKind, string>> = {
  'on-search': '/on-search',
  'on-subscribe': '/on-subscribe',
  'on-unsubscribe': '/on-unsubscribe',
  'txn-on-status': '/txn/on-status',
  notify: '/notify',
};

const DEFAULT_RULE = 'auto';

/**
 * The full URL of a callback of this kind, by the partner's rule; undefined: there is none, the result waits for status.
 *
 * @param senderUri as the request names it
 * @param lasting a subscription's: `any` does not hold for what is sent again and again
 * @throws GatewayError `sender_uri.invalid` when it is not below one of the partner's registered origins
 */
export const callbackUrl = (
  partner: Partner,
  senderUri: string | undefined,
  kind: OutboxKind,
  lasting = false,
): string | undefined => {
  const text = senderUri ?? partner.callback?.url;
  if (text === undefined) return undefined;
  if (!mayBeCalled(partner, text, lasting)) throw new GatewayError('sender_uri.invalid');
  return withPath(new URL(text), kind, partner.callback?.rule ?? DEFAULT_RULE).href;
};

/** Asked again right before each attempt: the operator may have taken the origin away. */
export const mayBeCalled = (partner: Partner, text: string, lasting: boolean): boolean => {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return false;
  if (url.username !== '' || url.password !== '' || text.includes('#')) return false;
  return isRegistered(partner, url) || (partner.callback?.any === true && !lasting);
};

/** Credentials and private addresses are for registered origins only. */
export const isRegistered = (partner: Partner, { origin }: URL): boolean =>
  partner.callbacks.some((each) => URL.parse(each)?.origin === origin);

const withPath = (url: URL, kind: OutboxKind, rule: 'auto' | 'exact' | 'append'): URL => {
  if (rule === 'exact') return url;
  const path = url.pathname.replace(/\/+$/, '');
  const full = rule === 'append' ? undefined : Object.values(PATHS).find((each) => path.endsWith(each));
  const changed = new URL(url);
  // Another operation's full path stands for its base: subscribers name /on-subscribe and are notified at /notify.
  changed.pathname = `${full === undefined ? path : path.slice(0, -full.length)}${PATHS[kind]}`;
  return changed;
};
