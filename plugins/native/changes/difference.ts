/**
 * Changes by comparing all rows with those of the last look. Rows are read a page at a time and only their hashes are kept (in
 * a file, `side-file.ts`), so memory and cursor stay small however many rows there are. A look takes as many calls as it needs.
 */

import { setImmediate } from 'node:timers/promises';
import type {
  CallContext,
  ChangeKind,
  ChangePage,
  ChangeRequest,
  NativeChange,
  NativeRow,
  SnapshotSource,
  SweepSource,
} from 'dci-gateway/plugin';
import { readCursor, writeCursor } from './cursor.ts';
import { type FileState, type FoundChange, type Look, type PendingRow, SideFile } from './side-file.ts';
import { joinTouched, type TouchedKeys } from './touched.ts';

export type DifferenceSource = SnapshotSource | SweepSource;

/** One row of a look: what it is compared by, and what it touches. */
export interface LookedRow {
  readonly key: readonly (string | number | boolean | null)[];
  readonly hash: string;
  readonly touches: TouchedKeys;
  readonly kept: NativeRow | undefined;
  readonly event: string | undefined;
}

export interface DifferenceTools {
  /** Folder for what is remembered. */
  readonly stateFolder: string;
  /** Changes whenever the data does, where that is known without a look at it. */
  readonly mark?: string;
  /** At most `limit` rows, in the order of their keys, from after this one on. */
  look(source: DifferenceSource, after: Look['after'], limit: number, ctx: CallContext): Promise<readonly LookedRow[]>;
}

interface Position {
  readonly epoch: string;
  readonly generation: number;
  /** Changes of the next generation that are kept. */
  readonly n: number;
}

/** A page of a look keeps this thread from serving for some milliseconds. */
const ROWS = 500;
/** A call looks no longer than this; the next one goes on. */
const LOOK_MS = 2_000;

export const differenceChanges = async (
  tools: DifferenceTools,
  source: DifferenceSource,
  request: ChangeRequest,
  ctx: CallContext,
): Promise<ChangePage> => {
  using file = new SideFile(tools.stateFolder, source.id);
  let state = stateAt(file, source, request, ctx);
  if (!state.complete) {
    if (state.look === null && !isDue(state, source, tools))
      return { changes: [], cursor: cursorOf(state, 0), more: false };
    const mark = tools.mark ?? null;
    // Rows of another state of the data do not belong to the same look.
    if (state.look === null || state.look.mark !== mark) state = file.begin(state, Date.now(), mark);
    state = await goOn(file, state, tools, source, ctx);
  }
  if (!state.complete) return { changes: [], cursor: cursorOf(state, 0), more: state.look !== null };
  const pending = file.pending(request.limit);
  const n = pending[pending.length - 1]?.n ?? 0;
  const changes = pending.map((row) => changeOf(row, state, source));
  // The next call takes the last page for kept; then there may be another look to take.
  return { changes, cursor: cursorOf(state, n), more: true };
};

const cursorOf = ({ epoch, generation }: FileState, n: number): string =>
  writeCursor('difference', { epoch, generation, n } satisfies Position);

/** What is not remembered later on is new; a sweep leaves new rows to other sources. */
const laterAs = ({ kind }: DifferenceSource): ChangeKind | null => (kind === 'sweep' ? null : 'created');

/** Brings file and cursor together: what the cursor says is kept moves on, and a file that does not know the cursor starts anew. */
const stateAt = (
  file: SideFile,
  source: DifferenceSource,
  { begin, cursor }: ChangeRequest,
  ctx: CallContext,
): FileState => {
  const position = readCursor<Position>('difference', cursor);
  const { state } = file;
  if (position === undefined) return file.restart(begin === 'all' ? laterAs(source) : null);
  const ours = state?.epoch === position.epoch;
  // Its last page was taken for kept in a call whose answer got lost.
  if (ours && state.generation === position.generation + 1 && position.n >= state.endBefore) return state;
  const ahead = ours && position.n > 0 && state.generation === position.generation && !state.complete;
  if (!ours || ahead || state.generation !== position.generation) {
    ctx.log.warn('what was remembered of an entity is not here: deletions since then cannot be told', {
      entity: source.entity,
    });
    return file.restart(source.kind === 'sweep' ? null : 'changed');
  }
  if (!state.complete) return state;
  file.kept(position.n);
  if (position.n < state.end) return state;
  return file.save({ ...state, generation: state.generation + 1, complete: false, end: 0, endBefore: state.end });
};

const isDue = ({ lookedAt, mark }: FileState, { everyMs }: DifferenceSource, tools: DifferenceTools): boolean =>
  tools.mark === undefined ? Math.abs(Date.now() - lookedAt) >= everyMs : tools.mark !== mark;

const goOn = async (
  file: SideFile,
  from: FileState,
  tools: DifferenceTools,
  source: DifferenceSource,
  ctx: CallContext,
): Promise<FileState> => {
  const until = Math.min(performance.now() + LOOK_MS, (performance.now() + ctx.deadline) / 2);
  let state = from;
  for (;;) {
    const { look } = state;
    if (look === null) return state;
    const rows = await tools.look(source, look.after, ROWS, ctx);
    const last = rows[rows.length - 1];
    const next: Look = { ...look, after: last?.key ?? look.after };
    state = file.advance(state, next, sorted(file, state, source, rows));
    if (rows.length < ROWS) return file.finish(state, next, laterAs(source));
    if (performance.now() >= until) return state;
    await setImmediate(); // SQLite answers without waiting: let others have their turn
  }
};

/** Rows that are as they were, rows that are only learned, and changes. */
const sorted = (file: SideFile, { firstAs }: FileState, source: DifferenceSource, rows: readonly LookedRow[]) => {
  const met: number[] = [];
  const learned: FoundChange[] = [];
  const found: FoundChange[] = [];
  for (const row of rows) {
    const key = JSON.stringify(row.key);
    const known = file.known(key);
    if (known !== undefined) met.push(known.id);
    if (known?.hash === row.hash) continue;
    const before = known === undefined ? {} : (JSON.parse(known.touches) as TouchedKeys); // written below
    const change = {
      ...{ key, hash: row.hash, touches: JSON.stringify(row.touches) },
      told: JSON.stringify(joinTouched(before, row.touches)),
      kept: row.kept === undefined ? null : JSON.stringify(row.kept),
      old: known?.kept ?? null,
      event: row.event ?? null,
    };
    const kind = known !== undefined ? (source.kind === 'sweep' ? 'changed' : 'updated') : firstAs;
    if (kind === null) learned.push({ ...change, kind: 'created' });
    else found.push({ ...change, kind });
  }
  return { met, learned, found };
};

const changeOf = (row: PendingRow, { epoch, generation }: FileState, source: DifferenceSource): NativeChange => ({
  touches: JSON.parse(row.told) as TouchedKeys, // written above
  kind: row.kind,
  version: `${epoch}.${generation + 1}.${row.n}`,
  ...(row.old !== null && { old: { entity: source.entity, row: JSON.parse(row.old) as NativeRow } }),
  ...(row.event !== null && { event: row.event }),
});
