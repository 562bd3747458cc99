/**
 * The items of a JSON file that is a list, or an object whose only member is one, as it is read: cut by brackets and quotes, so
 * that no more than an item is in memory. Whoever reads an item parses it.
 */

import { malformed } from '../../dci/read-node.ts';

export interface CutList {
  /** Of an object that holds the list. */
  readonly member: string;
  /** Of an item. */
  readonly largestBytes: number;
  /** What the file must be, for whoever sent something else. */
  readonly what: string;
}

/** Blanks included. */
const LONGEST_OPENING_BYTES = 1_024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN: readonly number[] = [0x5b, 0x7b];
const CLOSE: readonly number[] = [0x5d, 0x7d];
const CLOSE_LIST = 0x5d;

/** The bytes of each item. @throws GatewayError `request.bad`: no such list, or no JSON. What `source` throws is thrown on. */
export async function* cutList(source: AsyncIterable<Buffer>, list: CutList): AsyncGenerator<Buffer> {
  const opening = new RegExp(`^[ \\t\\r\\n]*(?:\\{[ \\t\\r\\n]*"${list.member}"[ \\t\\r\\n]*:[ \\t\\r\\n]*)?\\[`);
  let held: Buffer = Buffer.alloc(0);
  let place: 'before' | 'items' | 'after' = 'before';
  let wrapped = false;
  let some = false;
  const scan = { depth: 0, quoted: false, escaped: false };
  for await (const piece of source) {
    let from = held.length; // of what is not scanned yet
    held = held.length === 0 ? piece : Buffer.concat([held, piece]);
    if (place === 'before') {
      const [found] = opening.exec(held.subarray(0, LONGEST_OPENING_BYTES).toString('latin1')) ?? [];
      if (found === undefined) {
        if (held.length >= LONGEST_OPENING_BYTES) throw noList(list);
        continue;
      }
      wrapped = found.includes('{');
      held = held.subarray(found.length);
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
      if (text.length > list.largestBytes) throw tooLarge(list);
      if (!blank) yield text;
      some = true;
      if (end === 'list') place = 'after';
    }
    held = held.subarray(start);
    if (held.length > list.largestBytes) throw place === 'after' ? noJson() : tooLarge(list);
  }
  if (place === 'before') throw noList(list);
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

const noList = ({ what }: CutList): Error => malformed(`The file must be ${what}.`);
const noJson = (): Error => malformed('The file is not valid JSON.');
const tooLarge = ({ largestBytes }: CutList): Error =>
  malformed(`An item of the file has more than ${largestBytes} bytes.`);
