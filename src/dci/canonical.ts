/**
 * Canonical text: exactly what Python's `json.dumps(value, sort_keys=True, ensure_ascii=True)` writes (PROTOCOL 5).
 * Keys are sorted at every level by Unicode code point, output is pure ASCII, numbers as Python writes them.
 */

import { GatewayError } from '../errors.ts';
import { type JsonNode, JsonNumber } from './json-node.ts';
import { pythonFloat, pythonNumber } from './python-float.ts';

/** `compact` separates with `,` and `:`, `spaced` with `, ` and `: `. */
export type CanonicalStyle = 'compact' | 'spaced';

/** Canonical text of a received document: numbers are written from their source text. */
export const canonicalText = (node: JsonNode, style: CanonicalStyle): string =>
  style === 'spaced' ? write(node, ', ', ': ') : write(node, ',', ':');

/**
 * Canonical text of values of ours: strings, finite numbers, booleans, null, bigint, lists and plain objects.
 * A member that is `undefined` is absent. Reading the text and writing it again gives the same text.
 *
 * @throws GatewayError `service.fault` for NaN, infinities, functions, `undefined` in a list, lone surrogates
 */
export const canonicalValue = (value: unknown, style: CanonicalStyle): string =>
  style === 'spaced' ? write(value, ', ', ': ') : write(value, ',', ':');

const write = (value: unknown, comma: string, colon: string): string => {
  if (typeof value === 'string') return quote(value);
  if (value === null) return 'null';
  if (typeof value === 'object') {
    if (Array.isArray(value)) return writeArray(value, comma, colon);
    if (value instanceof JsonNumber) return pythonNumber(value.text);
    return writeObject(value as Record<string, unknown>, comma, colon);
  }
  if (typeof value === 'number') return writeNumber(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'bigint') return String(value);
  throw new GatewayError('service.fault', { detail: `a value of type ${typeof value} cannot be written as JSON` });
};

const writeNumber = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e21 ? String(value) : pythonFloat(value);

const writeArray = (items: readonly unknown[], comma: string, colon: string): string => {
  let text = '[';
  for (let index = 0; index < items.length; index += 1) {
    if (index > 0) text += comma;
    text += write(items[index], comma, colon);
  }
  return `${text}]`;
};

const writeObject = (object: Readonly<Record<string, unknown>>, comma: string, colon: string): string => {
  const keys = sortByCodePoint(Object.keys(object));
  let text = '{';
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string;
    const member = object[key];
    if (member === undefined) continue;
    if (text.length > 1) text += comma;
    text += quote(key) + colon + write(member, comma, colon);
  }
  return `${text}}`;
};

const LONG_LIST = 24; // beyond this the engine's sort is faster than inserting

/** Sorts in place. UTF-16 order, the engine's, is code point order unless a surrogate meets a unit from U+E000 up. */
const sortByCodePoint = (keys: string[]): string[] => {
  if (keys.length > LONG_LIST) return keys.some(hasHighUnits) ? keys.sort(compareCodePoints) : keys.sort();
  for (let index = 1; index < keys.length; index += 1) {
    const key = keys[index] as string;
    let place = index - 1;
    while (place >= 0 && isAfter(keys[place] as string, key)) {
      keys[place + 1] = keys[place] as string;
      place -= 1;
    }
    keys[place + 1] = key;
  }
  return keys;
};

const isAfter = (left: string, right: string): boolean => {
  const a = left.charCodeAt(0);
  const b = right.charCodeAt(0);
  if (a !== b && a < 0xd800 && b < 0xd800) return a > b;
  return compareCodePoints(left, right) > 0;
};

const hasHighUnits = (key: string): boolean => /[\ud800-\uffff]/.test(key);

const compareCodePoints = (left: string, right: string): number => {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    // At the first difference a surrogate stands for a code point above all others.
    if (a !== b) return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1;
  }
  return left.length - right.length;
};

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;

const NEEDS_ESCAPE = /[^ !#-[\]-~]/;
const NOT_ASCII = /[\u007f-\uffff]/g;

const quote = (text: string): string => (NEEDS_ESCAPE.test(text) ? escapeString(text) : `"${text}"`);

const escapeString = (text: string): string => {
  if (!text.isWellFormed()) throw new GatewayError('service.fault', { detail: 'a lone surrogate cannot be written' });
  return JSON.stringify(text).replace(NOT_ASCII, unicodeEscape);
};

const unicodeEscape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
