/**
 * Native filters to Odoo's conditions. Conditions on child rows are asked of the child's model first, so that one row carries
 * all of them, and come back as a list of numbers; a list that would be too long refuses the search.
 */

import { BackendError, type NativeCompare, type NativeFilter, type NonNullValue } from 'dci-gateway/plugin';
import { compareField, equalsOne, lengthField, presentField } from './compare-field.ts';
import { allOf, and, type Condition, domainOf, EVERY, type Exact, NOTHING, not, or, someOf, term } from './domain.ts';
import { comesBefore } from './edge-order.ts';
import type { BoundColumn, BoundEdge, BoundEntity, FieldColumn, FlagColumn, PartColumn } from './model.ts';
import { fieldsOf, linkOf, type ReadRow, readRows } from './read-rows.ts';
import { type Call, columnOf, entityOf } from './tools.ts';

export const compileFilter = async (entity: BoundEntity, filter: NativeFilter, call: Call): Promise<Exact> => {
  const again = (inner: NativeFilter): Promise<Exact> => compileFilter(entity, inner, call);
  switch (filter.kind) {
    case 'all':
      return EVERY;
    case 'none':
      return NOTHING;
    case 'and':
      return allOf(await inTurn(filter.of, again));
    case 'or':
      return someOf(await inTurn(filter.of, again));
    case 'not':
      return not(await again(filter.of));
    case 'any':
    case 'first':
      return compileChild(entity, filter, call);
    default:
      return compileLeaf(columnOf(entity, filter.column), filter, call);
  }
};

/** The live rows of an entity that satisfy a filter. */
export const liveRows = async (
  entity: BoundEntity,
  filters: readonly NativeFilter[],
  call: Call,
): Promise<Condition> => {
  const all = await inTurn([entity.live(call.now), ...filters], (each) => compileFilter(entity, each, call));
  return and(entity.where, entity.liveLinks, allOf(all).yes);
};

/** One after another: a filter may not open as many connections as it has conditions. */
const inTurn = async <Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> => {
  const results: Result[] = [];
  for (const item of items) results.push(await work(item));
  return results;
};

type LeafFilter = Extract<NativeFilter, { readonly column: string }>;

const compileLeaf = async (column: BoundColumn, filter: LeafFilter, call: Call): Promise<Exact> => {
  if (!column.described.searchable) throw new BackendError('refused', `column ${column.name} cannot be compared`);
  const { operators, lowers } = column.described;
  const asked = filter.kind === 'compare' ? filter.op : filter.kind === 'length' ? 'startswith' : 'eq';
  const lowered = filter.kind === 'compare' && filter.match === 'lower';
  if ((operators !== undefined && !operators.has(asked)) || (lowered && lowers === false))
    throw new BackendError('refused', `column ${column.name} cannot be compared like this on this server`);
  switch (column.kind) {
    case 'empty':
      return NOTHING;
    case 'part':
      return compilePart(column, filter, call);
    case 'flag':
      return compileFlag(column, filter, call);
    case 'count':
    case 'keys':
      throw new BackendError('refused', `column ${column.name} cannot be compared`);
    default:
      return fieldLeaf(column, filter);
  }
};

const fieldLeaf = (column: FieldColumn, filter: LeafFilter): Exact => {
  switch (filter.kind) {
    case 'present':
      return presentField(column);
    case 'length':
      return lengthField(column, filter.characters);
    case 'in':
      return equalsOne(column, filter.values);
    default:
      return compareField(column, filter);
  }
};

/** The rows behind the link that satisfy it, then the rows that lead to them. */
const compilePart = async (column: PartColumn, filter: LeafFilter, call: Call): Promise<Exact> => {
  const wanted = fieldLeaf(column.behind, filter).yes;
  const ids = await call.references.find(column.model, wanted, call.ctx);
  return linkedTo(column.field, ids);
};

const compileFlag = async (column: FlagColumn, filter: LeafFilter, call: Call): Promise<Exact> => {
  const truths = new Set([true, false].filter((truth) => satisfies(truth, filter)));
  if (truths.size !== 1) return truths.size === 0 ? NOTHING : EVERY;
  const wanted = equalsOne(column.behind, [column.value]).yes;
  const ids = await call.references.find(column.model, wanted, call.ctx);
  const flagged: Exact = ids.length === 0 ? NOTHING : oneOf(column.field, ids);
  return truths.has(true) ? flagged : not(flagged);
};

