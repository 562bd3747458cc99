/** One item of a subscribe request → a subscription that may be made, or the reason why not (PROTOCOL 3 and 8). */

import type { LimitsConfig, RegistryConfig } from '../config/config.ts';
import type { RegTypes } from '../dci/domains.ts';
import { type EventType, eventNameOf, eventTypeOf } from '../dci/event-types.ts';
import type { JsonNode } from '../dci/json-node.ts';
import type { SubscribeItem, SubscribeItemCode } from '../dci/subscribe-request.ts';
import { GatewayError, ItemRejection } from '../errors.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { canonicalFilter } from '../query/canonical-filter.ts';
import { countIdentifiers } from '../query/count-identifiers.ts';
import { type DecodedQuery, decodeQuery } from '../query/decode.ts';
import type { RegistryRights } from '../security/rights.ts';
import { type Authorised, authoriseRecord } from './authorise.ts';
import { authoriseQuery } from './authorise-query.ts';
import { readFrequency } from './frequency.ts';
import { recordTypeOf } from './plan-search.ts';

export interface SubscriptionSettings {
  /** Live subscriptions of one partner. */
  readonly perPartner: number;
  /** How long one without an end lives, in milliseconds. */
  readonly lifetimeMs: number;
  /** Of cron expressions. */
  readonly timezone: string;
}

export const SUBSCRIPTION_DEFAULTS: SubscriptionSettings = {
  perPartner: 100,
  lifetimeMs: 365 * 86_400_000,
  timezone: 'UTC',
};

export interface SubscriptionSetting {
  readonly registry: RegistryConfig;
  readonly regTypes: RegTypes;
  readonly mapping: Mapping;
  /** What the partner may do for a purpose. Throws `GatewayError('request.forbidden')` for one that is not its own. */
  readonly rightsFor: (purpose: string | undefined) => RegistryRights;
  readonly limits: LimitsConfig;
  readonly settings: SubscriptionSettings;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** When it was asked for, where its end was acknowledged then. Absent: now. */
  readonly acceptedAt?: number;
}

export interface PlannedSubscription {
  readonly eventType: EventType;
  readonly recordType: string;
  /** Of the filter, as the partner's rights narrow it. */
  readonly canonical: string;
  /** Fields that are told; undefined: all that the partner sees. */
  readonly projection: readonly string[] | undefined;
  readonly startAt: number;
  readonly endAt: number;
  /** Undefined: events are sent at once. */
  readonly firstSlot: number | undefined;
  /** How many identifiers the filter names. */
  readonly identifiers: number;
}

/** One item is refused; `message` is safe to show. */
export class SubscriptionRefusal extends Error {
  override readonly name = 'SubscriptionRefusal';
  readonly code: SubscribeItemCode;

