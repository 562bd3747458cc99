/**
 * An upstream that calls back with what a search of ours found, in one message or several: kept, and once all of it is there
 * the search is run again and finds it. Whatever was not asked, was asked of another, or is answered already changes nothing.
 */

import type { Sealer } from '../security/at-rest.ts';
import { RELAYED, type Relayed, TRANSACTIONS } from '../store/async-documents.ts';
import { K } from '../store/document-key.ts';
import { wakeOf } from '../store/documents.ts';
import type { ReceivedCall } from './receive.ts';
import { isAnswered } from './relay.ts';
import { assembleAnswer } from './relayed-answer.ts';
import { keepPart, keptParts, MOST_PARTS, openPart } from './relayed-parts.ts';
import type { WakingOptions } from './waking-options.ts';

export interface TakeRelayedOptions extends WakingOptions {
  readonly sealer: Sealer;
}

/** Rejects with StoreError when it cannot be kept: it is not acknowledged then. */
export type TakeRelayed = (call: ReceivedCall) => Promise<void>;

/** Only the note that the request was sent, and the same answer at the same moment, come between. */
const MOST_TRIES = 5;

export const createTakeRelayed = (options: TakeRelayedOptions): TakeRelayed => {
  const { documents, sealer, clock, registry: find, log, wake } = options;

  /** What it all comes to; undefined: more is to come. */
  const cameTo = async (
    { _id, asked }: Relayed,
    most: number,
  ): Promise<Pick<Relayed, 'parts' | 'refused'> | undefined> => {
    const parts = await keptParts(documents, _id);
    if (parts.length > MOST_PARTS) return { refused: `answered in more than ${MOST_PARTS} messages` };
    if (parts.reduce((sum, { size }) => sum + size, 0) > most)
      return { refused: `answered more than ${most} bytes in all` };
    const opened = [];
    for (const part of parts) opened.push(await openPart(documents, sealer, part));
    const assembled = assembleAnswer(asked, opened);
    if (assembled.kind === 'waits') return undefined;
    return assembled.kind === 'broken' ? { refused: assembled.problem } : { parts: parts.map((part) => part._id) };
  };

  const settle = async (id: string, outcome: Pick<Relayed, 'parts' | 'refused'>): Promise<void> => {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const asked = await documents.get(RELAYED, id);
      if (asked === undefined || isAnswered(asked)) return;
      if (await documents.replace(RELAYED, { ...asked, ...outcome })) return;
    }
  };

  return async (call) => {
    const { partner, registryId, action, message, signed } = call;
    const { transactionId } = message;
    const relay = find(registryId)?.plugin.upstream?.relay;
    if (relay === undefined || action !== 'on-search' || partner.id !== relay.partner) return;
    if (transactionId === undefined) return;
    if (!signed) {
      log.warn('answer of an upstream is not signed', { registry: registryId, partner: partner.id });
      return;
    }
    const id = K(registryId, transactionId);
    const asked = await documents.get(RELAYED, id);
    if (asked === undefined) return;
    if (!isAnswered(asked)) {
      await keepPart(documents, sealer, id, call, clock()); // before those that came are looked at: whoever is last sees all
      const outcome = await cameTo(asked, relay.maxBytes);
      if (outcome === undefined) return;
      if (outcome.refused !== undefined) log.warn('answer of an upstream is of no use', { registry: registryId, problem: outcome.refused }); // biome-ignore format: one look
      await settle(id, outcome);
    }
    const transaction = await documents.get(TRANSACTIONS, asked.transaction);
    if (transaction?.state !== 'waiting') return; // whoever runs it looks once more before it waits
    await documents.replace(TRANSACTIONS, { ...transaction, state: 'accepted' });
    await documents.apply([wakeOf(transaction.lane, 0)]);
    wake(transaction.lane);
  };
};
