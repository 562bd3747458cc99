/**
 * The rows of a csv file of identifiers, as it is read. A row that cannot be asked is a row all the same, with its problem;
 * where the file's own structure is broken (an open quote would swallow the rows after it) the whole file is refused.
 */

import { isUtf8 } from 'node:buffer';
import { type Info, parse } from 'csv-parse';
import { malformed } from '../../dci/read-node.ts';

/** What is asked, or why nothing can be; the problem names no value. */
export type FileRow =
  | { readonly type: string; readonly value: string }
  | { readonly problem: string; readonly line: number }
  | { readonly problem: string; readonly item: number };

interface Recorded {
  readonly record: readonly Buffer[];
  readonly info: Info;
}

const COLUMNS = ['identifier_type', 'identifier_value'];
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const LONGEST_RECORD_BYTES = 16 * 1024;
/** In UTF-16 units; longer ones are no identifier. */
const LONGEST_VALUE = 1_000;

/** @throws GatewayError `request.bad`: no header, broken quotes. What `source` throws is thrown on. */
export async function* readRows(source: AsyncIterable<Buffer>): AsyncGenerator<FileRow> {
  const found: Recorded[] = [];
  const parser = parse({
    encoding: null,
    info: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_RECORD_BYTES,
    on_record: (each: unknown) => {
      found.push(each as Recorded); // so with `info`, and buffers without an encoding
      return null;
    },
  });
  parser.on('error', () => undefined); // told to whoever feeds it, by `fed`
  parser.resume(); // nothing comes out of it: the records are taken above
  let order: Order | undefined;
  for await (const piece of withoutMark(source)) {
    await fed((done) => parser.write(piece, done));
    for (const each of found.splice(0)) {
      if (order === undefined) order = orderOf(each);
      else yield rowOf(each, order);
    }
  }
  await fed((done) => parser.end(done));
  for (const each of found) {
    if (order === undefined) order = orderOf(each);
    else yield rowOf(each, order);
  }
  if (order === undefined) throw noHeader();
}

const fed = (feed: (done: (error?: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    feed((error) => (error === null || error === undefined ? resolve() : reject(brokenAt(error))));
  });

const brokenAt = (cause: Error): Error =>
  'lines' in cause
    ? malformed(`The file cannot be read from line ${String(cause.lines)} on: check its quotes.`)
    : cause;

export async function* withoutMark(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first = true;
  for await (const piece of source) {
    yield first && piece.subarray(0, 3).equals(BYTE_ORDER_MARK) ? piece.subarray(3) : piece;
    first = false;
  }
}

/** Where type and value stand. */
interface Order {
  readonly type: number;
  readonly value: number;
}

const orderOf = ({ record }: Recorded): Order => {
  const names = record.map((each) => each.toString('latin1').trim().toLowerCase());
  if (names.length !== COLUMNS.length || !COLUMNS.every((each) => names.includes(each))) throw noHeader();
  return { type: names.indexOf('identifier_type'), value: names.indexOf('identifier_value') };
};

const noHeader = (): Error => malformed('The first line of the file must be: identifier_type,identifier_value');

const rowOf = ({ record, info }: Recorded, order: Order): FileRow => {
  const line = info.lines;
  const bad = (problem: string): FileRow => ({ problem, line });
  if (record.length !== COLUMNS.length) return bad('it must have two columns');
  const type = record[order.type] ?? Buffer.alloc(0);
  const value = record[order.value] ?? Buffer.alloc(0);
  if (!isUtf8(type) || !isUtf8(value)) return bad('it is not valid UTF-8');
  const row = { type: type.toString('utf8').trim(), value: value.toString('utf8').trim() };
  const problem = identifierProblem(row.type, row.value);
  return problem === undefined ? row : bad(problem);
};

/** Why it cannot be asked; names no value. */
export const identifierProblem = (type: string, value: string): string | undefined => {
  if (type.includes('\0') || value.includes('\0')) return 'it has a NUL character';
  if (type === '') return 'identifier_type is empty';
  if (value === '') return 'identifier_value is empty';
  if (type.length > LONGEST_VALUE || value.length > LONGEST_VALUE) return 'it is too long';
  return undefined;
};