  constructor(code: SubscribeItemCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Throws `SubscriptionRefusal`. */
export const planSubscription = (item: SubscribeItem, setting: SubscriptionSetting): PlannedSubscription => {
  if (item.rejection !== undefined) throw new SubscriptionRefusal(item.rejection.code, item.rejection.message);
  const { mapping, now } = setting;
  const rights = orRefused('rjct.notify_details.invalid', () => setting.rightsFor(item.purpose));
  const query = orRefused('rjct.notify_details.invalid', () => decodeFilter(item.filter, setting.limits));
  const recordType = orRefused('rjct.notify_types.invalid', () => notifiedType(item, query, rights, setting));
  const eventType = readEventType(item.eventType, mapping);
  const { filter, projection } = orRefused('rjct.notify_details.invalid', () =>
    authorisedFilter(query, recordType, { rights, mapping, now }),
  );
  return {
    eventType,
    recordType,
    projection,
    canonical: canonicalFilter(filter),
    identifiers: countIdentifiers(query.raw, [...mapping.records.values()]),
    ...timesOf(item, setting),
  };
};

/** In every dialect of searches, and `{"type":"*","value":"*"}`, which only the width `any` allows. */
export const decodeFilter = (filter: JsonNode | undefined, limits: LimitsConfig): DecodedQuery =>
  decodeQuery(filter ?? null, limits, { everything: true });

/** The filter as the partner may ask it now, and what of a record it selects. Throws `ItemRejection` or `GatewayError`. */
export const authorisedFilter = (
  query: DecodedQuery,
  recordType: string,
  { rights, mapping, now }: { readonly rights: RegistryRights } & Pick<SubscriptionSetting, 'mapping' | 'now'>,
): Pick<Authorised, 'filter' | 'projection'> => {
  const today = new Date(now).toISOString().slice(0, 10);
  return authoriseQuery({ query, sort: undefined, recordType, rights, models: mapping.records, today });
};

const notifiedType = (
  item: SubscribeItem,
  query: DecodedQuery,
  rights: RegistryRights,
  setting: SubscriptionSetting,
): string => {
  const recordType = recordTypeOf(item, query, setting);
  authoriseRecord(rights, recordType, setting.mapping.records);
  if (setting.mapping.changes?.recordTypes.has(recordType) !== true)
    throw new SubscriptionRefusal('rjct.notify_types.invalid', 'Changes of this record type are not told.');
  return recordType;
};

const readEventType = (text: string | undefined, mapping: Mapping): EventType => {
  const eventType = text === undefined ? undefined : eventTypeOf(text);
  if (eventType === undefined) throw new SubscriptionRefusal('rjct.notify_types.invalid', 'reg_event_type is unknown.');
  const { event, otherwise } = eventType;
  if (event === undefined) return eventType;
  const named = [...(mapping.changes?.events ?? [])].some((name) => eventNameOf(name) === event);
  if (named) return { changes: eventType.changes, event };
  if (otherwise !== undefined) return { changes: [otherwise] };
  throw new SubscriptionRefusal('rjct.notify_types.invalid', 'This registry does not tell this event.');
};

/** A missing right reads like an unknown name: one code for both. */
const orRefused = <Result>(code: SubscribeItemCode, work: () => Result): Result => {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ItemRejection) throw new SubscriptionRefusal(code, cause.message);
    if (cause instanceof GatewayError && cause.code === 'request.forbidden')
      throw new SubscriptionRefusal(code, cause.message);
    throw cause;
  }
};

/** Of a subscription that names no end, as its acknowledgement tells it. */
export const defaultEnd = (startAt: number | undefined, acceptedAt: number, lifetimeMs: number): number =>
  Math.max(startAt ?? acceptedAt, acceptedAt) + lifetimeMs;

/** As it is told, so that who goes on from there begins where it ends. */
const wholeSecond = (at: number): number => at - (at % 1000);

const timesOf = (
  { frequency: text, startAt: start, endAt: end }: SubscribeItem,
  { settings: { lifetimeMs, timezone }, now, acceptedAt = now }: SubscriptionSetting,
): Pick<PlannedSubscription, 'startAt' | 'endAt' | 'firstSlot'> => {
  const refuse = (message: string): SubscriptionRefusal =>
    new SubscriptionRefusal('rjct.notify_details.invalid', message);
  const startAt = start ?? now;
  const endAt = wholeSecond(end ?? defaultEnd(start, acceptedAt, lifetimeMs));
  if (endAt <= startAt || endAt <= now) throw refuse('end_time is over, or before start_time.');
  if (text === undefined) return { startAt, endAt, firstSlot: undefined };
  const frequency = readFrequency(text, timezone);
  if (frequency === undefined)
    throw refuse('frequency must be a cron expression that comes at most once a minute, or "daily".');
  const firstSlot = frequency.nextAfter(Math.max(now, startAt - 1));
  if (firstSlot === undefined || firstSlot > endAt) throw refuse('frequency names no time in the range.');
  return { startAt, endAt, firstSlot };
};
