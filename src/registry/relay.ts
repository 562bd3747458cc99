/**
 * Searches that an upstream is asked by messages and answers by calling back. What was asked follows from the transaction
 * and the query, so that a search which is run again finds its answer, or sends the same once more.
 */

import type { Clock } from '../clock.ts';
import { BackendError, type Relay, type UpstreamObject } from '../plugin.ts';
import type { Sealer } from '../security/at-rest.ts';
import { RELAYED, RELAYED_PARTS, type Relayed, type Transaction } from '../store/async-documents.ts';
import { K, uuidOf } from '../store/document-key.ts';
import { type Documents, removeOf } from '../store/documents.ts';
import type { Keyed } from './keyed.ts';
import type { Registry } from './registry.ts';
import { type AskedItem, assembleAnswer } from './relayed-answer.ts';
import { MOST_PARTS, readPart } from './relayed-parts.ts';
import { dropChunks } from './sealed-body.ts';
import { InVain, Waits } from './transaction-work.ts';

export interface RelayOptions {
  readonly documents: Documents;
  readonly sealer: Sealer;
  readonly keyed: Keyed;
  readonly clock: Clock;
}

/** One run of a transaction. */
export interface StartedRelay {
  readonly relay: Relay;
  /** Throws what the run comes to where an answer is not there, or will not be better. @param cause what it failed by */
  settle(cause?: unknown): void;
}

/** Undefined: the registry's upstream is called, and waited for. */
export type StartRelay = (
  transaction: Transaction,
  registry: Registry,
  context: { readonly signal: AbortSignal },
) => StartedRelay | undefined;

export const createStartRelay =
  ({ documents, sealer, keyed, clock }: RelayOptions): StartRelay =>
  (transaction, { plugin: { upstream } }, context) => {
    if (upstream?.relay === undefined) return undefined;
    const { link } = upstream;
    const { callbackUrl, timeoutMs } = upstream.relay;
    let waits: Waits | undefined;
    let late: BackendError | undefined;
    let answered = false;
    let unsent = false;

    const askedBefore = async (id: string, items: readonly UpstreamObject[]): Promise<Relayed> => {
      const known = await documents.get(RELAYED, id);
      if (known !== undefined) return known;
      const at = clock();
      const made: Relayed = {
        ...{ _id: id, version: 1, transaction: transaction._id, asked: items.map(askedItem) },
        ...{ sent: false, at, dueAt: at + timeoutMs },
      };
      await documents.insert(RELAYED, made);
      return (await documents.get(RELAYED, id)) ?? made;
    };

    const answerOf = async ({ asked, parts = [], refused }: Relayed): Promise<UpstreamObject> => {
      if (refused !== undefined) throw new BackendError('unavailable', `the upstream ${refused}`);
      const read = await Promise.all(parts.map((id) => readPart(documents, sealer, id)));
      const assembled = assembleAnswer(asked, read);
      if (assembled.kind === 'whole') return assembled.message;
      throw new BackendError('unavailable', 'the answer that was whole is not any more');
    };

    /** It takes no more requests at the moment: its time begins when it does. */
    const later = async (asked: Relayed, cause: unknown): Promise<void> => {
      if (!(cause instanceof BackendError) || cause.retryAfterMs === undefined) return;
      await documents.replace(RELAYED, { ...asked, dueAt: clock() + cause.retryAfterMs + timeoutMs });
    };

    const ask = async (items: readonly UpstreamObject[]): Promise<UpstreamObject> => {
      // Keyed: the items name persons, and it lies beside them in the store.
      const transactionId = uuidOf(keyed('relayed', transaction._id, JSON.stringify(items)));
      const asked = await askedBefore(K(transaction.registry, transactionId), items);
      if (isAnswered(asked)) {
        answered = true;
        return answerOf(asked);
      }
      if (clock() >= asked.dueAt) {
        late = new BackendError('timeout', 'the upstream did not call back in time');
        throw late;
      }
      if (!asked.sent) {
        unsent = true;
        const request = {
          ...{ path: '/search', action: 'search', totalCount: items.length },
          messageId: uuidOf(transactionId, 'message'),
          senderUri: `${callbackUrl}/on-search`,
          message: { transaction_id: transactionId, search_request: items },
        };
        await link.send(request, context).catch(async (cause: unknown) => {
          await later(asked, cause);
          throw cause;
        });
        unsent = false;
        await documents.replace(RELAYED, { ...asked, sent: true }); // not done: the answer was faster
      }
      waits = new Waits(asked._id, asked.dueAt);
      throw new BackendError('unavailable', 'the upstream has not called back yet');
    };

    return {
      relay: { acceptedAt: transaction.acceptedAt, ask },
      settle: (cause) => {
        if (waits !== undefined) throw waits;
        if (late !== undefined || (answered && !unsent && cause instanceof BackendError))
          throw new InVain('the answer of the upstream is no better next time', { cause: late ?? cause });
      },
    };
  };

/** Whole, or never to be. */
export const isAnswered = ({ parts, refused }: Relayed): boolean => parts !== undefined || refused !== undefined;

/** @param item as plugins write them: all of them name a reference and a page */
const askedItem = ({ reference_id: reference, search_criteria: criteria }: UpstreamObject): AskedItem => {
  const { pagination } = (criteria ?? {}) as UpstreamObject; // ours
  const { page_number: page, page_size: size } = (pagination ?? {}) as UpstreamObject;
  return { reference: String(reference), page: Number(page ?? 1), size: Number(size ?? 0) };
};

/** What the upstream answered is not needed any more. */
export const dropRelayed = async (documents: Documents, { _id }: Pick<Transaction, '_id'>): Promise<void> => {
  const asked = await documents.find(RELAYED, { index: 'byTransaction', equals: [_id], limit: MOST_ASKED });
  for (const each of asked) {
    const parts = await documents.find(RELAYED_PARTS, {
      index: 'byRelayed',
      equals: [each._id],
      limit: 2 * MOST_PARTS,
    });
    const gone = parts.flatMap((part) => [
      removeOf(RELAYED_PARTS, part._id),
      ...dropChunks({ chunks: part.chunks, set: part._id }),
    ]);
    await documents.apply([removeOf(RELAYED, each._id), ...gone]);
  }
};

/** What is left is removed by age. */
const MOST_ASKED = 10_000;
