/**
 * Changes by a time column. A pass reads the rows of a range of times in order; the next one starts where it ended. Since
 * a row may be committed long after the time that it carries, every minute or so a pass reads the whole overlap again;
 * the passes in between read a few seconds of it. What was answered before is dropped by its key, time and content.
 */

import type {
  CallContext,
  ChangePage,
  ChangeRequest,
  Column,
  ColumnSource,
  NativeChange,
  NativeFilter,
  NativeValue,
} from 'dci-gateway/plugin';
import { boundsBetween } from './column-bounds.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { rowHash, SeenRows } from './seen-rows.ts';
import { eventOf, type TouchedKeys } from './touched.ts';

/** Where a page ended; the shape is the plugin's own. */
export type PagePosition = readonly NativeValue[];

export interface PassRow {
  readonly key: readonly NativeValue[];
  readonly columns: Readonly<Record<string, NativeValue>>;
}

export interface PassPage {
  readonly rows: readonly PassRow[];
  /** Where the next page begins; undefined: there is none. */
  readonly after: PagePosition | undefined;
}

export interface PageOfRows {
  readonly filter: NativeFilter;
  /** Rows without a time, in the order of their keys; others in that of their times. */
  readonly undated: boolean;
  readonly after: PagePosition | undefined;
  readonly limit: number;
}

/** What a pass reads with. */
export interface PassTools {
  readonly column: Column;
  /** What rows are told apart by: they are all in a page's rows. */
  readonly content: readonly string[];
  /** False where times are texts, whose order past the day is not sure: then nothing waits for the clock. */
  readonly timesCompare: boolean;
  /** Seconds since 1970 by the clock that rows are stamped with. */
  clock(ctx: CallContext): Promise<number>;
  page(asked: PageOfRows, ctx: CallContext): Promise<PassPage>;
  /** What each of these rows touches. */
  touched(rows: readonly PassRow[], ctx: CallContext): Promise<readonly TouchedKeys[]>;
}

interface Pass {
  /** Seconds since 1970 by the database's clock; null: from the first time there is. */
  readonly from: number | null;
  readonly to: number;
  readonly whole: boolean;
  /** Only learns what is there. */
  readonly silent: boolean;
  /** First the rows without a time, by their key alone. */
  readonly undated: boolean;
  readonly after: PagePosition | null;
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
  tools: PassTools,
  source: ColumnSource,
  request: ChangeRequest,
  ctx: CallContext,
): Promise<ChangePage> => {
  const stored = readCursor<State>('columns', request.cursor);
  const state = stored?.pass === undefined ? await startPass(tools, source, request, stored, ctx) : stored;
  const { pass } = state;
  if (pass === undefined) return { changes: [], cursor: writeCursor('columns', state), more: false };

  const { column, content } = tools;
  const { undated, limit } = { ...pass, ...request };
  const filter = filterOf(tools, source, pass);
  const { rows, after } = await tools.page({ filter, undated, after: pass.after ?? undefined, limit }, ctx);

  const seen = new SeenRows(state.seen);
  const next = new SeenRows(pass.next, pass.overflown);
  const window = windowStart(source, column, pass);
  const told: { readonly row: PassRow; readonly version: string }[] = [];
  for (const row of rows) {
    const time = String(row.columns[column.name] ?? '');
    const hash = rowHash([source.entity, row.key, content.map((name) => row.columns[name] ?? null)]);
    if (!undated && time.slice(0, window.length) >= window) next.add(hash);
    if (!pass.silent && !seen.has(hash)) told.push({ row, version: `${time}~${hash}` });
  }
  const touches = told.length === 0 ? [] : await tools.touched(told.map(({ row }) => row), ctx); // biome-ignore format: one look
  const changes = told.map(({ row, version }, at): NativeChange => {
    const event = eventOf(source, row.columns);
    return { touches: touches[at] ?? {}, kind: 'changed', version, ...(event !== undefined && { event }) };
  });
  const moved = after === undefined ? undefined : { ...pass, after, next: next.stored, overflown: next.overflown };
  const ended = moved === undefined ? endPass(state, pass, next) : { ...state, pass: moved };
  return { changes, cursor: writeCursor('columns', ended), more: ended.pass !== undefined };
};

/** The state without a pass when there is nothing to read yet. */
const startPass = async (
  tools: PassTools,
  source: ColumnSource,
  { begin }: ChangeRequest,
  state: State | undefined,
  ctx: CallContext,
): Promise<State> => {
  const to = Math.floor(await tools.clock(ctx)) - LAG_S;
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

const filterOf = ({ column, timesCompare }: PassTools, source: ColumnSource, pass: Pass): NativeFilter => {
  const first = column.type === 'date' ? FIRST_TIME : `${FIRST_TIME} 00:00:00`;
  const dated: NativeFilter = { kind: 'compare', column: column.name, op: 'ge', value: first };
  if (pass.undated) return { kind: 'not', of: dated };
  const { from, upTo } = boundsBetween(pass.from ?? pass.to, pass.to, column.type, source.timezone);
  const lower: NativeFilter = pass.from === null ? dated : { ...dated, value: from };
  if (!timesCompare) return lower;
  return { kind: 'and', of: [lower, { kind: 'compare', column: column.name, op: 'le', value: upTo }] };
};

/** Rows from here on will be read again. */
const windowStart = (source: ColumnSource, column: Column, { to }: Pass): string =>
  boundsBetween(to - Math.ceil(source.overlapMs / 1000), to, column.type, source.timezone).from.slice(0, 19);
