/**
 * The rows of a json file of identifiers, as it is read: a list of objects, or an object whose only member `identifiers` is
 * one. Each item is read by the reader of everything that arrives, so that depth, doubled keys and surrogates are its business. An
 * item that cannot be asked is a row all the same, with its problem.
 */

import { isUtf8 } from 'node:buffer';
import { isJsonObject, type JsonNode, JsonNumber } from '../../dci/json-node.ts';
import { parseJson } from '../../dci/json-parse.ts';
import { malformed } from '../../dci/read-node.ts';
import { GatewayError } from '../../errors.ts';
import { cutList } from './cut-list.ts';
import { type FileRow, identifierProblem, withoutMark } from './read-rows.ts';

const LIST = {
  member: 'identifiers',
  largestBytes: 16 * 1024,
  what: 'a list of identifier_type and identifier_value, or an object with such a list as identifiers',
};
const DEPTH = 4;
const MEMBERS = new Set(['identifier_type', 'identifier_value']);

/** @throws GatewayError `request.bad`: no such list, or no JSON. What `source` throws is thrown on. */
export async function* readJsonRows(source: AsyncIterable<Buffer>): AsyncGenerator<FileRow> {
  let item = 0;
  for await (const text of cutList(withoutMark(source), LIST)) {
    item += 1;
    yield rowOf(text, item);
  }
}

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
