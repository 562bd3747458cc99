/** The messages of our own subscription at an upstream: `/subscribe`, `/unsubscribe`, `/sync/txn/status`, signed as the gateway. */

import { randomUUID } from 'node:crypto';
import { formatTimestamp } from '../../dci/timestamps.ts';
import type { Upstream, UpstreamAsking, UpstreamObject, UpstreamOutcome } from '../../plugin.ts';
import type { OwnSubscription } from '../../store/async-documents.ts';
import { uuidOf } from '../../store/document-key.ts';
import type { SubscriptionOffer } from './wanted.ts';

/** Of one call. */
export const CALL_MS = 15_000;

/** Of this round's request: its answer bears it. */
export const transactionOf = ({ _id, wanted, round }: Pick<OwnSubscription, '_id' | 'wanted' | 'round'>): string =>
  uuidOf('subscribe', _id, wanted, round);

/** An item's place in all of them, from 1. */
export const referenceOf = (index: number): string => `${index + 1}`;

/** All items that are asked for. All records are wanted; which of them we may be told is the upstream's to say. */
export const subscribe = (
  link: Upstream,
  { callbackUrl, recordTypes, criteria, lifetimeMs }: SubscriptionOffer,
  own: OwnSubscription,
): Promise<UpstreamOutcome> => {
  const timestamp = formatTimestamp(own.askedAt);
  const range = lifetimeMs === undefined ? {} : { frequency: { start_time: timestamp, end_time: formatTimestamp(own.askedAt + lifetimeMs) } }; // biome-ignore format: one look
  const items = own.items.flatMap(({ state, event, recordType }, index): readonly UpstreamObject[] => {
    if (state !== 'asked') return [];
    const subscribe_criteria = {
      version: '1.0.0',
      ...criteria,
      ...{ reg_event_type: event, notify_record_type: recordTypes.get(recordType) ?? recordType },
      ...{ filter_type: 'idtype-value', filter: { type: '*', value: '*' } },
      ...range,
    };
    return [{ reference_id: referenceOf(index), timestamp, subscribe_criteria }];
  });
  const transaction_id = transactionOf(own);
  return send(link, {
    ...{ path: '/subscribe', action: 'subscribe', answerAction: 'on-subscribe', totalCount: items.length },
    ...{ messageId: uuidOf(transaction_id, 'message'), senderUri: `${callbackUrl}/on-subscribe`, acknowledged: true },
    message: { transaction_id, subscribe_request: items },
  });
};

/** What it comes to is not waited for: a code that lives on tells changes that are known, until it ends. */
export const unsubscribe = (
  link: Upstream,
  callbackUrl: string | undefined,
  own: OwnSubscription,
  codes: readonly string[],
): Promise<UpstreamOutcome> => {
  const transaction_id = uuidOf('unsubscribe', own._id, JSON.stringify(codes));
  return send(link, {
    ...{ path: '/unsubscribe', action: 'unsubscribe', answerAction: 'on-unsubscribe', totalCount: codes.length },
    ...{ messageId: uuidOf(transaction_id, 'message'), acknowledged: true },
    ...(callbackUrl !== undefined && { senderUri: `${callbackUrl}/on-unsubscribe` }),
    message: { transaction_id, timestamp: formatTimestamp(own.askedAt), subscription_codes: codes },
  });
};

export const askStatus = (link: Upstream, codes: readonly string[]): Promise<UpstreamOutcome> => {
  const transaction_id = randomUUID();
  return send(link, {
    ...{ path: '/sync/txn/status', action: 'txn-status', answerAction: 'txn-on-status', totalCount: 1 },
    messageId: randomUUID(),
    message: {
      transaction_id,
      txnstatus_request: {
        ...{ reference_id: transaction_id, txn_type: 'subscribe' },
        ...{ attribute_type: 'subscription_code_list', attribute_value: codes },
      },
    },
  });
};

const send = (link: Upstream, request: UpstreamAsking): Promise<UpstreamOutcome> =>
  link.ask(request, { signal: AbortSignal.timeout(CALL_MS) });
