/**
 * Small readers that make one typed value out of a received node, or refuse the request (PROTOCOL 2 and 3: schema → 400).
 * They are the edge: what comes out of them is not looked at again.
 */

import { GatewayError } from '../errors.ts';
import { isJsonArray, isJsonObject, type JsonNode, JsonNumber, type JsonObject } from './json-node.ts';

/** Ids and other short texts of the standard. */
export const LONGEST_ID = 99;

/** A request that is not well formed. `problem` names keys only, never a value. */
export const malformed = (problem: string): GatewayError => new GatewayError('request.bad', { message: problem });

/** An id: text of 1 to 99 characters, or an integer (which some clients send). Undefined when absent or empty. */
export const readId = (node: JsonNode | undefined, name: string): string | undefined => {
  if (node === undefined || node === null || node === '') return undefined;
  const text = idText(node);
  if (text === undefined) throw malformed(`${name} must be text.`);
  if (isLongerThan(text, LONGEST_ID)) throw malformed(`${name} is longer than ${LONGEST_ID} characters.`);
  return text;
};

/** The same, for what is repeated in any case: undefined too for what is no id. */
export const idOf = (node: JsonNode | undefined): string | undefined => {
  const text = idText(node);
  return text === undefined || text === '' || isLongerThan(text, LONGEST_ID) ? undefined : text;
};

const idText = (node: JsonNode | undefined): string | undefined => {
  const text = node instanceof JsonNumber && /^\d+$/.test(node.text) ? node.text : node;
  return typeof text === 'string' ? text : undefined;
};

/** Short text. Undefined when absent or empty. */
export const readText = (node: JsonNode | undefined, name: string, longest: number): string | undefined => {
  if (node === undefined || node === null || node === '') return undefined;
  if (typeof node !== 'string') throw malformed(`${name} must be text.`);
  if (isLongerThan(node, longest)) throw malformed(`${name} is longer than ${longest} characters.`);
  return node;
};

/** Of 15 digits: every one of them is exact. */
export const LARGEST_INTEGER = 999_999_999_999_999;

/** An integer of at most 15 digits, also as text (`"1"`) or with a zero fraction (`1.0`). `NaN` for anything else, undefined when absent. */
export const readInteger = (node: JsonNode | undefined): number | undefined => {
  if (node === undefined || node === null) return undefined;
  const text = node instanceof JsonNumber ? node.text : node;
  if (typeof text !== 'string' || !/^-?\d{1,15}(\.0+)?$/.test(text)) return Number.NaN;
  return Number(text);
};

/** An object; `""` counts as absent where clients write it so (PROTOCOL 2). */
export const readObject = (node: JsonNode | undefined, name: string): JsonObject | undefined => {
  if (node === undefined || node === null || node === '') return undefined;
  if (!isJsonObject(node)) throw malformed(`${name} must be an object.`);
  return node;
};

/** A list, or one object that stands for a list of one. Undefined when absent. */
export const readList = (node: JsonNode | undefined, name: string): readonly JsonNode[] | undefined => {
  if (node === undefined || node === null) return undefined;
  if (isJsonArray(node)) return node;
  if (isJsonObject(node)) return [node];
  throw malformed(`${name} must be a list.`);
};

/** The value under this name or under one of its misspellings in the field; both at once are refused (PROTOCOL 2). */
export const readAliased = (object: JsonObject, name: string, aliases: readonly string[]): JsonNode | undefined => {
  let value = object[name];
  for (const alias of aliases) {
    const other = object[alias];
    if (other === undefined) continue;
    if (value !== undefined) throw malformed(`${name} stands beside another spelling of it.`);
    value = other;
  }
  return value;
};

/** Whether a text has more characters (code points) than this. */
const isLongerThan = (text: string, longest: number): boolean =>
  text.length > longest && (text.length > longest * 2 || [...text].length > longest);
