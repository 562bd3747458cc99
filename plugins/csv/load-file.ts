import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ColumnKind, FilePlan } from './config.ts';
import { foldedName, foldText } from './fold-text.ts';
import { quoteName } from './quote-name.ts';
import { readChunks } from './read-chunks.ts';
import { checkHeader, UnusableFile } from './read-header.ts';
import { type RecordBlock, readRecords, TooLong } from './read-records.ts';
import { type ReadValue, readerOf, type Stored } from './read-value.ts';

export interface BadRow {
  readonly table: string;
  /** As in the configuration. */
  readonly file: string;
  readonly line: number;
  /** Names columns, never a value. */
  readonly problem: string;
}

export interface FileReport {
  readonly rows: number;
  readonly badRows: number;
  /** SHA-256 of the bytes that were loaded. */
  readonly digest: string;
}

export interface LoadListener {
  /** After each block. */
  progress(file: string, rows: number): void;
  /** A row is left out; throws when it is one too many. */
  bad(row: BadRow): void;
}

/** What SQLite is told a column is; the query side reads types from here. */
const DECLARED: Readonly<Record<ColumnKind, string>> = {
  text: 'TEXT',
  integer: 'INTEGER',
  number: 'REAL',
  date: 'DATE',
  datetime: 'DATETIME',
  instant: 'TIMESTAMPTZ',
  boolean: 'BOOLEAN',
};

interface ColumnReader {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly read: ReadValue;
  readonly needed: boolean;
}

const NUL = '\0';
const REPLACEMENT = '\uFFFD';

/** One record as the values of its row, or what is wrong with it. */
const readRow = (
  record: readonly string[],
  columns: readonly ColumnReader[],
  empty: ReadonlySet<string>,
): (Stored | null)[] | string => {
  if (record.length !== columns.length) return `has ${record.length} fields instead of ${columns.length}`;
  const values: (Stored | null)[] = [];
  for (let index = 0; index < columns.length; index += 1) {
    const column = columns[index];
    const text = record[index];
    if (column === undefined || text === undefined) return 'has a field too few';
    if (empty.has(text)) {
      if (column.needed) return `${column.name} is empty, and it is a key`;
      values.push(null);
      continue;
    }
    const value = column.read(text);
    if (value === undefined) return `${column.name} is not of type ${column.kind}`;
    if (typeof value === 'string' && value.includes(NUL)) return `${column.name} has a NUL character in it`;
    values.push(value);
  }
  return values;
};

/** Adds the folded copies to a row. */
const appendFolded = (row: (Stored | null)[], places: readonly number[]): void => {
  for (const place of places) {
    const value = row[place];
    row.push(value === null || value === undefined ? null : foldText(String(value)));
  }
};

const createTable = (database: DatabaseSync, plan: FilePlan, columns: readonly ColumnReader[]): StatementSync => {
  const table = quoteName(plan.table);
  const declared = [
    ...columns.map(({ name, kind, needed }) => `${quoteName(name)} ${DECLARED[kind]}${needed ? ' NOT NULL' : ''}`),
    ...plan.fold.map((name) => `${quoteName(foldedName(name))} TEXT`),
  ];
  const key = plan.key.map(quoteName).join(', ');
  database.exec(`CREATE TABLE ${table} (${declared.join(', ')}${key === '' ? '' : `, UNIQUE (${key})`})`);
  return database.prepare(`INSERT OR IGNORE INTO ${table} VALUES (${declared.map(() => '?').join(', ')})`);
};

/** Streams one file into a table of its name. Throws `UnusableFile`, or what `listener.bad` throws. */
export const loadFile = (database: DatabaseSync, plan: FilePlan, listener: LoadListener): FileReport => {
  const source = readChunks(plan.path, plan.encoding);
  const empty = new Set(plan.empty);
  let columns: readonly ColumnReader[] | undefined;
  let insert: StatementSync | undefined;
  let folded: readonly number[] = [];
  let rows = 0;
  let badRows = 0;
  const bad = (line: number, problem: string): void => {
    badRows += 1;
    listener.bad({ table: plan.table, file: plan.shown, line, problem });
  };

  const begin = ({ records }: RecordBlock): void => {
    columns = checkHeader(plan, records[0]).map((name) => ({
      name,
      ...readerOf(plan.types[name] ?? 'text'),
      needed: plan.key.includes(name),
    }));
    folded = plan.fold.map((name) => columns?.findIndex((column) => column.name === name) ?? -1);
    insert = createTable(database, plan, columns);
  };

  const store = (block: RecordBlock, from: number): void => {
    if (columns === undefined || insert === undefined) return;
    const decoded = source.decoded(block.bytes);
    for (let index = from; index < block.records.length; index += 1) {
      const record = block.records[index] ?? [];
      if (!decoded && record.some((field) => field.includes(REPLACEMENT))) {
        bad(block.lineOf(index), `has bytes that are not ${plan.encoding}`);
        continue;
      }
      const row = readRow(record, columns, empty);
      if (typeof row === 'string') {
        bad(block.lineOf(index), row);
        continue;
      }
      appendFolded(row, folded);
      if (insert.run(...row).changes === 0) bad(block.lineOf(index), `repeats the key ${plan.key.join(', ')}`);
      else rows += 1;
    }
  };

  try {
    for (const block of readRecords(source.chunks, plan, ({ line, problem }) => bad(line, problem))) {
      const first = columns === undefined;
      if (first) begin(block);
      store(block, first ? 1 : 0);
      listener.progress(plan.shown, rows);
    }
  } catch (cause) {
    if (cause instanceof TooLong)
      throw new UnusableFile(plan, cause.line, 'has a line without an end: this is not CSV');
    throw cause;
  }
  if (columns === undefined) throw new UnusableFile(plan, 1, 'has no header');
  return { rows, badRows, digest: source.digest() };
};
