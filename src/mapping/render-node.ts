/** Compiles a tree node to a function from row to value, and notes what it reads. A field with no value is absent. */

import type { NativeRow } from '../plugin.ts';
import { childSelection, type Fetch, newFetch } from './fetch.ts';
import { joinLate, type Late, type LateValues, lateBelow, lateLeaf } from './late.ts';
import { ALL } from './native-filter.ts';
import type { PlanContext } from './plan.ts';
import { showsAll } from './sight.ts';
import type { LeafNode, ListNode, ObjectNode, TreeNode } from './tree.ts';

type Render<T> = (row: NativeRow, late: LateValues | undefined) => T | undefined;

interface Rendered<T> {
  readonly render: Render<T>;
  readonly late: Late | undefined;
}

/** The values that a node makes of one row: the first of them, or all of them put into a list. */
interface RenderedRows {
  readonly first: Render<unknown>;
  each(row: NativeRow, late: LateValues | undefined, into: unknown[]): void;
  readonly late: Late | undefined;
}

interface At {
  /** The record type whose field this is, and the dotted path within it. */
  readonly record: string;
  readonly within: string;
  /** Dotted path from the searched record. */
  readonly full: string;
}

type Fields = Record<string, unknown>;

/** The fields of an object on its row, without its edge. Undefined when nothing of it is shown. */
export const renderObject = (
  node: ObjectNode,
  at: At,
  context: PlanContext,
  fetch: Fetch,
): Rendered<Fields> | undefined => {
  const inner = node.record === undefined ? at : { ...at, record: node.record.type, within: '' };
  const shown = context.view.of(inner.record);
  if (shown === undefined) return undefined;
  const parts = [...node.fields].flatMap(([name, field]) => {
    const here = { ...inner, within: join(inner.within, name), full: join(inner.full, name) };
    if (!shown.shows(here.within) || !context.wants(here.full)) return [];
    const rendered = renderField(field, here, context, fetch);
    return rendered === undefined ? [] : [{ name, render: rendered.render, late: rendered.late }];
  });
  if (parts.length === 0) return undefined;
  return {
    late: joinLate(parts.map(({ late }) => late)),
    render(row, late) {
      let found: Fields | undefined;
      for (const { name, render } of parts) {
        const value = render(row, late);
        if (value === undefined) continue;
        found ??= {};
        found[name] = value;
      }
      return found;
    },
  };
};

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

const renderField = (node: TreeNode, at: At, context: PlanContext, fetch: Fetch): Rendered<unknown> | undefined => {
  if (node.kind === 'list') return renderList(node, at, context, fetch);
  const many = renderRows(node, at, context, fetch, undefined);
  return many === undefined ? undefined : { late: many.late, render: many.first };
};

const renderList = (node: ListNode, at: At, context: PlanContext, fetch: Fetch): Rendered<unknown> | undefined => {
  const items = node.items.flatMap((item) => renderRows(item, at, context, fetch, node) ?? []);
  if (items.length === 0) return undefined;
  return {
    late: joinLate(items.map(({ late }) => late)),
    render(row, late) {
      const values: unknown[] = [];
      for (const item of items) item.each(row, late, values);
      return values.length === 0 ? undefined : values;
    },
  };
};

/** A node with its edge and conditions: the values that it makes of one row. */
const renderRows = (
  node: LeafNode | ObjectNode,
  at: At,
  context: PlanContext,
  fetch: Fetch,
  list: ListNode | undefined,
): RenderedRows | undefined => {
  const { edge, guard } = node;
  const target = edge === undefined ? fetch : newFetch();
  const one = node.kind === 'leaf' ? renderLeaf(node, target) : renderKept(node, at, context, target, list);
  if (one === undefined) return undefined;
  if (edge === undefined) {
    for (const column of guard.columns) fetch.columns.add(column);
    return {
      late: one.late,
      first: (row, late) => (guard.holds(row.columns) ? firstOf(one.render(row, late)) : undefined),
      each: (row, late, into) => {
        if (guard.holds(row.columns)) append(one.render(row, late), into);
      },
    };
  }
  const rows = node.kind === 'object' ? context.visibleRows(node, context.view) : ALL;
  const conditions =
    edge.kind === 'first' ? { filter: rows, first: guard.filter } : { filter: both(guard.filter, rows) };
  fetch.children.set(edge.alias, childSelection(edge.child, target, conditions));
  return {
    late: one.late === undefined ? undefined : lateBelow(edge.alias, one.late),
    first: (row, late) => {
      for (const child of row.children[edge.alias] ?? []) {
        const value = firstOf(one.render(child, late));
        if (value !== undefined) return value;
      }
      return undefined;
    },
    each: (row, late, into) => {
      for (const child of row.children[edge.alias] ?? []) append(one.render(child, late), into);
    },
  };
};

