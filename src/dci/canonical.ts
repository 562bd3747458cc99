/**
 * Canonical text: exactly what Python's `json.dumps(value, sort_keys=True, ensure_ascii=True)` writes (PROTOCOL 5).
 * Keys are sorted at every level by Unicode code point, output is pure ASCII, numbers as Python writes them.
 */

import { GatewayError } from '../errors.ts';
import { asciiString } from './ascii-string.ts';
import { sortByCodePoint } from './code-point-order.ts';
import { type JsonNode, JsonNumber } from './json-node.ts';
import { pythonFloat, pythonNumber } from './python-float.ts';

/** `compact` separates with `,` and `:`, `spaced` with `, ` and `: `. */
export type CanonicalStyle = 'compact' | 'spaced';

/** Canonical text of a received document: numbers are written from their source text. */
export const canonicalText = (node: JsonNode, style: CanonicalStyle): string => write(WRITERS[style], node);

/**
 * Canonical text of values of ours: strings, finite numbers, booleans, null, bigint, lists and plain objects.
 * A member that is `undefined` is absent. Reading the text and writing it again gives the same text.
 *
 * @throws GatewayError `service.fault` for NaN, infinities, functions, `undefined` in a list, lone surrogates
 */
export const canonicalValue = (value: unknown, style: CanonicalStyle): string => write(WRITERS[style], value);

interface Writer {
  readonly comma: string;
  readonly colon: string;
  /** Sets of keys by their first one: the same few come in every message, and are sorted and quoted once. */
  readonly shapes: Map<string, Shape[]>;
}

interface Shape {
  readonly keys: readonly string[];
  readonly sorted: readonly string[];
  /** Each sorted key with its colon. */
  readonly quoted: readonly string[];
}

/** Bound the shapes that are kept: senders choose the keys of what they send. */
const MOST_FIRST_KEYS = 500;
const MOST_SHAPES_A_KEY = 8;
const MOST_KEYS = 40;
const LONGEST_KEY = 60;

const WRITERS: Readonly<Record<CanonicalStyle, Writer>> = {
  spaced: { comma: ', ', colon: ': ', shapes: new Map() },
  compact: { comma: ',', colon: ':', shapes: new Map() },
};

const write = (writer: Writer, value: unknown): string => {
  if (typeof value === 'string') return asciiString(value);
  if (value === null) return 'null';
  if (typeof value === 'object') {
    if (Array.isArray(value)) return writeArray(writer, value);
    if (value instanceof JsonNumber) return pythonNumber(value.text);
    return writeObject(writer, value as Readonly<Record<string, unknown>>);
  }
  if (typeof value === 'number') return writeNumber(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'bigint') return String(value);
  throw new GatewayError('service.fault', { detail: `a value of type ${typeof value} cannot be written as JSON` });
};

/** A whole number is an integer as long as JavaScript writes all its digits. */
const writeNumber = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e21 ? String(value) : pythonFloat(value);

const writeArray = (writer: Writer, items: readonly unknown[]): string => {
  let text = '[';
  for (let index = 0; index < items.length; index += 1) {
    if (index > 0) text += writer.comma;
    text += write(writer, items[index]);
  }
  return `${text}]`;
};

const writeObject = (writer: Writer, object: Readonly<Record<string, unknown>>): string => {
  const { sorted, quoted } = shapeOf(writer, Object.keys(object));
  let text = '{';
  for (let index = 0; index < sorted.length; index += 1) {
    const member = object[sorted[index] as string];
    if (member === undefined) continue;
    if (text.length > 1) text += writer.comma;
    text += quoted[index] + write(writer, member);
  }
  return `${text}}`;
};

const shapeOf = (writer: Writer, keys: readonly string[]): Shape => {
  const known = writer.shapes.get(keys[0] ?? '');
  if (known !== undefined) for (const shape of known) if (isSame(shape.keys, keys)) return shape;
  const sorted = sortByCodePoint([...keys]);
  const shape = { keys, sorted, quoted: sorted.map((key) => asciiString(key) + writer.colon) };
  keep(writer.shapes, shape);
  return shape;
};

const keep = (shapes: Writer['shapes'], shape: Shape): void => {
  const { keys } = shape;
  const [first = ''] = keys;
  if (keys.length > MOST_KEYS || keys.some((key) => key.length > LONGEST_KEY)) return;
  const known = shapes.get(first);
  if (known !== undefined) {
    known.unshift(shape);
    known.length = Math.min(known.length, MOST_SHAPES_A_KEY);
    return;
  }
  if (shapes.size >= MOST_FIRST_KEYS) shapes.clear();
  shapes.set(first, [shape]);
};

const isSame = (left: readonly string[], right: readonly string[]): boolean => {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) if (left[index] !== right[index]) return false;
  return true;
};
