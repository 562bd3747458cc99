/**
 * Changes by a time column. A pass reads the rows of a range of times in order; the next one starts where it ended. Since
 * a row may be committed long after the time that it carries, every minute or so a pass reads the whole overlap again;
 * the passes in between read a few seconds of it. What was answered before is dropped by its key, time and content.
 */

import type {
  CallContext,
  ChangePage,
  ChangeRequest,
  ColumnSource,
  NativeChange,
  NativeFilter,
} from 'dci-gateway/plugin';
import { BackendError } from 'dci-gateway/plugin';
import type { StoredColumn } from '../dialect.ts';
import type { ModelEntity } from '../model.ts';
import type { ChangeTools } from './change-tools.ts';
import { boundsBetween } from './column-bounds.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { type PageRow, readPage } from './read-page.ts';
import { rowHash, SeenRows } from './seen-rows.ts';
import { eventOf, touchedBy } from './touched.ts';

interface Pass {
  /** Seconds since 1970 by the database's clock; null: from the first time there is. */
  readonly from: number | null;
  readonly to: number;
  readonly whole: boolean;
  /** Only learns what is there. */
  readonly silent: boolean;
  /** First the rows without a time, by their key alone. */
  readonly undated: boolean;
  readonly after: readonly (string | number | boolean | null)[] | null;
  readonly next: string;
  readonly overflown: boolean;
}

interface State {
  readonly to: number;
  /** Up to where the last pass over the whole overlap read. */
  readonly wholeTo: number;
  readonly seen: string;
  readonly overflown: boolean;
  readonly pass?: Pass;
}

/** Rows with the clock's own time may still get company. */
const LAG_S = 2;
const SHORT_OVERLAP_S = 15;
const WHOLE_EVERY_S = 60;
const FIRST_TIME = '0001-01-01';

export const columnChanges = async (
  tools: ChangeTools,
  source: ColumnSource,
  request: ChangeRequest,
  ctx: CallContext,
): Promise<ChangePage> => {
  const entity = tools.entity(source.entity);
  const column = timeColumn(entity, source);
  const stored = readCursor<State>('columns', request.cursor);
  const state = stored?.pass === undefined ? await startPass(tools, source, request, stored, ctx) : stored;
  const { pass } = state;
  if (pass === undefined) return { changes: [], cursor: writeCursor('columns', state), more: false };

  const columns = [...entity.columns.values()];
  const filter = filterOf(tools, source, column, pass);
  const after = pass.after ?? undefined;
  const order = pass.undated ? [] : [column];
  const rows = await tools.database.session(ctx, (session) =>
    readPage(tools.search, { entity, filter, order, columns, after, limit: request.limit }, session),
  );

  const seen = new SeenRows(state.seen);
  const next = new SeenRows(pass.next, pass.overflown);
  const window = windowStart(source, column, pass);
  const changes: NativeChange[] = [];
  for (const { key, row } of rows) {
    const time = String(row.columns[column.name] ?? '');
    const hash = rowHash([source.entity, key, columns.map(({ name }) => row.columns[name] ?? null)]);
    if (!pass.undated && time.slice(0, window.length) >= window) next.add(hash);
    if (pass.silent || seen.has(hash)) continue;
    const event = eventOf(source, row.columns);
    const touches = touchedBy(source, row.columns);
    changes.push({ touches, kind: 'changed', version: `${time}~${hash}`, ...(event !== undefined && { event }) });
  }
  const full = rows.length >= request.limit;
  const moved = full
    ? { ...pass, after: positionOf(rows, column, pass), next: next.stored, overflown: next.overflown }
    : undefined;
  const state2 = moved === undefined ? endPass(state, pass, next) : { ...state, pass: moved };
  return { changes, cursor: writeCursor('columns', state2), more: state2.pass !== undefined };
};

const timeColumn = (entity: ModelEntity, { column: name }: ColumnSource): StoredColumn => {
  const column = entity.columns.get(name);
  if (column === undefined) throw new BackendError('refused', `entity ${entity.name} has no column ${name}`);
  return column;
};

/** The state without a pass when there is nothing to read yet. */
const startPass = async (
  tools: ChangeTools,
  source: ColumnSource,
  { begin }: ChangeRequest,
  state: State | undefined,
  ctx: CallContext,
): Promise<State> => {
  const { dialect } = tools.search;
  const [row] = await tools.database.session(ctx, async (session) =>
    session.all(dialect.compile(tools.words.clock), []),
  );
  const to = Math.floor(Number(row?.[0])) - LAG_S;
  const overlap = Math.ceil(source.overlapMs / 1000);
  const fresh = { to, whole: true, silent: false, undated: false, after: null, next: '', overflown: false };
  if (state === undefined) {
    const all = begin === 'all';
    const first = { ...fresh, from: all ? null : to - overlap, silent: !all, undated: all && source.undated };
    return { to, wholeTo: to, seen: '', overflown: false, pass: first };
  }
  if (to <= state.to) return state;
  // Where the hashes do not fit the cursor, a whole pass answers rows again: then it comes as seldom as it may.
  const every = state.overflown ? overlap : Math.min(WHOLE_EVERY_S, overlap / 2);
  if (to - state.wholeTo >= every) return { ...state, pass: { ...fresh, from: state.wholeTo - overlap } };
  const from = state.to - (state.overflown ? 1 : Math.min(SHORT_OVERLAP_S, overlap));
  return { ...state, pass: { ...fresh, from, whole: false, next: state.seen, overflown: state.overflown } };
};

const endPass = (state: State, pass: Pass, next: SeenRows): State => {
  if (pass.undated) return { ...state, pass: { ...pass, undated: false, after: null } };
  return {
    to: pass.to,
    wholeTo: pass.whole ? pass.to : state.wholeTo,
    seen: next.stored,
    overflown: next.overflown,
  };
};

const filterOf = (tools: ChangeTools, source: ColumnSource, column: StoredColumn, pass: Pass): NativeFilter => {
  const first = column.type === 'date' ? FIRST_TIME : `${FIRST_TIME} 00:00:00`;
  const dated: NativeFilter = { kind: 'compare', column: column.name, op: 'ge', value: first };
  if (pass.undated) return { kind: 'not', of: dated };
  const { from, upTo } = boundsBetween(pass.from ?? pass.to, pass.to, column.type, source.timezone);
  const lower: NativeFilter = pass.from === null ? dated : { ...dated, value: from };
  if (!tools.words.timesCompare) return lower;
  return { kind: 'and', of: [lower, { kind: 'compare', column: column.name, op: 'le', value: upTo }] };
};

/** Rows from here on will be read again. */
const windowStart = (source: ColumnSource, column: StoredColumn, { to }: Pass): string =>
  boundsBetween(to - Math.ceil(source.overlapMs / 1000), to, column.type, source.timezone).from.slice(0, 19);

const positionOf = (rows: readonly PageRow[], column: StoredColumn, pass: Pass): Pass['after'] => {
  const last = rows[rows.length - 1];
  if (last === undefined) return pass.after;
  return pass.undated ? last.key : [last.row.columns[column.name] ?? null, ...last.key];
};
