/** The subscribe use case, run from the lane of the partner's requests (ASYNC, "Subscribe"). */

import { setImmediate as breathe } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { LimitsConfig } from '../config/config.ts';
import { createRegTypes } from '../dci/domains.ts';
import { readSubscribeRequest, type SubscribeItem } from '../dci/subscribe-request.ts';
import {
  type RefusedSubscription,
  type SubscribedItem,
  type SubscribeOutcome,
  subscribeResponse,
} from '../dci/subscribe-response.ts';
import { GatewayError } from '../errors.ts';
import { scopesOf } from '../security/scopes.ts';
import { SUBSCRIPTIONS, type Subscription } from '../store/async-documents.ts';
import type { DataLimits } from './data-limits.ts';
import { notifyUrl } from './notify-url.ts';
import {
  planSubscription,
  SubscriptionRefusal,
  type SubscriptionSetting,
  type SubscriptionSettings,
} from './plan-subscription.ts';
import { createPolicyOf } from './policy.ts';
import type { Registry } from './registry.ts';
import { requireAction } from './require-action.ts';
import { type SubscriptionStore, storeSubscription } from './store-subscription.ts';
import { reviseSubscriptions } from './subscription-revision.ts';
import type { CallbackContent, TransactionRunner, TransactionWork } from './transaction-work.ts';

export interface SubscribeOptions extends SubscriptionStore {
  readonly clock: Clock;
  readonly limits: LimitsConfig;
  readonly settings: SubscriptionSettings;
  /** Identifiers in filters count as tried. */
  readonly data: Pick<DataLimits, 'admit'>;
  readonly registry: (id: string) => Registry | undefined;
  readonly maxItems: number;
}

/**
 * Then others are served: a frequency that never comes takes some 20 ms to find out. By count, not by time (`fairTurns`): explored
 * flows run this, and must do the same in every run.
 */
const PLANNED_AT_ONCE = 5;

export const createSubscribeRunner = (options: SubscribeOptions): TransactionRunner => {
  const { documents, clock, maxItems } = options;
  const policyOf = createPolicyOf();
  return {
    run: async (work) => {
      const { transaction, partner } = work;
      const registry = options.registry(transaction.registry);
      if (registry === undefined) throw new GatewayError('request.forbidden', { detail: 'the registry is gone' });
      const { config } = registry;
      requireAction(partner, scopesOf(partner), config.id, 'subscribe'); // those of the token were checked when it was accepted
      const setting: SubscriptionSetting = {
        registry: config,
        regTypes: createRegTypes(config.domain, config.regType, config.regTypes),
        mapping: await registry.mapping(),
        rightsFor: (purpose) => policyOf(partner, config, purpose).rights,
        limits: options.limits,
        settings: options.settings,
        now: clock(),
        acceptedAt: transaction.acceptedAt,
      };
      const { items } = readSubscribeRequest(work.message, maxItems);
      const outcomes: SubscribeOutcome[] = [];
      for (const [index, item] of items.entries()) {
        outcomes.push(await subscribeOne(item, index, work, setting, options));
        if (index % PLANNED_AT_ONCE === PLANNED_AT_ONCE - 1) await breathe();
      }
      await reviseSubscriptions(documents, config.id, setting.now);
      return [contentOf(outcomes, work, options)];
    },
    refuse: (work, problem) => {
      const outcomes = itemsOf(work, maxItems).map((item) => refused(item, 'rjct.notify_details.invalid', problem));
      return { ...contentOf(outcomes, work, options), status: 'rjct', reasonMessage: problem.message };
    },
  };
};

const subscribeOne = async (
  item: SubscribeItem,
  index: number,
  { transaction, partner }: TransactionWork,
  setting: SubscriptionSetting,
  options: SubscribeOptions,
): Promise<SubscribeOutcome> => {
  const { registry, settings, now } = setting;
  const code = transaction.codes?.[index] ?? '';
  const own = await options.documents.get(SUBSCRIPTIONS, code);
  if (own !== undefined) return subscribed(item, own); // an earlier run of this request came so far
  try {
    const planned = planSubscription(item, setting);
    await options.data.admit(partner, planned.identifiers);
    const added = {
      ...{ code, partner: partner.id, registry: registry.id, item, planned, now },
      callbackUrl: notifyUrl(partner, transaction.callbackUrl),
      madeBy: { transaction: transaction._id, item: index },
    };
    return subscribed(item, await storeSubscription(added, settings.perPartner, options));
  } catch (cause) {
    if (cause instanceof SubscriptionRefusal) return refused(item, cause.code, cause);
    // The day's identifiers are used up: this item's problem, since those before it live.
    if (cause instanceof GatewayError && cause.code === 'request.too_many')
      return refused(item, 'rjct.notify_details.invalid', cause);
    throw cause;
  }
};

const subscribed = ({ referenceId, locale }: SubscribeItem, subscription: Subscription): SubscribedItem => ({
  status: 'succ',
  referenceId,
  locale,
  code: subscription._id,
  eventType: subscription.eventType,
  recordType: subscription.recordType,
  frequency: subscription.frequency,
  startAt: subscription.startAt ?? subscription.createdAt,
  endAt: subscription.endAt,
});

const refused = (
  { referenceId, locale }: SubscribeItem,
  code: RefusedSubscription['code'],
  { message }: Error,
): RefusedSubscription => ({ status: 'rjct', referenceId, locale, code, message });

/** It was read when it was accepted; limits may have become narrower since. */
const itemsOf = ({ message }: Pick<TransactionWork, 'message'>, maxItems: number): readonly SubscribeItem[] => {
  try {
    return readSubscribeRequest(message, maxItems).items;
  } catch (cause) {
    if (cause instanceof GatewayError) return [];
    throw cause;
  }
};

const contentOf = (
  outcomes: readonly SubscribeOutcome[],
  { transaction }: Pick<TransactionWork, 'transaction'>,
  { clock, registry }: Pick<SubscribeOptions, 'clock' | 'registry'>,
): CallbackContent => {
  const succeeded = outcomes.filter(({ status }) => status === 'succ').length;
  const { config } = registry(transaction.registry) ?? {};
  return {
    status: succeeded === 0 ? 'rjct' : 'succ',
    reasonMessage: succeeded === outcomes.length ? undefined : `${succeeded}/${outcomes.length} items succeeded`,
    totalCount: outcomes.length,
    completedCount: outcomes.length,
    message: subscribeResponse({
      transactionId: transaction.transactionId,
      correlationId: transaction.correlationId,
      domain: config?.domain ?? 'social',
      regType: config?.regType ?? '',
      at: clock(),
      outcomes,
    }),
    count: outcomes.length,
  };
};
