/**
 * An upstream that calls back with what a search of ours found: kept, then the search is run again and finds it. Whatever
 * was not asked, was asked of another, or is answered already changes nothing.
 */

import { toPlain } from '../dci/json-plain.ts';
import type { Log } from '../log.ts';
import type { Sealer } from '../security/at-rest.ts';
import { RELAYED, TRANSACTIONS } from '../store/async-documents.ts';
import { K } from '../store/document-key.ts';
import { type Documents, wakeOf } from '../store/documents.ts';
import type { ReceivedCall } from './receive.ts';
import type { Registry } from './registry.ts';

export interface TakeRelayedOptions {
  readonly documents: Documents;
  readonly sealer: Sealer;
  readonly registry: (id: string) => Registry | undefined;
  readonly log: Log;
  /** Starts the lane in this process. */
  readonly wake: (lane: string) => void;
}

/** Rejects with StoreError when it cannot be kept: it is not acknowledged then. */
export type TakeRelayed = (call: ReceivedCall) => Promise<void>;

/** Only the note that the request was sent, and the same answer at the same moment, come between. */
const MOST_TRIES = 5;

export const createTakeRelayed = (options: TakeRelayedOptions): TakeRelayed => {
  const { documents, sealer, registry: find, log, wake } = options;

  return async ({ partner, registryId, action, message: { transactionId }, signed, content }) => {
    const relay = find(registryId)?.plugin.upstream?.relay;
    if (relay === undefined || action !== 'on-search' || partner.id !== relay.partner) return;
    if (transactionId === undefined) return;
    if (!signed) {
      log.warn('answer of an upstream is not signed', { registry: registryId, partner: partner.id });
      return;
    }
    const id = K(registryId, transactionId);
    let asked = await documents.get(RELAYED, id);
    if (asked === undefined) return;
    const answer = sealer.seal(JSON.stringify(toPlain(content)));
    for (let tries = 0; asked !== undefined && asked.answer === undefined && tries < MOST_TRIES; tries++) {
      if (await documents.replace(RELAYED, { ...asked, answer })) break;
      asked = await documents.get(RELAYED, id);
    }
    const transaction = asked === undefined ? undefined : await documents.get(TRANSACTIONS, asked.transaction);
    if (transaction?.state !== 'waiting') return; // whoever runs it looks once more before it waits
    await documents.replace(TRANSACTIONS, { ...transaction, state: 'accepted' });
    await documents.apply([wakeOf(transaction.lane, 0)]);
    wake(transaction.lane);
  };
};
