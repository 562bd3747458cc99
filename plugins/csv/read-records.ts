/**
 * The records of a CSV file, a block at a time, with their line numbers. A record whose quoting is broken is reported
 * and reading goes on with the line after the one it began on, so that one stray quote costs one line.
 */
import { parse } from 'csv-parse/sync';

export interface RecordBlock {
  readonly records: readonly (readonly string[])[];
  /** Line on which the record at this index begins. */
  lineOf(index: number): number;
  /** Their bytes. */
  readonly bytes: Buffer;
}

export interface BrokenRecord {
  readonly line: number;
  readonly problem: string;
}

/** A record longer than this has an open quote. */
const LONGEST_RECORD_BYTES = 1_000_000;
/** A field with more line breaks than this began with a stray quote. */
const MOST_LINE_BREAKS = 100;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

export interface Dialect {
  readonly separator: string;
  readonly quote: string | undefined;
}

const optionsOf = ({ separator, quote }: Dialect) => ({
  delimiter: separator,
  quote: quote ?? false,
  escape: quote ?? false,
  record_delimiter: ['\r\n', '\n', '\r'],
  relax_column_count: true,
  skip_empty_lines: true,
});

const linesIn = (bytes: Buffer): number => {
  let lines = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === LINE_FEED || (bytes[at] === CARRIAGE_RETURN && bytes[at + 1] !== LINE_FEED)) lines += 1;
  }
  return lines;
};

/** Where the line that starts at `from` ends, its line break included. */
const endOfLine = (bytes: Buffer, from: number): number => {
  for (let at = from; at < bytes.length; at += 1) {
    if (bytes[at] === LINE_FEED) return at + 1;
    if (bytes[at] === CARRIAGE_RETURN && bytes[at + 1] !== LINE_FEED) return at + 1;
  }
  return bytes.length;
};

/** The part of `bytes` that ends with a whole line. */
const wholeLines = (bytes: Buffer): number => {
  const feed = bytes.lastIndexOf(LINE_FEED);
  return (feed >= 0 ? feed : bytes.subarray(0, -1).lastIndexOf(CARRIAGE_RETURN)) + 1;
};

interface Placed {
  readonly record: readonly string[];
  /** Of the end of the record, counted from the start of the bytes. */
  readonly end: number;
  readonly start: number;
}

/** As far as it can be read, with places: slow, for blocks in which something is wrong. */
const parseCarefully = (
  bytes: Buffer,
  dialect: Dialect,
): { readonly placed: readonly Placed[]; readonly broken: boolean } => {
  const placed: Placed[] = [];
  let start = 0;
  try {
    parse(bytes, {
      ...optionsOf(dialect),
      on_record: (record: string[], context) => {
        placed.push({ record, start, end: context.bytes });
        start = context.bytes;
        return null;
      },
    });
    return { placed, broken: false };
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
    return { placed, broken: true };
  }
};

/** Line numbers only when somebody asks for one: they cost a second parse. */
const lazyLines = (bytes: Buffer, firstLine: number, dialect: Dialect): ((index: number) => number) => {
  let lines: readonly number[] | undefined;
  return (index) => {
    lines ??= placesToLines(bytes, firstLine, parseCarefully(bytes, dialect).placed);
    return lines[index] ?? firstLine;
  };
};

const placesToLines = (bytes: Buffer, firstLine: number, placed: readonly Placed[]): readonly number[] => {
  let line = firstLine;
  return placed.map(({ start, end }) => {
    let from = start;
    // Empty lines before the record belong to nobody.
    while (bytes[from] === LINE_FEED || bytes[from] === CARRIAGE_RETURN) from += 1;
    const begins = line + linesIn(bytes.subarray(start, from));
    line += linesIn(bytes.subarray(start, end));
    return begins;
  });
};

const LINE_BREAK = /\r\n|\n|\r/g;
const breaksIn = (field: string): number => field.match(LINE_BREAK)?.length ?? 0;

