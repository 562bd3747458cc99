/**
 * The JSON reader of everything that arrives. Numbers keep their source text (canonical texts are written from
 * it, PROTOCOL 5), doubled keys and lone surrogates are refused, depth and digits are bounded (PROTOCOL 2).
 */

import { GatewayError } from '../errors.ts';
import { isJsonObject, type JsonNode, JsonNumber, type JsonObject } from './json-node.ts';

/** Place of a value in the source text, in UTF-16 units: `text.slice(start, end)`. */
export interface SourceSlice {
  readonly start: number;
  readonly end: number;
}

export interface ParsedDocument {
  readonly root: JsonNode;
  /** Where the values of the root's members stand, by key; empty when the root is no object. */
  readonly members: ReadonlyMap<string, SourceSlice>;
}

export interface ParseLimits {
  /** Containers that may be open at once; the root counts as one. */
  readonly maxDepth: number;
  /** Values in all; absent: as many as its length holds. */
  readonly maxValues?: number;
}

/** A message of 10 MB that says something has fewer; as many as 10 MB can hold take seconds to read and to prove. */
export const MOST_VALUES = 1_000_000;

interface Cursor {
  readonly text: string;
  readonly maxDepth: number;
  /** How many more may come. */
  valuesLeft: number;
  readonly members: Map<string, SourceSlice>;
  at: number;
}

const MAX_DIGITS = 100; // PROTOCOL 2
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Reads a JSON text.
 *
 * @throws GatewayError `request.bad`: says what is wrong and at which character, and repeats nothing of the content.
 */
export const parseJson = (text: string, limits: ParseLimits): ParsedDocument => {
  const { maxDepth, maxValues = Number.MAX_SAFE_INTEGER } = limits;
  const cursor: Cursor = { text, maxDepth, valuesLeft: maxValues, members: new Map(), at: 0 };
  if (!text.isWellFormed()) throw malformed('a lone surrogate stands in the text', 0);
  skipBlank(cursor);
  const root = readValue(cursor, 0);
  skipBlank(cursor);
  if (cursor.at < text.length) throw malformed('text follows the end of the document', cursor.at);
  return { root, members: cursor.members };
};

/** Reads a JSON text whose root must be an object. Errors as `parseJson`. */
export const parseJsonObject = (text: string, limits: ParseLimits): ParsedDocument & { readonly root: JsonObject } => {
  const { root, members } = parseJson(text, limits);
  if (!isJsonObject(root)) throw malformed('the document is not an object', 0);
  return { root, members };
};

const malformed = (problem: string, at: number): GatewayError =>
  new GatewayError('request.bad', { message: `The body is not valid JSON: ${problem} (character ${at}).` });

const skipBlank = (cursor: Cursor): void => {
  const { text } = cursor;
  let { at } = cursor;
  for (;;) {
    const unit = text.charCodeAt(at);
    if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) break;
    at += 1;
  }
  cursor.at = at;
};

const readValue = (cursor: Cursor, depth: number): JsonNode => {
  if (--cursor.valuesLeft < 0) throw malformed('it holds too many values', cursor.at);
  switch (cursor.text.charCodeAt(cursor.at)) {
    case QUOTE:
      return readString(cursor);
    case 0x7b: // {
      return readObject(cursor, depth + 1);
    case 0x5b: // [
      return readArray(cursor, depth + 1);
    case 0x74: // t
      return readWord(cursor, 'true', true);
    case 0x66: // f
      return readWord(cursor, 'false', false);
    case 0x6e: // n
      return readWord(cursor, 'null', null);
    default:
      return readNumber(cursor);
  }
};

const readWord = <Value extends JsonNode>(cursor: Cursor, word: string, value: Value): Value => {
  if (!cursor.text.startsWith(word, cursor.at)) throw unexpected(cursor);
  cursor.at += word.length;
  return value;
};

const unexpected = ({ text, at }: Cursor): GatewayError =>
  malformed(at >= text.length ? 'the text ends too early' : 'an unexpected character', at);

