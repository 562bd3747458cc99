import { isJsonArray, type JsonNode, JsonNumber } from './json-node.ts';

/** What `JSON.parse` would have made, but with objects that inherit nothing and numbers that lost nothing. */
export type PlainValue =
  | null
  | boolean
  | string
  | number
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

/**
 * Ordinary values for code that does not know nodes (schema checks, expressions).
 * A number that a double holds exactly becomes a number; any other becomes its text, so that long identifiers survive.
 * Objects have no prototype: a key such as `__proto__` is an ordinary key.
 */
export const toPlain = (node: JsonNode): PlainValue => {
  if (node instanceof JsonNumber) return plainNumber(node.text);
  if (isJsonArray(node)) return node.map(toPlain);
  if (typeof node !== 'object' || node === null) return node;
  const plain: Record<string, PlainValue> = Object.create(null);
  for (const key of Object.keys(node)) plain[key] = toPlain(node[key] as JsonNode);
  return plain;
};

/** Ordinary values (of YAML, say) as the node that a request would carry. */
export const fromPlain = (plain: PlainValue): JsonNode => {
  if (typeof plain === 'number') return new JsonNumber(String(plain));
  if (Array.isArray(plain)) return plain.map(fromPlain);
  if (typeof plain !== 'object' || plain === null) return plain as JsonNode;
  const node: Record<string, JsonNode> = Object.create(null);
  for (const [key, value] of Object.entries(plain)) node[key] = fromPlain(value as PlainValue);
  return node;
};

/** `0.1` counts as exact: it is the shortest text of its double. `12345678901234567890` and `0.10000000000000000001` do not. */
const plainNumber = (text: string): number | string => {
  const value = Number(text);
  return sameNumber(text, String(value)) ? value : text;
};

const sameNumber = (left: string, right: string): boolean => {
  if (left === right) return true;
  const one = significant(left);
  const other = significant(right);
  return (
    one.digits === other.digits &&
    (one.digits === '' || (one.exponent === other.exponent && one.negative === other.negative))
  );
};

/** A decimal as ±0.digits × 10^exponent, without zeros at either end. */
const significant = (text: string): { negative: boolean; digits: string; exponent: number } => {
  const negative = text.startsWith('-');
  const [mantissa = '', power = '0'] = text
    .slice(negative ? 1 : 0)
    .toLowerCase()
    .split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const all = whole + fraction;
  const leading = all.length - all.replace(/^0+/, '').length;
  return {
    negative,
    digits: all.slice(leading).replace(/0+$/, ''),
    exponent: whole.length - leading + Number(power),
  };
};
