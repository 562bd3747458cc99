/**
 * Changes by a table that gets a row for each. Numbers are drawn when a row is written and seen when it is committed: what
 * was passed over is asked for again (`gaps.ts`). Where the database tells which transactions are over, that is not needed.
 */

import type { CallContext, ChangePage, ChangeRequest, LogSource, NativeFilter } from 'dci-gateway/plugin';
import { readCursor, writeCursor } from '../../native/changes/cursor.ts';
import type { Session } from '../database.ts';
import type { ModelEntity } from '../model.ts';
import type { ChangeTools } from './change-tools.ts';
import { bounded, type Gap, gapsBetween, withoutFound } from './gaps.ts';
import { changeOf, logColumns } from './log-row.ts';
import { type PageRow, readPage } from './read-page.ts';
import { transactionChanges, transactionColumn } from './transaction-changes.ts';

interface State {
  readonly high: string;
  readonly gaps: readonly Gap[];
}

/** How far below the newest number a transaction may still be open when a feed begins now. */
const LOOK_BACK = 1000;

export const logChanges = async (
  tools: ChangeTools,
  source: LogSource,
  request: ChangeRequest,
  ctx: CallContext,
): Promise<ChangePage> => {
  const entity = await tools.table(source.table, source.seq, ctx);
  const by = transactionColumn(tools, entity);
  if (by !== undefined) return transactionChanges(tools, source, { entity, ...by }, request, ctx);
  const stored = readCursor<State>('log', request.cursor);
  const read = await tools.database.session(ctx, async (session) => {
    const log = openLog(tools, source, entity, request.limit, session);
    const now = await log.now();
    const state = stored ?? (request.begin === 'all' ? { high: '0', gaps: [] } : await log.start(now));
    const late = state.gaps.length === 0 ? [] : await log.inGaps(state.gaps);
    const fresh = await log.above(state.high);
    const emptied = fresh.length === 0 && (await log.newest()) < BigInt(state.high);
    return { now, state, late, fresh, emptied };
  });
  const { now, state, late, fresh } = read;
  if (read.emptied) {
    // The table was emptied and its numbers start again; what it holds may have been answered before, or not.
    ctx.log.warn('a change log starts again: all that it holds is read', { table: source.table });
    return { changes: [], cursor: writeCursor('log', { high: '0', gaps: [] }), more: true };
  }
  const [lateFull, freshFull] = [late, fresh].map((rows) => rows.length >= request.limit);
  const left = withoutFound(state.gaps, late.map(numberOf)).filter(
    ([, , since]) => lateFull === true || now - since <= source.overlapMs / 1000,
  );
  const numbers = fresh.map(numberOf);
  const { gaps, joined } = bounded([...left, ...gapsBetween(BigInt(state.high), numbers, now)]);
  const high = String(numbers[numbers.length - 1] ?? state.high);
  return {
    changes: [...late, ...fresh].map(({ key, row }) => changeOf(source, row.columns, String(key[0]))),
    cursor: writeCursor('log', { high, gaps }),
    more: freshFull === true || (lateFull === true && !joined),
  };
};

const numberOf = ({ key }: PageRow): bigint => BigInt(String(key[0]));

const openLog = (tools: ChangeTools, source: LogSource, entity: ModelEntity, limit: number, session: Session) => {
  const { dialect } = tools.search;
  const { seq } = source;
  const all = logColumns(source);
  const columns = [...entity.columns.values()].filter(({ name }) => all.includes(name));
  const compare = (op: 'gt' | 'ge' | 'le', value: string): NativeFilter => ({
    kind: 'compare',
    column: seq,
    op,
    value,
  });
  const read = (filter: NativeFilter, direction: 'asc' | 'desc' = 'asc', most = limit) => {
    const order = direction === 'asc' ? [] : entity.key;
    return readPage(
      tools.search,
      { entity, filter, order, direction, columns, after: undefined, limit: most },
      session,
    );
  };
  const newest = async () => {
    const [row] = await read({ kind: 'all' }, 'desc', 1);
    return row === undefined ? 0n : numberOf(row);
  };
  return {
    newest,
    now: async () => {
      const [row] = await session.all(dialect.compile(tools.words.clock), []);
      return Math.floor(Number(row?.[0]));
    },
    above: (high: string) => read(compare('gt', high)),
    inGaps: (gaps: readonly Gap[]) =>
      read({
        kind: 'or',
        of: gaps.map(([first, last]) => ({ kind: 'and', of: [compare('ge', first), compare('le', last)] })),
      }),
    /** Begins at the newest row; what is open just below it is still to come. */
    start: async (now: number): Promise<State> => {
      const high = await newest();
      const floor = high > BigInt(LOOK_BACK) ? high - BigInt(LOOK_BACK) : 0n;
      const there = await read(compare('gt', String(floor)), 'asc', LOOK_BACK);
      const top = there.length === 0 ? high : numberOf(there[there.length - 1] as PageRow);
      return { high: String(top), gaps: bounded(gapsBetween(floor, there.map(numberOf), now)).gaps };
    },
  };
};
