/** Binds a mapping to the registry as it is, and answers the mapping that works. */

import type { Attribute, RecordModel } from '../dci/attribute.ts';
import { ItemRejection } from '../errors.ts';
import type { Entity, NativeOrder } from '../plugin.ts';
import { createAreas } from './areas.ts';
import { bindChanges } from './changes/bind.ts';
import { createReaders } from './changes/readers.ts';
import { compileFilter } from './compile-filter.ts';
import { findIdentifierColumns } from './identifier-columns.ts';
import { bindLocations } from './locations.ts';
import type { AreasBelow, CompiledSearch, MappedSearch, Mapping, SortKey } from './mapping.ts';
import { buildModel } from './model.ts';
import { and } from './native-filter.ts';
import { createPlans } from './plan.ts';
import type { Report } from './report.ts';
import { personTypes } from './same-row.ts';
import { createSight, createVisibleRows } from './sight.ts';
import { sortColumn } from './sort-column.ts';
import type { MappingDefinition } from './spec.ts';
import { joinSelections, subjectPlan } from './subjects.ts';
import type { RecordTree } from './tree.ts';
import { unfoldRecord } from './unfold.ts';
import { createZone } from './zone.ts';

/** Throws `ConfigError` with everything that does not fit. */
export const bindMapping = (definition: MappingDefinition, found: readonly Entity[], report: Report): Mapping => {
  const entities = new Map(found.map((entity) => [entity.name, entity]));
  const context = { zone: createZone(definition.timezone), report };
  const trees = new Map<string, RecordTree>();
  const records = new Map<string, RecordModel>();
  const areas = new Set<Attribute>();
  for (const record of definition.records.values()) {
    const tree = unfoldRecord(record, definition.records, entities, context);
    if (tree === undefined) continue;
    trees.set(record.type, tree);
  }
  const identifierColumns = findIdentifierColumns([...trees.values()]);
  for (const { type, path } of definition.records.values()) {
    const tree = trees.get(type);
    if (tree !== undefined) records.set(type, buildModel(tree, path, { report, areas, identifierColumns }));
  }
  const locations =
    definition.locations === undefined ? undefined : bindLocations(definition.locations, entities, report);
  report.settle();
  const compile = createCompiler(trees, areas);
  const changes =
    definition.changes === undefined
      ? undefined
      : bindChanges(definition.changes, { trees, entities, compile, report });
  report.settle();
  const { byKey } = createReaders({ trees, entities, compile });
  return {
    records,
    locations,
    keyless: new Map(
      [...trees].filter(([, { root }]) => root.record.key.length === 0).map(([type, { entity }]) => [type, entity]),
    ),
    persons: personTypes(trees.values()),
    searchesAreas: areas.size > 0,
    compile,
    byKey,
    ...(changes !== undefined && { changes }),
  };
};

const createCompiler = (
  trees: ReadonlyMap<string, RecordTree>,
  areaAttributes: ReadonlySet<Attribute>,
): ((search: MappedSearch) => CompiledSearch) => {
  let tools = createTools(trees, areaAttributes, undefined);
  return (search) => {
    const { recordType, view } = search;
    const tree = trees.get(recordType);
    if (tree === undefined || view.of(recordType) === undefined) {
      throw new ItemRejection('rjct.search_criteria.invalid', 'The record type is unknown.');
    }
    if (search.areas !== tools.below) tools = createTools(trees, areaAttributes, search.areas);
    const { areas, visibleRows, planOf } = tools;
    const sight = createSight(view, visibleRows, areas);
    const wanted = compileFilter(search.filter, { place: { node: tree.root, record: recordType }, path: '' }, sight);
    const filter = and(wanted, visibleRows(tree.root, view));
    const { select, render } = planOf(tree, view, search.projection);
    if (filter.kind === 'none') return { query: undefined, render };
    const { limit, offset, countCap, subjects: types } = search;
    const order = orderOf(tree, search.sort);
    const query = { entity: tree.entity, filter, select, order, limit, offset, countCap };
    if (types === undefined) return { query, render };
    const subjects = subjectPlan(tree, { types, trees, view, visibleRows });
    const joined = joinSelections(select, subjects.select);
    return { query: { ...query, select: joined }, render, subjectsOf: subjects.of };
  };
};

/** What is kept between searches; made again when the areas were read again. */
const createTools = (
  trees: ReadonlyMap<string, RecordTree>,
  attributes: ReadonlySet<Attribute>,
  below: AreasBelow | undefined,
) => {
  const areas = createAreas(attributes, below);
  const visibleRows = createVisibleRows(trees, areas);
  return { below, areas, visibleRows, planOf: createPlans(visibleRows) };
};

const orderOf = (tree: RecordTree, sort: readonly SortKey[]): readonly NativeOrder[] =>
  sort.map(({ path, direction, written }) => {
    const column = sortColumn(tree, path);
    if (column === undefined) throw new ItemRejection('rjct.sort.invalid', `${written ?? path} cannot be sorted by.`);
    return { column, direction };
  });
