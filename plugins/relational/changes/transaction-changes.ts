/**
 * Changes by a log whose rows say which transaction wrote them, on a database that tells below which number all
 * transactions are over: such rows are complete, whatever order they were committed in, and none comes later.
 */

import type { CallContext, ChangePage, ChangeRequest, LogSource } from 'dci-gateway/plugin';
import { sql } from 'kysely';
import { readCursor, writeCursor } from '../../native/changes/cursor.ts';
import type { StoredColumn } from '../dialect.ts';
import type { ModelEntity } from '../model.ts';
import { readRow } from '../search.ts';
import type { ChangeTools, ChangeWords } from './change-tools.ts';
import { changeOf, logColumns } from './log-row.ts';

interface Log {
  readonly entity: ModelEntity;
  readonly column: StoredColumn;
  readonly words: NonNullable<ChangeWords['transactions']>;
}

interface State {
  readonly transaction: string;
  readonly seq: string;
}

export const transactionColumn = (
  { words }: ChangeTools,
  entity: ModelEntity,
): Pick<Log, 'column' | 'words'> | undefined => {
  const { transactions } = words;
  const column = [...entity.columns.values()].find(({ nativeType }) => nativeType === transactions?.type);
  return column === undefined || transactions === undefined ? undefined : { column, words: transactions };
};

export const transactionChanges = async (
  tools: ChangeTools,
  source: LogSource,
  { entity, column, words }: Log,
  request: ChangeRequest,
  ctx: CallContext,
): Promise<ChangePage> => {
  const { dialect } = tools.search;
  const stored = readCursor<State>('transactions', request.cursor);
  const names = logColumns(source);
  const columns = [...entity.columns.values()].filter(({ name }) => names.includes(name));
  const at = (each: StoredColumn) => sql.id('l', each.name);
  const seq = entity.columns.get(source.seq) ?? column;
  const page = await tools.database.session(ctx, async (session) => {
    // Asked first: what is below it now stays below it in the statement that follows.
    const [bound] = await session.all(dialect.compile(words.below), []);
    const below = String(bound?.[0]);
    const start = stored ?? { transaction: request.begin === 'all' ? '0' : below, seq: '-1' };
    if (BigInt(start.transaction) > BigInt(below)) return { restored: true as const };
    const type = sql.raw(column.cast);
    const position = sql`(${at(column)}, ${at(seq)}) > (${start.transaction}::${type}, ${start.seq}::bigint)`;
    const fragment = sql`select ${sql.join([at(column), ...columns.map(at)])} from ${entity.source} ${sql.id('l')}
      where ${position} and ${at(column)} < ${below}::${type} order by ${at(column)}, ${at(seq)} limit ${request.limit}::bigint`;
    const rows = await session.all(dialect.compile(fragment), []);
    return { restored: false as const, start, rows };
  });
  if (page.restored) {
    ctx.log.warn('the database counts its transactions anew: all that the change log holds is read', {
      table: source.table,
    });
    return { changes: [], cursor: writeCursor('transactions', { transaction: '0', seq: '-1' }), more: true };
  }
  const rows = page.rows.map((raw) => {
    const { row } = readRow(dialect, columns, names, raw, 1);
    return { cells: row.columns, transaction: String(raw[0]), seq: String(row.columns[source.seq]) };
  });
  const last = rows[rows.length - 1];
  const state = last === undefined ? page.start : { transaction: last.transaction, seq: last.seq };
  return {
    changes: rows.map(({ cells, transaction, seq: number }) => changeOf(source, cells, `${transaction}.${number}`)),
    cursor: writeCursor('transactions', { transaction: state.transaction, seq: state.seq }),
    more: rows.length >= request.limit,
  };
};
