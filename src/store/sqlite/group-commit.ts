/**
 * Writes that arrive in the same moment share one transaction, and so one wait for the disk. Each has its own outcome:
 * what one of them throws undoes that one alone.
 */

import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store.ts';
import { inTransaction } from './open-database.ts';
import { withRetry } from './retry.ts';

/** Bounds how long one transaction keeps the process from doing anything else. */
const MOST_IN_ONE = 500;

export interface Writer {
  /** Resolves once the work is on the disk. Rejects with a `StoreError` when it is not there; then nothing of it is. */
  write<T>(what: string, work: () => T): Promise<T>;
  /** Resolves when nothing waits to be written. */
  drained(): Promise<void>;
}

interface Waiting {
  /** Inside the transaction: does the work and keeps what came of it. */
  run(): void;
  /** After the commit, or with what prevented it. */
  settle(failure?: unknown): void;
}

export const createWriter = (database: DatabaseSync): Writer => {
  const savepoint = database.prepare('SAVEPOINT one_write');
  const undo = database.prepare('ROLLBACK TO one_write');
  const keep = database.prepare('RELEASE one_write');
  const waiting: Waiting[] = [];
  let draining: Promise<void> | undefined;

  /** Rethrows only when the whole transaction is lost. */
  const attempt = <T>(work: () => T): { readonly value: T } | { readonly failure: unknown } => {
    savepoint.run();
    try {
      const value = work();
      keep.run();
      return { value };
    } catch (failure) {
      if (!database.isTransaction) throw failure; // a full disk: SQLite has rolled everything back
      undo.run();
      keep.run();
      return { failure };
    }
  };

  const commit = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      await withRetry(() =>
        inTransaction(database, () => {
          for (const each of batch) each.run();
        }),
      );
      for (const each of batch) each.settle();
    } catch (failure) {
      for (const each of batch) each.settle(failure);
    }
  };

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      await new Promise(setImmediate); // everything of this moment joins
      await commit(waiting.splice(0, MOST_IN_ONE));
    }
    draining = undefined;
  };

  const write = <T>(what: string, work: () => T): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      let outcome: { readonly value: T } | { readonly failure: unknown };
      const refuse = (cause: unknown): void =>
        reject(cause instanceof StoreError ? cause : new StoreError(`the store failed to ${what}`, { cause }));
      waiting.push({
        run: () => {
          outcome = attempt(work);
        },
        settle: (lost) => {
          if (lost !== undefined) refuse(lost);
          else if ('failure' in outcome) refuse(outcome.failure);
          else resolve(outcome.value);
        },
      });
      draining ??= drain();
    });

  return { write, drained: async () => draining };
};
