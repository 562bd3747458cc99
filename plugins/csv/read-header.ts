import type { FilePlan } from './config.ts';
import { foldedName } from './fold-text.ts';
import { type ChunkSource, readChunks } from './read-chunks.ts';
import { readRecords } from './read-records.ts';

/** The file as a whole cannot be used. `line` is in the file; the message says what to do. */
export class UnusableFile extends Error {
  override readonly name = 'UnusableFile';
  readonly table: string;
  readonly problem: string;
  readonly fix: string | undefined;

  constructor(plan: FilePlan, line: number, problem: string, fix?: string) {
    super(`${plan.shown}:${line} ${problem}`);
    this.table = plan.table;
    this.problem = `${plan.shown}:${line} ${problem}`;
    this.fix = fix;
  }
}

/** No header is longer than this, and more need not be parsed to see it. */
const HEAD_BYTES = 64 * 1024;
const ZIP = Buffer.from('PK\u0003\u0004', 'latin1');
const UTF16_MARKS = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];
/** What a text file has no use for; 0x09, 0x0a, 0x0d are tab and line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

const lookAtBytes = (plan: FilePlan, bytes: Buffer, source: ChunkSource): void => {
  const unusable = (problem: string, fix?: string) => new UnusableFile(plan, 1, problem, fix);
  if (bytes.length === 0) throw unusable('is empty', 'the first line must name the columns');
  if (bytes.subarray(0, ZIP.length).equals(ZIP)) throw unusable('is a spreadsheet or an archive', 'export it as CSV');
  if (UTF16_MARKS.some((mark) => bytes.subarray(0, 2).equals(mark))) {
    throw unusable('is UTF-16', 'write encoding: utf-16');
  }
  const end = bytes.indexOf('\n');
  const line = bytes.subarray(0, end < 0 ? bytes.length : end);
  if (CONTROL.test(line.toString())) throw unusable('is not text', `write the encoding it has (now ${plan.encoding})`);
  if (!source.decoded(line)) throw unusable(`is not ${plan.encoding}`, 'write the encoding it has: windows-1252, say');
};

/** Of a table of SQLite. */
const MOST_COLUMNS = 2000;

const checkColumns = (plan: FilePlan, columns: readonly string[]): void => {
  const unusable = (problem: string, fix?: string) => new UnusableFile(plan, 1, problem, fix);
  const unnamed = columns.findIndex((column) => column.trim() === '');
  if (unnamed >= 0) throw unusable(`column ${unnamed + 1} has no name`, 'the first line must name the columns');
  if (columns.length + plan.fold.length > MOST_COLUMNS)
    throw unusable(
      `has ${columns.length} columns, ${MOST_COLUMNS} are the most`,
      'leave out those that are not mapped',
    );
  const lower = columns.map((column) => column.toLowerCase());
  const doubled = columns.find((_, index) => lower.indexOf(lower[index] ?? '') !== index);
  if (doubled !== undefined) throw unusable(`has two columns ${JSON.stringify(doubled)}`, 'rename one');
  const made = plan.fold.map(foldedName);
  const taken = made.find((column) => lower.includes(column.toLowerCase()));
  if (taken !== undefined) throw unusable(`has a column ${JSON.stringify(taken)}, which fold would make`, 'rename it');
  const indexed = plan.indexes.flat().filter((column) => !made.includes(column));
  const wanted = new Set([...plan.key, ...Object.keys(plan.types), ...plan.fold, ...indexed]);
  for (const column of wanted) {
    if (columns.includes(column)) continue;
    throw unusable(
      `has no column ${JSON.stringify(column)}, only ${columns.map((name) => JSON.stringify(name)).join(', ')}`,
      columns.length === 1 ? `is the separator ${JSON.stringify(plan.separator)} right?` : 'correct the name',
    );
  }
};

/** The header's columns, from an open source; takes the first block, whose first record it is. */
export const checkHeader = (plan: FilePlan, header: readonly string[] | undefined): readonly string[] => {
  if (header === undefined) throw new UnusableFile(plan, 1, 'has no header', 'the first line must name the columns');
  checkColumns(plan, header);
  return header;
};

/** Opens the file, looks at its first bytes and its first line. Throws `UnusableFile`. */
export const readHeader = (plan: FilePlan): readonly string[] => {
  try {
    const source = readChunks(plan.path, plan.encoding);
    const first = firstOf(source.chunks)?.subarray(0, HEAD_BYTES) ?? Buffer.alloc(0);
    lookAtBytes(plan, first, source);
    const broken: string[] = [];
    const blocks = readRecords(lineAndRest(first), plan, ({ problem }) => broken.push(problem));
    const block = firstOf(blocks, ({ records }) => records.length > 0);
    if (broken.length > 0 && block?.lineOf(0) !== 1)
      throw new UnusableFile(plan, 1, 'is not CSV: its quotes do not match');
    return checkHeader(plan, block?.records[0]);
  } catch (cause) {
    if (cause instanceof UnusableFile) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    const fix = code === 'ENOENT' ? `there must be a file at ${plan.path}` : undefined;
    throw new UnusableFile(plan, 1, code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`, fix);
  }
};

/** The header's line by itself: what follows is parsed only where that is not the whole header. */
const lineAndRest = (bytes: Buffer): readonly Buffer[] => {
  const line = bytes.indexOf('\n') + 1;
  return [bytes.subarray(0, line), bytes.subarray(line)];
};

const firstOf = <T>(items: Iterable<T>, wanted: (item: T) => boolean = () => true): T | undefined => {
  for (const item of items) if (wanted(item)) return item;
  return undefined;
};
