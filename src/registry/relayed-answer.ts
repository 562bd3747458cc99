/**
 * One answer out of the messages that an upstream sent to one search: whole once each item that was asked for has all the
 * records its page can have, by what the upstream itself counts. Nothing is made of a part.
 */

import type { UpstreamJson, UpstreamObject } from '../plugin.ts';
import { isObject, listOf } from './upstream-values.ts';

/** What was asked, and which page of it. */
export interface AskedItem {
  readonly reference: string;
  /** From 1. */
  readonly page: number;
  readonly size: number;
}

/** A message, and how many its header counts. */
export interface AnswerPart {
  readonly message: UpstreamObject;
  readonly total?: number;
  readonly completed?: number;
}

export type Assembled =
  | { readonly kind: 'whole'; readonly message: UpstreamObject }
  /** More is to come. */
  | { readonly kind: 'waits' }
  /** Its messages contradict each other: no further one will help. */
  | { readonly kind: 'broken'; readonly problem: string };

const WAITS: Assembled = { kind: 'waits' };

/** @param parts in the order they came, none twice */
export const assembleAnswer = (asked: readonly AskedItem[], parts: readonly AnswerPart[]): Assembled => {
  const pieces = parts.flatMap(piecesOf);
  const more = saysMore(asked, parts, pieces);
  const items: UpstreamObject[] = [];
  let waits = false;
  for (const item of asked) {
    const found = answerTo(item, pieces, more);
    if (found === undefined) waits = true;
    else if ('problem' in found) return { kind: 'broken', problem: found.problem };
    else items.push(found.item);
  }
  const [first] = parts;
  if (waits || first === undefined) return WAITS;
  return { kind: 'whole', message: { ...first.message, search_response: items } };
};

/** An item of a message, with what is needed to put it in its place. */
interface Piece {
  readonly item: UpstreamObject;
  /** Undefined: what it carries is no list of records. */
  readonly records: readonly UpstreamJson[] | undefined;
  readonly pagination: UpstreamObject;
  readonly completed: number;
}

const piecesOf = ({ message, completed = 0 }: AnswerPart): readonly Piece[] =>
  listOf(message.search_response)
    .filter(isObject)
    .map((item) => ({
      item,
      records: recordsOf(isObject(item.data) ? item.data.reg_records : undefined),
      pagination: isObject(item.pagination) ? item.pagination : {},
      completed,
    }));

/** Undefined: not all of it is there. */
const answerTo = (
  { reference, page, size }: AskedItem,
  pieces: readonly Piece[],
  more: boolean,
): { readonly item: UpstreamObject } | { readonly problem: string } | undefined => {
  const own = distinct(pieces.filter(({ item }) => item.reference_id === reference && !isUnderway(item)));
  const [first, ...others] = own;
  if (first === undefined) return undefined;
  const over = own.some(({ item, records }) => item.status !== 'succ' || records === undefined);
  if (over) return others.length === 0 ? { item: first.item } : { problem: 'answered an item in two ways' };
  const totals = new Set(own.flatMap(({ pagination }) => countOf(pagination.total_count) ?? []));
  if (totals.size > 1) return { problem: 'counts differently from message to message' };
  const [total] = totals;
  const records = inOrder(own);
  const expected = total === undefined ? undefined : Math.max(0, Math.min(size, total - (page - 1) * size));
  if (records.length < (expected ?? (more ? size : 0))) return undefined;
  if (others.length === 0) return { item: first.item };
  if (records.length > (expected ?? size)) return { problem: 'answered more records than it counts' };
  return {
    item: {
      ...first.item,
      data: { ...(isObject(first.item.data) && first.item.data), reg_records: records },
      pagination: { page_number: page, page_size: size, ...(total !== undefined && { total_count: total }) },
    },
  };
};

/** What was told twice, by a message with another id, is told once. */
const distinct = (pieces: readonly Piece[]): readonly Piece[] => {
  const known = new Map(pieces.map((piece) => [textOf(piece), piece]));
  return [...known.values()];
};

const textOf = ({ item: { status, data = null }, pagination }: Piece): string =>
  JSON.stringify([status ?? null, data, pagination]);

/** Each record once: by the pages they say they are, then by how far the upstream was. */
const inOrder = (pieces: readonly Piece[]): readonly UpstreamJson[] => {
  const ranks = pieces.map((piece) => ({ ...piece, page: countOf(piece.pagination.page_number) ?? 0 }));
  const sorted = ranks.toSorted((a, b) => a.page - b.page || a.completed - b.completed);
  const records = sorted.flatMap((piece) => piece.records ?? []);
  return pieces.length === 1 ? records : [...new Map(records.map((each) => [JSON.stringify(each), each])).values()];
};

/** The header counts records, and not all of them are there: for items that tell no total of their own. */
const saysMore = (asked: readonly AskedItem[], parts: readonly AnswerPart[], pieces: readonly Piece[]): boolean => {
  const total = Math.max(0, ...parts.map((part) => part.total ?? 0));
  const completed = Math.max(0, ...parts.map((part) => part.completed ?? 0));
  const came = pieces.reduce((sum, { records = [] }) => sum + records.length, 0);
  return total > asked.length && completed < total && came < total;
};

/** A receipt or a note on how far it is: no answer yet. */
const isUnderway = ({ status }: UpstreamObject): boolean => status === 'rcvd' || status === 'pdng';

const recordsOf = (value: UpstreamJson | undefined): readonly UpstreamJson[] | undefined => {
  if (value === undefined || value === null || value === '') return [];
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return undefined;
  const { '@graph': graph } = value;
  if (Array.isArray(graph)) return graph;
  return Object.keys(value).length === 0 ? [] : [value];
};

const countOf = (value: UpstreamJson | undefined): number | undefined => {
  const count = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
};
