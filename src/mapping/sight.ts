/** What a caller's view lets count: row filters of nested records, record types and identifier types that are shown. */

import { GatewayError, ItemRejection } from '../errors.ts';
import type { NativeFilter } from '../plugin.ts';
import { compileFilter } from './compile-filter.ts';
import { keyFilter } from './key-filter.ts';
import type { RecordView, View } from './mapping.ts';
import { ALL, and, NONE, not, or } from './native-filter.ts';
import type { Sight } from './navigate.ts';
import { leftOut, NOBODY, type OnRowTypes, typesOn } from './same-row.ts';
import type { ObjectNode, RecordTree } from './tree.ts';

/** The part of a sight that finds areas within areas. */
export type Areas = Sight['areas'];

/** Rows of a node that a view lets through: its row filter, and those of records nested on the same row. */
export type VisibleRows = (node: ObjectNode, view: View) => NativeFilter;

/** Made anew when the areas change; filters are kept for each view. */
export const createVisibleRows = (trees: ReadonlyMap<string, RecordTree>, areas: Areas): VisibleRows => {
  const known = new WeakMap<View, Map<ObjectNode, NativeFilter>>();
  const unrestricted: Sight = { hidden: () => false, rows: () => ALL, identifiers: () => ALL, areas }; // row filters look at records as they are
  const own = (record: string, rows: RecordView['rows']): NativeFilter => {
    const tree = trees.get(record);
    if (rows === undefined || tree === undefined) return ALL;
    return ofOperator(record, () =>
      compileFilter(rows, { place: { node: tree.root, record }, path: '' }, unrestricted),
    );
  };
  return (node, view) => {
    const filters = known.get(view) ?? new Map<ObjectNode, NativeFilter>();
    known.set(view, filters);
    const filter = filters.get(node) ?? rowsOf(node, view, { trees, own });
    filters.set(node, filter);
    return filter;
  };
};

/** What of a row filter or a consent cannot be expressed is no caller's fault, and its words are not for callers. */
const ofOperator = (record: string, compile: () => NativeFilter): NativeFilter => {
  try {
    return compile();
  } catch (cause) {
    if (!(cause instanceof ItemRejection)) throw cause;
    throw new GatewayError('service.unavailable', { detail: `rows of ${record}: ${cause.message}`, cause });
  }
};

interface RowsContext {
  readonly trees: ReadonlyMap<string, RecordTree>;
  /** Rows that satisfy a filter of a record type. */
  readonly own: (record: string, rows: RecordView['rows']) => NativeFilter;
}

/**
 * Of the same row only: what lies over an edge falls away alone.
 *
 * @param shown whether the record around it is: in one that is not, nothing is nested, so that no row filter hides its row; consent does.
 */
const rowsOf = (
  node: ObjectNode,
  view: View,
  context: RowsContext,
  shown = true,
  around: OnRowTypes = NOBODY,
): NativeFilter => {
  const { own } = context;
  const type = node.record?.type;
  const seen = shown && type !== undefined ? view.of(type) : undefined;
  const showsInner = type === undefined ? shown : seen !== undefined;
  const nested = [...node.fields.values()].flatMap((field) => (field.kind === 'list' ? field.items : [field]));
  const onRow = typesOn(node, around);
  const inner = nested.map((field) => {
    if (field.kind === 'leaf' || field.edge !== undefined) return ALL;
    const rows = rowsOf(field, view, context, showsInner, onRow);
    return rows.kind === 'all' ? ALL : or(not(field.guard.filter), rows);
  });
  if (node.record === undefined || type === undefined) return and(...inner);
  const consented = view.consented?.get(type);
  const asked = consented === undefined ? ALL : keyFilter(node.record.key, consented);
  return and(asked, own(type, seen === undefined ? view.held?.(type) : seen.rows), ...inner, outsideRows(node, onRow, view, context)); // biome-ignore format: one look
};

/** Consent of those whose row it is and who are left out of it. A service is asked about one of a row; about nobody of this one, it was not. */
const outsideRows = (node: ObjectNode, onRow: OnRowTypes, view: View, { trees, own }: RowsContext): NativeFilter => {
  const { consented } = view;
  const isAsked = [...onRow].some((type) => consented?.has(type) === true);
  const rows = leftOut(node, trees).map(({ mark: { type }, when }) => {
    const consent = and(isAsked || consented?.has(type) !== true ? ALL : NONE, own(type, view.held?.(type)));
    return consent.kind === 'all' ? ALL : or(not(and(...when.map(({ filter }) => filter))), consent);
  });
  return and(...rows);
};

export const createSight = (view: View, visibleRows: VisibleRows, areas: Areas): Sight => ({
  areas,
  hidden: (node) => node.record !== undefined && view.of(node.record.type) === undefined,
  rows(node) {
    // A hidden record type must read like an unknown name; rights refuse it before, this is the last gate.
    if (node.record !== undefined && view.of(node.record.type) === undefined) throw unknownName();
    return node.edge === undefined ? ALL : visibleRows(node, view); // on the same row the outer record's rows hold it
  },
  identifiers(item, record) {
    const seen = view.of(record);
    if (seen === undefined) return NONE;
    const type = item.fields.get('identifier_type');
    if (showsAll(seen)) return ALL;
    if (type?.kind !== 'leaf' || type.edge !== undefined) return NONE; // a type that cannot be told is not shown
    const { outcomes } = type.leaf;
    if (outcomes !== undefined) {
      const shown = outcomes
        .filter(({ value }) => seen.showsIdentifier(String(value)))
        .map(({ rows }) => and(type.guard.filter, rows));
      return or(...shown);
    }
    const { identifierTypes } = seen;
    if (identifierTypes === undefined) throw unknownName();
    return and(type.guard.filter, or(...identifierTypes.map((each) => type.leaf.compare('eq', each))));
  },
});

/** The empty text is no type: who sees it sees every type, and identifiers without one. */
export const showsAll = (view: RecordView): boolean => view.showsIdentifier('');

const unknownName = (): ItemRejection =>
  new ItemRejection('rjct.search_criteria.invalid', 'The query names an attribute that is unknown.');
