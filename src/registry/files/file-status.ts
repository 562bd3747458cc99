/** What status tells of a search by file: one item for all of its rows, which are too many for an answer. */

import { formatTimestamp } from '../../dci/timestamps.ts';
import type { FileProgress } from '../../store/async-documents.ts';
import { readOutcome } from '../outbox.ts';
import type { StatusItem } from '../status-items.ts';
import { type TransactionState, waitsForRegistry } from '../transaction-state.ts';
import { ROWS_IN_A_PART } from './file-rows.ts';

export interface FileCounts {
  readonly rows: number;
  readonly done: number;
}

/** Undefined where it is no search by file. */
export const fileCounts = ({ transaction: { file } }: TransactionState): FileCounts | undefined =>
  file && { rows: file.rows, done: doneOf(file) };

/** The first part is made last. */
const doneOf = ({ rows, parts, made }: FileProgress): number =>
  made === parts ? rows : made === 0 ? 0 : Math.min(rows, (made + 1) * ROWS_IN_A_PART) - ROWS_IN_A_PART;

export const fileItem = (
  { transaction, entries }: TransactionState,
  { rows, done }: FileCounts,
  now: number,
): StatusItem => {
  const { state } = transaction;
  const refused = entries.length > 0 && entries.every((entry) => readOutcome(entry).status === 'rjct');
  const status = state === 'accepted' ? 'rcvd' : state === 'running' ? 'pdng' : refused ? 'rjct' : 'succ';
  return {
    reference_id: '',
    timestamp: formatTimestamp(now),
    status,
    status_reason_message: `${done} of ${rows} rows done${waitsForRegistry(transaction, now) ? ', waiting for the registry' : ''}`,
  };
};