/** Native objects that inherit nothing, and that the engine still keeps as fast as `{}` (`Object.create(null)` is slow). */
const Bare = function Bare() {
  // members are put in by the reader
} as unknown as new () => { [key: string]: JsonNode };
Object.defineProperty(Bare, 'prototype', { value: Object.freeze(Object.create(null)) });

const readObject = (cursor: Cursor, depth: number): JsonObject => {
  if (depth > cursor.maxDepth) throw malformed(`nested deeper than ${cursor.maxDepth}`, cursor.at);
  const { text } = cursor;
  const node = new Bare();
  cursor.at += 1;
  skipBlank(cursor);
  if (text.charCodeAt(cursor.at) === 0x7d) {
    cursor.at += 1;
    return node;
  }
  for (;;) {
    const keyAt = cursor.at;
    if (text.charCodeAt(keyAt) !== QUOTE) throw unexpected(cursor);
    const key = readString(cursor);
    if (node[key] !== undefined) throw malformed('a key stands twice in one object', keyAt);
    skipBlank(cursor);
    if (text.charCodeAt(cursor.at) !== 0x3a) throw unexpected(cursor);
    cursor.at += 1;
    skipBlank(cursor);
    const start = cursor.at;
    node[key] = readValue(cursor, depth);
    if (depth === 1) cursor.members.set(key, { start, end: cursor.at });
    skipBlank(cursor);
    const next = text.charCodeAt(cursor.at);
    if (next !== 0x2c && next !== 0x7d) throw unexpected(cursor);
    cursor.at += 1;
    if (next === 0x7d) return node;
    skipBlank(cursor);
  }
};

const readArray = (cursor: Cursor, depth: number): readonly JsonNode[] => {
  if (depth > cursor.maxDepth) throw malformed(`nested deeper than ${cursor.maxDepth}`, cursor.at);
  const { text } = cursor;
  const items: JsonNode[] = [];
  cursor.at += 1;
  skipBlank(cursor);
  if (text.charCodeAt(cursor.at) === 0x5d) {
    cursor.at += 1;
    return items;
  }
  for (;;) {
    items.push(readValue(cursor, depth));
    skipBlank(cursor);
    const next = text.charCodeAt(cursor.at);
    if (next !== 0x2c && next !== 0x5d) throw unexpected(cursor);
    cursor.at += 1;
    if (next === 0x5d) return items;
    skipBlank(cursor);
  }
};

/** The text was found well formed as a whole, so only an escaped half of a pair can make a string ill-formed. */
const readString = (cursor: Cursor): string => {
  const { text } = cursor;
  const start = cursor.at;
  let at = start + 1;
  let escaped = false;
  for (;;) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) break;
    if (unit === BACKSLASH) {
      escaped = true;
      at += 2;
    } else if (unit >= 0x20) {
      at += 1;
    } else {
      throw malformed(at >= text.length ? 'the text ends too early' : 'a control character in a string', at);
    }
  }
  cursor.at = at + 1;
  return escaped ? unescapeString(text.slice(start, at + 1), start) : text.slice(start + 1, at);
};

const unescapeString = (quoted: string, start: number): string => {
  let value: string;
  try {
    value = JSON.parse(quoted) as string;
  } catch {
    throw malformed('an unknown escape in a string', start);
  }
  if (!value.isWellFormed()) throw malformed('a lone surrogate in a string', start);
  return value;
};

const readNumber = (cursor: Cursor): JsonNumber => {
  NUMBER.lastIndex = cursor.at;
  const text = NUMBER.exec(cursor.text)?.[0];
  if (text === undefined) throw unexpected(cursor);
  if (text.length > MAX_DIGITS && text.replace(/[^0-9]/g, '').length > MAX_DIGITS) {
    throw malformed(`a number of more than ${MAX_DIGITS} digits`, cursor.at);
  }
  const value = Number(text);
  const lost = value === 0 && /^-?[0.]*[1-9]/.test(text);
  if (!Number.isFinite(value) || lost) throw malformed("a number beyond a double's range", cursor.at);
  cursor.at += text.length;
  return new JsonNumber(text);
};
