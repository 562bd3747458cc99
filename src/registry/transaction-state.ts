/** How far one transaction is: whether the work is done, and whether its callback has arrived (PROTOCOL 8). */

import { OUTBOX, type OutboxEntry, TRANSACTIONS, type Transaction } from '../store/async-documents.ts';
import type { Documents } from '../store/documents.ts';

export interface TransactionState {
  readonly transaction: Transaction;
  /** Of the answer, in order; empty while it is worked on. */
  readonly entries: readonly OutboxEntry[];
}

const MOST_PARTS = 1_000;

/** The answer is read before the transaction, so what is told is true although it is written after the answer (ASYNC). */
export const readState = async (documents: Documents, id: string): Promise<TransactionState | undefined> => {
  const begun = await documents.get(TRANSACTIONS, id);
  // Its parts lie in the outbox as they are made, up to a thousand of many kilobytes: none is told before all are there.
  if (begun?.file !== undefined && begun.state !== 'done') return { transaction: begun, entries: [] };
  for (;;) {
    const entries = await answersOf(documents, id);
    const transaction = await documents.get(TRANSACTIONS, id);
    if (transaction === undefined) return undefined;
    if (entries.length > 0 || transaction.state !== 'done') return { transaction, entries };
    // It was done between the two looks, or its answer has been removed.
    const again = await answersOf(documents, id);
    return { transaction, entries: again };
  }
};

const answersOf = async (documents: Documents, id: string): Promise<readonly OutboxEntry[]> => {
  const found = await documents.find(OUTBOX, { index: 'byTransaction', equals: [id], limit: MOST_PARTS });
  return found.filter(({ state }) => state !== 'staged').sort((a, b) => (a.part ?? 0) - (b.part ?? 0));
};

/** It limits how often it is asked. */
export const waitsForRegistry = ({ state, limitedUntil = 0 }: Transaction, now: number): boolean =>
  state !== 'done' && limitedUntil > now;

/** A sentence for the reader of the status. */
export const stateText = ({ transaction, entries }: TransactionState): string => {
  const what = transaction.operation;
  if (transaction.file !== undefined && transaction.state !== 'done') return `${what} by file ${transaction.state}`;
  if (entries.length === 0) {
    if (transaction.state === 'done') return `${what} done, its answer is no longer kept`;
    return transaction.state === 'accepted' ? `${what} received` : `${what} running`;
  }
  return `${what} done, ${callbackText(entries)}`;
};

const callbackText = (entries: readonly OutboxEntry[]): string => {
  const states = new Set(entries.map(({ state }) => state));
  if (entries.every(({ url }) => url === undefined)) return 'no callback address';
  if (states.has('dead')) return 'callback not delivered: given up';
  if (states.has('held')) return 'callback not delivered: held by the operator';
  if (states.has('expired') || states.has('cancelled')) return 'callback not delivered';
  if (entries.every(({ state }) => state === 'delivered')) return 'callback delivered';
  const attempts = Math.max(...entries.map((entry) => entry.attempts));
  return attempts === 0 ? 'callback not delivered yet' : `callback not delivered yet: ${attempts} attempts failed`;
};
