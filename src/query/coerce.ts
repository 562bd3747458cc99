/** A value as the caller wrote it → a value in the attribute's type (PROTOCOL 6). */

import type { Attribute, CodeList } from '../dci/attribute.ts';
import type { Scalar } from '../dci/filter.ts';
import { type JsonNode, JsonNumber } from '../dci/json-node.ts';
import { readDate, readDateTime } from './times.ts';

const LONGEST_TEXT = 4_096; // characters; longer ones are no value of a registry
const SIGNIFICANT_DIGITS = 15; // beyond, a double would stand for its neighbours too
const DECIMAL = /^[+-]?(\d{1,30})(\.\d{0,30})?([eE][+-]?\d{1,3})?$/;

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', 'y', 't', '1'].map((text): [string, boolean] => [text, true]),
  ...['false', 'no', 'n', 'f', '0'].map((text): [string, boolean] => [text, false]),
]);

/**
 * Undefined: the attribute has no such value (the caller answers `rjct.search_criteria.invalid`). Codes are found by code or label
 * in any case. `identifier` types are never refused here: an unknown type and one that is not allowed must read alike.
 */
export const coerce = (node: JsonNode, attribute: Attribute, tolerant = false): Scalar | undefined => {
  const text = textOf(node);
  if (text === undefined || text.length > LONGEST_TEXT || text.includes('\0')) return undefined;
  const code = attribute.codes === undefined ? text : codeOf(text, attribute.codes, tolerant);
  if (code === undefined) return undefined;
  switch (attribute.type) {
    case 'text':
      return typeof node === 'boolean' && attribute.codes === undefined ? undefined : code;
    case 'integer':
      return readInteger(code);
    case 'number':
      return readNumber(code);
    case 'boolean':
      return readBoolean(code);
    case 'date':
      return readDate(code);
    case 'datetime':
      return readDateTime(code);
  }
};

/** Text that is looked for inside a value: it is no code, no number, only text. */
export const coercePart = (node: JsonNode): string | undefined => {
  const text = typeof node === 'boolean' ? undefined : textOf(node);
  return text === undefined || text.length > LONGEST_TEXT || text.includes('\0') ? undefined : text;
};

/** `true`, `"yes"`, `1`: undefined when it is neither true nor false. */
export const coerceBoolean = (node: JsonNode): boolean | undefined => {
  const text = textOf(node);
  return text === undefined ? undefined : readBoolean(text);
};

const readBoolean = (text: string): boolean | undefined => BOOLEANS.get(text.trim().toLowerCase());

const textOf = (node: JsonNode): string | undefined => {
  if (typeof node === 'string') return node;
  if (typeof node === 'boolean') return String(node);
  return node instanceof JsonNumber ? node.text : undefined;
};

const readNumber = (text: string): number | undefined => {
  const parts = DECIMAL.exec(text.trim());
  if (parts === null) return undefined;
  const digits = `${parts[1] ?? ''}${parts[2] ?? ''}`.replace('.', '').replace(/^0+|0+$/g, '');
  const value = Number(text.trim());
  return digits.length > SIGNIFICANT_DIGITS || !Number.isFinite(value) ? undefined : value + 0;
};

const readInteger = (text: string): number | undefined => {
  if (/^[+-]?\d{1,16}$/.test(text.trim())) {
    const exact = Number(text.trim());
    return Number.isSafeInteger(exact) ? exact + 0 : undefined;
  }
  const value = readNumber(text); // 25.0
  return Number.isSafeInteger(value) ? value : undefined;
};

/** Exact code, exact label, then both in any case. A spelling that fits several codes fits none. */
const codeOf = (text: string, list: CodeList, tolerant: boolean): string | undefined => {
  if (list.codes.has(text)) return text;
  const { labels, folded } = namesOf(list);
  const exact = labels.get(text);
  if (exact !== undefined) return exact;
  const name = text.trim().toLowerCase();
  if (folded.has(name)) return folded.get(name);
  return list.open || tolerant ? text : undefined;
};

/** Name → the code that it stands for; undefined: several do. */
type Names = Map<string, string | undefined>;

/** Lists are long, and so are the values of a query: names are gathered once for a list. */
const known = new WeakMap<CodeList, { readonly labels: Names; readonly folded: Names }>();

const namesOf = (list: CodeList): { readonly labels: Names; readonly folded: Names } => {
  const found = known.get(list);
  if (found !== undefined) return found;
  const names = { labels: new Map<string, string | undefined>(), folded: new Map<string, string | undefined>() };
  for (const [code, labels] of list.codes) {
    for (const label of labels) name(names.labels, label, code);
    for (const each of [code, ...labels]) name(names.folded, each.toLowerCase(), code);
  }
  known.set(list, names);
  return names;
};

const name = (names: Names, text: string, code: string): void => {
  names.set(text, names.has(text) && names.get(text) !== code ? undefined : code);
};
