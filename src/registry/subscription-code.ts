/** Codes of subscriptions, and what the ack of a subscribe request says of them (PROTOCOL 4 and 8). */

import { randomBytes } from 'node:crypto';
import type { AnswerStatus } from '../dci/answer-header.ts';
import type { SubscribeRequest } from '../dci/subscribe-request.ts';
import { formatTimestamp } from '../dci/timestamps.ts';
import { defaultEnd } from './plan-subscription.ts';

const RANDOM_BYTES = 15; // 120 bits: not to be guessed

export const newSubscriptionCode = (): string => `SUB-${randomBytes(RANDOM_BYTES).toString('base64url')}`;

/** Made before the ack, a code an item; `accept` keeps them in the transaction. */
export const subscriptionCodes = (request: SubscribeRequest): readonly string[] =>
  request.items.map(() => newSubscriptionCode());

/** Beside what every ack says: the first code, all of them, and when the first ends. */
export const subscribeAck = (
  { items }: SubscribeRequest,
  codes: readonly string[],
  now: number,
  lifetimeMs: number,
): { readonly status: AnswerStatus; readonly message: Readonly<Record<string, unknown>> } => {
  const [first] = items;
  const endAt = first?.endAt ?? defaultEnd(first?.startAt, now, lifetimeMs);
  return {
    status: items.length > 1 ? 'rcvd' : 'succ',
    message: { subscription_code: codes[0], subscription_codes: codes, expires: formatTimestamp(endAt) },
  };
};
