/** One query for rows of a file, when it may be made: its turn among the partner's searches, and what its registry allows. */

import type { Clock } from '../../clock.ts';
import type { LimitsConfig } from '../../config/config.ts';
import { GatewayError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { CallContext } from '../../plugin.ts';
import type { Partner } from '../../security/partner.ts';
import type { Transaction } from '../../store/async-documents.ts';
import type { DataLimits } from '../data-limits.ts';
import type { KeptRun } from '../kept-answers.ts';
import { limitedMs, problemOf } from '../problem-of.ts';
import { withDeadline } from '../with-deadline.ts';
import type { FileRow } from './read-rows.ts';

export interface FileWork {
  readonly transaction: Transaction;
  readonly part: number;
  readonly rows: readonly FileRow[];
  /** As it is now, active. */
  readonly partner: Partner;
  /** What this part was answered by runs before. */
  readonly kept: KeptRun;
  /** Before each query: the work may have gone to another. */
  readonly mayGoOn: () => Promise<boolean>;
  /** Until when it may wait for its registry. */
  readonly waitsUntil: number;
  /** Waits, no longer than the work is wanted. */
  readonly pause: (ms: number) => Promise<void>;
}

export interface QueryOptions {
  readonly limits: Pick<LimitsConfig, 'searchMs'>;
  readonly data: Pick<DataLimits, 'concurrently'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Rejects with `MayNotGoOn`, or with what the last try was refused by. */
export type QueryInTurn = <Result>(work: FileWork, ask: (context: CallContext) => Promise<Result>) => Promise<Result>;

/** The work went to another, or the gateway closes. */
export class MayNotGoOn extends Error {
  override readonly name = 'MayNotGoOn';
}

/** A backend that is to be left alone longer is not waited for here: the lane is free for others meanwhile. */
const LONGEST_WAIT_MS = 5_000;
const WAIT_MS = 250;
const MOST_WAITS = 40;

export const isTooMany = (cause: unknown): boolean =>
  cause instanceof GatewayError && cause.code === 'request.too_many';

export const createQuery = ({ limits, data, clock, log }: QueryOptions): QueryInTurn => {
  /** Whether it is worth while to ask again here. What was answered is kept before: the process may end meanwhile. */
  const waited = async (cause: unknown, { transaction, part, kept, pause, waitsUntil }: FileWork): Promise<boolean> => {
    const inMs = limitedMs(problemOf(cause));
    if (inMs === undefined || inMs > LONGEST_WAIT_MS || clock() + inMs >= waitsUntil) return false;
    await kept.keep();
    const { _id, registry } = transaction;
    log.debug('file waits: its registry limits how often it is asked', { transaction: _id, registry, part, inMs });
    await pause(inMs);
    return true;
  };

  return async (work, ask) => {
    const { partner, transaction, kept, mayGoOn, pause } = work;
    const within = { withinMs: limits.searchMs, requestId: transaction.correlationId, log };
    for (let waits = 0; ; ) {
      if (!(await mayGoOn())) throw new MayNotGoOn();
      try {
        const deadline = { ...within, abort: new AbortController() };
        return await data.concurrently(partner, () =>
          withDeadline(deadline, (context) => ask({ ...context, kept: kept.answers })),
        );
      } catch (cause) {
        if (await waited(cause, work)) continue;
        if (!isTooMany(cause) || waits === MOST_WAITS) throw cause;
        waits += 1;
        await pause(WAIT_MS); // the partner's other searches are running
      }
    }
  };
};
