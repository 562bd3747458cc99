/** The messages of `on-subscribe` and `on-unsubscribe` (PROTOCOL 4 and 8). */

import { type AnswerStatus, LONGEST_REASON } from './answer-header.ts';
import type { DomainName } from './domains.ts';
import type { SubscribeItemCode } from './subscribe-request.ts';
import { formatTimestamp } from './timestamps.ts';

export type SubscribeOutcome = SubscribedItem | RefusedSubscription;

interface Item {
  /** As the caller wrote it; empty when it wrote none. */
  readonly referenceId: string;
  readonly locale: string | undefined;
}

export interface SubscribedItem extends Item {
  readonly status: 'succ';
  readonly code: string;
  /** As the caller wrote it. */
  readonly eventType: string;
  readonly recordType: string;
  readonly frequency: string | undefined;
  readonly startAt: number;
  readonly endAt: number;
}

export interface RefusedSubscription extends Item {
  readonly status: 'rjct';
  readonly code: SubscribeItemCode;
  readonly message: string;
}

export interface SubscribeResponseInput {
  readonly transactionId: string;
  readonly correlationId: string;
  readonly domain: DomainName;
  readonly regType: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly outcomes: readonly SubscribeOutcome[];
}

/** Makes `message` of an `on-subscribe`: one entry an item. The filter is not repeated: it may hold identifiers. */
export const subscribeResponse = (input: SubscribeResponseInput): Readonly<Record<string, unknown>> => {
  const timestamp = formatTimestamp(input.at);
  return {
    transaction_id: input.transactionId,
    correlation_id: input.correlationId,
    subscribe_response: input.outcomes.map((outcome) => ({
      reference_id: outcome.referenceId,
      timestamp,
      status: outcome.status,
      ...(outcome.status === 'succ'
        ? { subscriptions: [subscriptionOf(outcome, input, timestamp)] }
        : {
            status_reason_code: outcome.code,
            status_reason_message: outcome.message.slice(0, LONGEST_REASON).toWellFormed(),
          }),
      ...(outcome.locale !== undefined && { locale: outcome.locale }),
    })),
  };
};

const subscriptionOf = (item: SubscribedItem, { domain, regType }: SubscribeResponseInput, timestamp: string) => ({
  version: '1.0.0',
  code: item.code,
  status: 'subscribe',
  timestamp,
  reg_type: regType,
  // dr's enum has this one event (PROTOCOL 7)
  ...((domain !== 'dr' || item.eventType === 'REGISTER') && { reg_event_type: item.eventType }),
  ...(item.frequency !== undefined && {
    frequency: {
      start_time: formatTimestamp(item.startAt),
      end_time: formatTimestamp(item.endAt),
      frequency: item.frequency,
    },
  }),
  notify_record_type: item.recordType,
  expires: formatTimestamp(item.endAt),
});

export type UnsubscribeItemCode = 'rjct.timestamp.invalid' | 'rjct.subscription_code.invalid' | 'rjct.event.already_unsubscribed'; // biome-ignore format: one look

export interface UnsubscribeOutcome {
  readonly code: string;
  /** Undefined: it ended by this request. */
  readonly problem: UnsubscribeItemCode | undefined;
}

/** How all outcomes read as one: the standard has one status for all codes of an `on-unsubscribe`. */
export interface UnsubscribeStatus {
  readonly status: AnswerStatus;
  readonly reason?: UnsubscribeItemCode | undefined;
  readonly reasonMessage?: string | undefined;
}

export interface UnsubscribeResponseInput {
  readonly transactionId: string;
  readonly correlationId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly outcomes: readonly UnsubscribeOutcome[];
  readonly told: UnsubscribeStatus;
}

/** The first problem's code; how many ended where not all did. */
export const unsubscribeStatus = (outcomes: readonly UnsubscribeOutcome[]): UnsubscribeStatus => {
  const reason = outcomes.find(({ problem }) => problem !== undefined)?.problem;
  const ended = outcomes.filter(({ problem }) => problem === undefined).length;
  return {
    status: ended === 0 ? 'rjct' : 'succ',
    reason,
    reasonMessage: reason === undefined ? undefined : `${ended}/${outcomes.length} subscriptions ended`,
  };
};

/** A code that is not the caller's has no status to tell, so it is not listed. */
export const unsubscribeResponse = (input: UnsubscribeResponseInput): Readonly<Record<string, unknown>> => {
  const { status, reason, reasonMessage } = input.told;
  return {
    transaction_id: input.transactionId,
    correlation_id: input.correlationId,
    timestamp: formatTimestamp(input.at),
    status,
    ...(reason !== undefined && { status_reason_code: reason }),
    ...(reasonMessage !== undefined && { status_reason_message: reasonMessage }),
    subscription_status: input.outcomes
      .filter(({ problem }) => problem === undefined || problem === 'rjct.event.already_unsubscribed')
      .map(({ code }) => ({ code, status: 'unsubscribe' })),
  };
};
