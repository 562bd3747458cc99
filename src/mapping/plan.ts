/** What a view and a projection fetch of a record, and how a row becomes the record: made once, used for every row. */

import type { NativeRow, Selection } from '../plugin.ts';
import { newFetch, selectionOf } from './fetch.ts';
import type { LateValues } from './late.ts';
import type { DciRecord, View } from './mapping.ts';
import { renderObject } from './render-node.ts';
import type { VisibleRows } from './sight.ts';
import type { RecordTree } from './tree.ts';

export interface Plan {
  readonly select: Selection;
  render(row: NativeRow): DciRecord | Promise<DciRecord>;
}

export interface PlanContext {
  readonly view: View;
  readonly visibleRows: VisibleRows;
  /** Whether the query's projection wants what lies at this path from the searched record, or something below. */
  wants(path: string): boolean;
}

/** How many projections are kept for one view. */
const MAX_PLANS = 100;

/** Plans by view: the same partner asks for the same fields again and again. */
export const createPlans = (
  visibleRows: VisibleRows,
): ((tree: RecordTree, view: View, projection: readonly string[] | undefined) => Plan) => {
  const plans = new WeakMap<View, Map<string, Plan>>();
  return (tree, view, projection) => {
    const known = plans.get(view) ?? new Map<string, Plan>();
    plans.set(view, known);
    const key = JSON.stringify([tree.type, projection]);
    let plan = known.get(key);
    if (plan === undefined) {
      plan = makePlan(tree, { view, visibleRows, wants: wantsOf(projection) });
      if (known.size >= MAX_PLANS) known.clear();
      known.set(key, plan);
    }
    return plan;
  };
};

const wantsOf = (projection: readonly string[] | undefined): PlanContext['wants'] =>
  projection === undefined
    ? () => true
    : (path) => projection.some((wanted) => isWithin(path, wanted) || isWithin(wanted, path));

const isWithin = (path: string, outer: string): boolean => path === outer || path.startsWith(`${outer}.`);

const makePlan = (tree: RecordTree, context: PlanContext): Plan => {
  const fetch = newFetch();
  const { context: jsonLd, typeName } = tree.root.record;
  const head = { '@context': jsonLd, '@type': typeName };
  const rendered = renderObject(tree.root, { record: tree.type, within: '', full: '' }, context, fetch);
  const select = selectionOf(fetch);
  if (rendered === undefined) return { select, render: () => ({ ...head }) };
  const { render, late } = rendered;
  const record = (row: NativeRow, values: LateValues | undefined): DciRecord =>
    Object.assign({ ...head }, render(row, values));
  if (late === undefined) return { select, render: (row) => record(row, undefined) };
  return {
    select,
    async render(row) {
      const values: LateValues = new Map();
      const pending: Promise<void>[] = [];
      late(row, values, pending);
      await Promise.all(pending);
      return record(row, values);
    },
  };
};