const both = (left: LeafNode['needs'], right: LeafNode['needs']): LeafNode['needs'] =>
  left.kind === 'all' ? right : right.kind === 'all' ? left : { kind: 'and', of: [left, right] };

/** `split` makes several values of one. */
const firstOf = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);

const append = (value: unknown, into: unknown[]): void => {
  if (Array.isArray(value)) for (const each of value) into.push(each);
  else if (value !== undefined) into.push(value);
};

const renderLeaf = ({ leaf }: LeafNode, fetch: Fetch): Rendered<unknown> => {
  for (const column of leaf.columns) fetch.columns.add(column);
  if (leaf.later === undefined) return { late: undefined, render: (row) => leaf.render(row.columns) };
  return { late: lateLeaf(leaf, leaf.later), render: (row, late) => late?.get(row)?.get(leaf) };
};

/** An object that falls away without what it needs, and an identifier whose type is not shown. */
const renderKept = (
  node: ObjectNode,
  at: At,
  context: PlanContext,
  fetch: Fetch,
  list: ListNode | undefined,
): Rendered<unknown> | undefined => {
  const fields = renderObject(node, at, context, fetch);
  if (fields === undefined) return undefined;
  const kept = [
    ...(list !== undefined || node.edge !== undefined ? needChecks(node, fetch) : []),
    ...(node.identifier ? typeCheck(node, at, context, fetch) : []),
  ];
  const type = node.record?.typeName;
  return {
    late: fields.late,
    render(row, late) {
      for (const check of kept) if (!check(row)) return undefined;
      const found = fields.render(row, late);
      return found === undefined || type === undefined ? found : { '@type': type, ...found };
    },
  };
};

type Check = (row: NativeRow) => boolean;

/** Values that are needed are read whether they are shown or not. */
const needChecks = (node: ObjectNode, fetch: Fetch): readonly Check[] =>
  [...node.fields.values()].flatMap((field): readonly Check[] => {
    if (field.kind === 'leaf' && field.leaf.need) return [valueCheck(field, fetch, (value) => value !== undefined)];
    if (field.kind !== 'object' || field.edge !== undefined || field.record !== undefined) return [];
    const inner = needChecks(field, fetch);
    for (const column of inner.length > 0 ? field.guard.columns : []) fetch.columns.add(column);
    return inner.length === 0 ? [] : [(row) => field.guard.holds(row.columns), ...inner];
  });

const valueCheck = ({ leaf, edge, guard }: LeafNode, fetch: Fetch, test: (value: unknown) => boolean): Check => {
  const target = edge === undefined ? fetch : newFetch();
  for (const column of leaf.columns) target.columns.add(column);
  if (edge === undefined) {
    for (const column of guard.columns) fetch.columns.add(column);
    return ({ columns }) => test(guard.holds(columns) ? leaf.render(columns) : undefined);
  }
  fetch.children.set(edge.alias, childSelection(edge.child, target, { filter: ALL, first: guard.filter }));
  return ({ children }) => test(leaf.render(children[edge.alias]?.[0]?.columns ?? {}));
};

const typeCheck = (node: ObjectNode, { record }: At, { view }: PlanContext, fetch: Fetch): readonly Check[] => {
  const seen = view.of(record);
  if (seen === undefined) return [() => false];
  if (showsAll(seen)) return [];
  const type = node.fields.get('identifier_type');
  if (type?.kind !== 'leaf' || type.edge !== undefined) return [() => false];
  return [valueCheck(type, fetch, (value) => typeof value === 'string' && seen.showsIdentifier(value))];
};
