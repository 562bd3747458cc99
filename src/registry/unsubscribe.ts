/** The unsubscribe use case, run from the lane of the partner's requests (ASYNC, "Unsubscribe"). */

import type { Clock } from '../clock.ts';
import {
  type UnsubscribeOutcome,
  type UnsubscribeStatus,
  unsubscribeResponse,
  unsubscribeStatus,
} from '../dci/subscribe-response.ts';
import { readUnsubscribeRequest } from '../dci/unsubscribe-request.ts';
import { GatewayError } from '../errors.ts';
import { SUBSCRIPTIONS } from '../store/async-documents.ts';
import { K } from '../store/document-key.ts';
import type { Documents } from '../store/documents.ts';
import { authoriseAction } from './authorise.ts';
import { cancelPending } from './cancel-pending.ts';
import { createPromised, type Promised } from './promised-subscriptions.ts';
import { endedSubscription } from './store-subscription.ts';
import { reviseSubscriptions } from './subscription-revision.ts';
import type { CallbackContent, TransactionRunner, TransactionWork } from './transaction-work.ts';

export interface UnsubscribeOptions {
  readonly documents: Documents;
  readonly clock: Clock;
  readonly maxItems: number;
}

export const createUnsubscribeRunner = ({ documents, clock, maxItems }: UnsubscribeOptions): TransactionRunner => ({
  run: async (work) => {
    const { transaction, partner, message } = work;
    authoriseAction(partner.registries.get(transaction.registry), 'unsubscribe');
    const { codes, timed } = readUnsubscribeRequest(message, maxItems);
    const now = clock();
    const outcomes: UnsubscribeOutcome[] = [];
    const promised = createPromised(documents, transaction);
    for (const [index, code] of codes.entries()) {
      const problem = timed
        ? await end(code, K(transaction._id, index), work, { now, documents, promised })
        : 'rjct.timestamp.invalid';
      outcomes.push({ code, problem });
    }
    await reviseSubscriptions(documents, transaction.registry, now);
    for (const { code, problem } of outcomes) if (problem === undefined) await cancelPending(documents, code, now);
    return [contentOf(work, now, outcomes, unsubscribeStatus(outcomes))];
  },
  refuse: (work, problem) => contentOf(work, clock(), [], { status: 'rjct', reasonMessage: problem.message }),
});

interface Ending {
  readonly now: number;
  readonly documents: Documents;
  readonly promised: Promised;
}

/**
 * Compares and sets; a loss is looked at again, since a digest may have moved on. `by` tells our earlier run from another's.
 *
 * @throws GatewayError `service.unavailable` where the request for it is not done: both are worked on side by side
 */
const end = async (
  code: string,
  by: string,
  { transaction, partner }: TransactionWork,
  { now, documents, promised }: Ending,
): Promise<UnsubscribeOutcome['problem']> => {
  for (let looked = false; ; ) {
    const found = await documents.get(SUBSCRIPTIONS, code);
    if (found === undefined && !looked) {
      if (await promised(code))
        throw new GatewayError('service.unavailable', { detail: 'a subscription that is to end is still to be made' });
      looked = true; // it may have been made between the two looks
      continue;
    }
    if (found === undefined || found.partner !== partner.id || found.registry !== transaction.registry)
      return 'rjct.subscription_code.invalid';
    if (found.by === by) return undefined;
    if (!found.live) return 'rjct.event.already_unsubscribed';
    if (await documents.replace(SUBSCRIPTIONS, endedSubscription(found, by, now))) return undefined;
  }
};

const contentOf = (
  { transaction }: Pick<TransactionWork, 'transaction'>,
  at: number,
  outcomes: readonly UnsubscribeOutcome[],
  told: UnsubscribeStatus,
): CallbackContent => ({
  status: told.status,
  reasonMessage: told.reasonMessage,
  totalCount: outcomes.length,
  completedCount: outcomes.length,
  message: unsubscribeResponse({
    transactionId: transaction.transactionId,
    correlationId: transaction.correlationId,
    at,
    outcomes,
    told,
  }),
  count: outcomes.length,
});
