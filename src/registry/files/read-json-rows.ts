/**
 * The rows of a json file of identifiers, as it is read: a list of objects, or an object whose only member `identifiers` is
 * one. It is cut into items by brackets and quotes; each item is read by the reader of everything that arrives, so that
 * depth, doubled keys and surrogates are its business. An item that cannot be asked is a row all the same, with its problem.
 */

import { isUtf8 } from 'node:buffer';
import { isJsonObject, type JsonNode, JsonNumber } from '../../dci/json-node.ts';
import { parseJson } from '../../dci/json-parse.ts';
import { malformed } from '../../dci/read-node.ts';
import { GatewayError } from '../../errors.ts';
import { type FileRow, identifierProblem, withoutMark } from './read-rows.ts';

const LARGEST_ITEM_BYTES = 16 * 1024;
const DEPTH = 4;
const OPENING = /^[ \t\r\n]*(?:\{[ \t\r\n]*"identifiers"[ \t\r\n]*:[ \t\r\n]*)?\[/;
/** Blanks included. */
const LONGEST_OPENING_BYTES = 1_024;
const MEMBERS = new Set(['identifier_type', 'identifier_value']);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN: readonly number[] = [0x5b, 0x7b];
const CLOSE: readonly number[] = [0x5d, 0x7d];
const CLOSE_LIST = 0x5d;

/** @throws GatewayError `request.bad`: no such list, or no JSON. What `source` throws is thrown on. */
export async function* readJsonRows(source: AsyncIterable<Buffer>): AsyncGenerator<FileRow> {
  let item = 0;
  for await (const text of itemsOf(withoutMark(source))) {
    item += 1;
    yield rowOf(text, item);
  }
}

/** The bytes of each item. */
async function* itemsOf(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  let place: 'before' | 'items' | 'after' = 'before';
  let wrapped = false;
  let some = false;
  const scan = { depth: 0, quoted: false, escaped: false };
  for await (const piece of source) {
    let from = held.length; // of what is not scanned yet
    held = held.length === 0 ? piece : Buffer.concat([held, piece]);
    if (place === 'before') {
      const [opening] = OPENING.exec(held.subarray(0, LONGEST_OPENING_BYTES).toString('latin1')) ?? [];
      if (opening === undefined) {
        if (held.length >= LONGEST_OPENING_BYTES) throw noList();
        continue;
      }
      wrapped = opening.includes('{');
      held = held.subarray(opening.length);
      [place, from] = ['items', 0];
    }
    let start = 0;
    for (let at = from; place === 'items' && at < held.length; at++) {
      const end = scanned(scan, held[at] ?? 0);
      if (end === undefined) continue;
      const text = held.subarray(start, at);
      start = at + 1;
      const blank = isBlank(text);
      if (blank && (some || end === 'item')) throw noJson();
      if (text.length > LARGEST_ITEM_BYTES) throw tooLarge();
      if (!blank) yield text;
      some = true;
      if (end === 'list') place = 'after';
    }
    held = held.subarray(start);
    if (held.length > LARGEST_ITEM_BYTES) throw place === 'after' ? noJson() : tooLarge();
  }
  if (place === 'before') throw noList();
  const ending = wrapped ? /^[ \t\r\n]*\}[ \t\r\n]*$/ : /^[ \t\r\n]*$/;
  if (place !== 'after' || !ending.test(held.toString('latin1'))) throw noJson();
}

interface Scan {
  depth: number;
  quoted: boolean;
  escaped: boolean;
}

/** What a byte ends. Those of characters beyond ASCII are none of these. */
const scanned = (scan: Scan, byte: number): 'item' | 'list' | undefined => {
  if (scan.quoted) {
    if (scan.escaped) scan.escaped = false;
    else if (byte === BACKSLASH) scan.escaped = true;
    else if (byte === QUOTE) scan.quoted = false;
    return undefined;
  }
  if (byte === QUOTE) scan.quoted = true;
  else if (OPEN.includes(byte)) scan.depth += 1;
  else if (scan.depth > 0 && CLOSE.includes(byte)) scan.depth -= 1;
  else if (scan.depth === 0 && byte === COMMA) return 'item';
  else if (scan.depth === 0 && byte === CLOSE_LIST) return 'list';
  return undefined;
};

const isBlank = (text: Buffer): boolean => text.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));

const rowOf = (text: Buffer, item: number): FileRow => {
  const bad = (problem: string): FileRow => ({ problem, item });
  if (!isUtf8(text)) return bad('it is not valid UTF-8');
  const node = parsed(text.toString('utf8'), item);
  if (!isJsonObject(node)) return bad('it must be an object');
  if (!Object.keys(node).every((key) => MEMBERS.has(key)))
    return bad('it may have identifier_type and identifier_value');
  const type = textOf(node.identifier_type);
  const value = textOf(node.identifier_value);
  if (type === undefined) return bad('identifier_type must be text');
  if (value === undefined) return bad('identifier_value must be text');
  const problem = identifierProblem(type, value);
  return problem === undefined ? { type, value } : bad(problem);
};

const parsed = (text: string, item: number): JsonNode => {
  try {
    return parseJson(text, { maxDepth: DEPTH }).root;
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    throw malformed(`The file is not valid JSON at item ${item}.`);
  }
};

/** Numbers as they are written; absent is empty. */
const textOf = (node: JsonNode | undefined): string | undefined => {
  if (node === undefined || node === null) return '';
  if (node instanceof JsonNumber) return node.text;
  return typeof node === 'string' ? node.trim() : undefined;
};

const noList = (): Error =>
  malformed('The file must be a list of identifier_type and identifier_value, or an object with such a list as identifiers.'); // biome-ignore format: one look
const noJson = (): Error => malformed('The file is not valid JSON.');
const tooLarge = (): Error => malformed(`An item of the file has more than ${LARGEST_ITEM_BYTES} bytes.`);
