/** The message of a notification (PROTOCOL 7 and 8): one entry an event, each with one record or what is left of it. */

import { answerHeader } from './answer-header.ts';
import type { DomainName } from './domains.ts';
import { type Enforced, enforcedMeta } from './enforced.ts';
import { wireEvent } from './event-types.ts';
import { formatTimestamp } from './timestamps.ts';

export interface ToldEvent {
  readonly referenceId: string;
  /** When the change was seen, in milliseconds since 1970. */
  readonly at: number;
  /** As `toldEvent` names it. */
  readonly event: string;
  readonly recordType: string;
  readonly record: object;
}

export interface NotifyInput {
  /** Made from the subscription and the number: the transaction of the message as well, so that receipts find it. */
  readonly messageId: string;
  readonly senderId: string;
  readonly receiverId: string | undefined;
  readonly subscription: string;
  readonly sequence: number;
  readonly domain: DomainName;
  readonly regType: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly events: readonly ToldEvent[];
  /** What they are told under. */
  readonly enforced?: Enforced | undefined;
}

export interface NotifyMessage {
  readonly header: Readonly<Record<string, unknown>>;
  readonly message: Readonly<Record<string, unknown>>;
}

/** Header and message, made once. `reg_records` is an object in all five domains. */
export const notifyMessage = (input: NotifyInput): NotifyMessage => {
  const { events, messageId, subscription, sequence } = input;
  const header = answerHeader({
    messageId,
    at: input.at,
    action: 'notify',
    status: 'succ',
    senderId: input.senderId,
    receiverId: input.receiverId,
    totalCount: events.length,
    completedCount: events.length,
    meta: {
      subscription_code: subscription,
      sequence_number: sequence,
      events: events.map(({ referenceId, event }) => ({ reference_id: referenceId, reg_event_type: event })),
      ...enforcedMeta([{ enforced: input.enforced }]),
    },
  });
  return {
    header,
    message: { transaction_id: messageId, notify_event: events.map((event) => notifyEvent(event, input)) },
  };
};

const notifyEvent = (told: ToldEvent, { domain, regType }: NotifyInput): object => {
  const event = wireEvent(domain, told.event);
  return {
    reference_id: told.referenceId,
    timestamp: formatTimestamp(told.at),
    data: {
      version: '1.0.0',
      reg_type: regType,
      ...(event !== undefined && { reg_event_type: event }),
      reg_record_type: told.recordType,
      reg_records: told.record,
    },
  };
};