const satisfies = (truth: boolean, filter: LeafFilter): boolean => {
  switch (filter.kind) {
    case 'present':
      return true;
    case 'in':
      return filter.values.includes(truth);
    case 'compare':
      return typeof filter.value === 'boolean' && COMPARED[filter.op](Number(truth) - Number(filter.value));
    default:
      return false;
  }
};

const COMPARED: Readonly<Record<NativeCompare['op'], (order: number) => boolean>> = {
  eq: (order) => order === 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  contains: () => false,
  startswith: () => false,
};

const oneOf = (field: string, ids: readonly number[]): Exact => ({
  yes: term(field, 'in', ids),
  no: term(field, 'not in', ids),
});

const linkedTo = (field: string, ids: readonly number[]): Exact => {
  if (ids.length === 0) return NOTHING;
  const { yes, no } = oneOf(field, ids);
  return { yes, no: or(term(field, '=', false), no) };
};

type ChildFilter = Extract<NativeFilter, { readonly kind: 'any' | 'first' }>;

const compileChild = async (entity: BoundEntity, filter: ChildFilter, call: Call): Promise<Exact> => {
  if (!entity.described.children.has(filter.child))
    throw new BackendError('refused', `entity ${entity.name} has no child ${filter.child}`);
  const edge = entity.edges.get(filter.child);
  if (edge === undefined) return NOTHING; // a link that this server does not have
  const child = entityOf(call, edge.entity);
  // A row has at most one child whose key it holds: it is the first of them.
  const parents =
    filter.kind === 'any' || edge.theirs.kind === 'id'
      ? await parentsOf(edge, child, filter.kind === 'any' ? [filter.filter] : [filter.among, filter.filter], call)
      : await parentsOfFirst(edge, child, filter, call);
  return equalsOne(edge.ours, parents);
};

/** Values of our column to which a live child row that satisfies the filters belongs. */
const parentsOf = async (
  edge: BoundEdge,
  child: BoundEntity,
  filters: readonly NativeFilter[],
  call: Call,
): Promise<readonly NonNullValue[]> => {
  const rows = await childRows(edge, child, await liveRows(child, filters, call), [edge.theirs], call);
  return [...new Set(rows.map((row) => linkOf(row, edge.theirs)).filter((value) => value !== undefined))];
};

const parentsOfFirst = async (
  edge: BoundEdge,
  child: BoundEntity,
  { among, filter }: Extract<NativeFilter, { readonly kind: 'first' }>,
  call: Call,
): Promise<readonly NonNullValue[]> => {
  const wanted = await childRows(edge, child, await liveRows(child, [among, filter], call), [edge.theirs], call);
  const parents = [...new Set(wanted.map((row) => linkOf(row, edge.theirs)).filter((value) => value !== undefined))];
  if (parents.length === 0) return [];
  const siblings = and(await liveRows(child, [among], call), equalsOne(edge.theirs, parents).yes);
  const columns = [edge.theirs, ...edge.order.map(({ column }) => column)];
  const first = new Map<NonNullValue, ReadRow>();
  for (const row of await childRows(edge, child, siblings, columns, call)) {
    const parent = linkOf(row, edge.theirs);
    const known = parent === undefined ? undefined : first.get(parent);
    if (parent !== undefined && (known === undefined || comesBefore(edge, row, known))) first.set(parent, row);
  }
  const satisfying = new Set(wanted.map(({ id }) => id));
  return parents.filter((parent) => satisfying.has(first.get(parent)?.id ?? 0));
};

const childRows = async (
  edge: BoundEdge,
  child: BoundEntity,
  condition: Condition,
  columns: readonly BoundColumn[],
  call: Call,
): Promise<readonly ReadRow[]> => {
  const { model } = child;
  if (model === undefined || condition.kind === 'none') return [];
  const limit = call.maxJoined + 1;
  const options = { domain: domainOf(condition), fields: fieldsOf(columns), limit, order: 'id asc' };
  const records = await call.odoo.read(model, options, call.ctx);
  if (records.length >= limit)
    throw new BackendError('too_many', `a condition on ${edge.name} finds more than ${call.maxJoined} rows`);
  return readRows(columns, records, call);
};
