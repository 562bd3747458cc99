/** The upstream's answer to a subscribe request of ours: kept where it is about the one we wait for, and nothing else is. */

import { toPlain } from '../../dci/json-plain.ts';
import type { UpstreamObject } from '../../plugin.ts';
import { OWN_SUBSCRIPTIONS } from '../../store/async-documents.ts';
import { wakeOf } from '../../store/documents.ts';
import { upstreamLane } from '../lane-names.ts';
import type { ReceivedCall } from '../receive.ts';
import type { WakingOptions } from '../waking-options.ts';
import { readItems } from './read-answers.ts';
import { transactionOf } from './requests.ts';
import { answered } from './transitions.ts';

/** Rejects with StoreError when it cannot be kept: it is not acknowledged then. */
export type TakeSubscribed = (call: ReceivedCall) => Promise<void>;

/** Only our own note that the request was taken comes between. */
const MOST_TRIES = 5;

export const createTakeSubscribed = (options: WakingOptions): TakeSubscribed => {
  const { documents, clock, log } = options;
  return async ({ partner, registryId, action, message: { transactionId }, signed, content }) => {
    const offer = options.registry(registryId)?.plugin.upstream?.subscription;
    if (offer === undefined || action !== 'on-subscribe' || partner.id !== offer.partner) return;
    if (!signed) {
      log.warn('answer of an upstream is not signed', { registry: registryId, partner: partner.id });
      return;
    }
    const answers = readItems(toPlain(content) as UpstreamObject); // an object becomes an object
    if (answers.length === 0) return;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const own = await documents.get(OWN_SUBSCRIPTIONS, registryId);
      if (own === undefined || own.state === 'live' || transactionOf(own) !== transactionId) return;
      if (await documents.replace(OWN_SUBSCRIPTIONS, answered(own, answers, clock()))) break;
    }
    const lane = upstreamLane(registryId);
    await documents.apply([wakeOf(lane, 0)]);
    options.wake(lane);
  };
};