/**
 * Two stray quotes far from each other make one field of all the lines between them: a record over several lines that has
 * not as many fields as the first, or one field over very many.
 */
const isSwallowing = (record: readonly string[], width: number): boolean =>
  record.some((field) => breaksIn(field) > (record.length === width ? MOST_LINE_BREAKS : 0));

/** The first record of these that swallows others, or -1; lines are counted only where there are many more than records. */
const swallowing = (records: readonly (readonly string[])[], lines: number, width: number): number =>
  lines - records.length > MOST_LINE_BREAKS
    ? records.findIndex((record) => isSwallowing(record, width))
    : records.findIndex((record) => record.length !== width && isSwallowing(record, width));

/** `chunks` are UTF-8 without a byte order mark. */
export function* readRecords(
  chunks: Iterable<Buffer>,
  dialect: Dialect,
  report: (broken: BrokenRecord) => void,
): Generator<RecordBlock> {
  let line = 1;
  let rest: Buffer = Buffer.alloc(0);
  /** Fields of the first record. */
  let width: number | undefined;

  /** Answers how many bytes were used up: all, unless the last record may go on in the next block. */
  function* take(bytes: Buffer, last: boolean): Generator<RecordBlock, number> {
    let at = 0;
    while (at < bytes.length) {
      const part = bytes.subarray(at);
      const records = parseQuickly(part, dialect);
      width ??= records?.[0]?.length;
      const lines = records === undefined ? 0 : linesIn(part);
      if (records !== undefined && swallowing(records, lines, width ?? 0) < 0) {
        yield { records, lineOf: lazyLines(part, line, dialect), bytes: part };
        line += lines;
        return bytes.length;
      }
      const { placed: parsed } = parseCarefully(part, dialect);
      width ??= parsed[0]?.record.length;
      const wrong = parsed.findIndex(({ record }) => isSwallowing(record, width ?? 0));
      const placed = wrong < 0 ? parsed : parsed.slice(0, wrong);
      const good = placed.at(-1)?.end ?? 0;
      const goodPart = part.subarray(0, good);
      if (placed.length > 0) {
        const lines = placesToLines(goodPart, line, placed);
        const lineOf = (index: number): number => lines[index] ?? line;
        yield { records: placed.map(({ record }) => record), lineOf, bytes: goodPart };
      }
      line += linesIn(goodPart);
      at += good;
      const left = bytes.length - at;
      if (wrong < 0 && !last && left < LONGEST_RECORD_BYTES && !isBrokenAlready(bytes.subarray(at), dialect)) return at;
      report({ line, problem: 'its quotes do not match' });
      const next = endOfLine(bytes, at);
      line += linesIn(bytes.subarray(at, next));
      at = next;
    }
    return at;
  }

  for (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = wholeLines(bytes);
    const used = yield* take(bytes.subarray(0, whole), false);
    rest = bytes.subarray(used);
    if (rest.length > 2 * LONGEST_RECORD_BYTES) throw new TooLong(line);
  }
  yield* take(rest, true);
}

/** A single line of megabytes: this is no CSV file. */
export class TooLong extends Error {
  override readonly name = 'TooLong';
  readonly line: number;

  constructor(line: number) {
    super(`line ${line} does not end`);
    this.line = line;
  }
}

const parseQuickly = (bytes: Buffer, dialect: Dialect): readonly string[][] | undefined => {
  try {
    return parse(bytes, optionsOf(dialect));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause) return undefined;
    throw cause;
  }
};

/** Whether the record is wrong whatever follows; a quote that is merely still open may close in the next block. */
const isBrokenAlready = (bytes: Buffer, dialect: Dialect): boolean => {
  try {
    parse(bytes, { ...optionsOf(dialect), to: 1 });
    return false;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause) return cause.code !== 'CSV_QUOTE_NOT_CLOSED';
    throw cause;
  }
};
