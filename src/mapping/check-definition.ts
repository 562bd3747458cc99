/** What can be refused from the configuration alone: names that lead nowhere, circles, values that cannot be asked for. */

import type { Report } from './report.ts';
import { follow, leadsSomewhere, leavesAt, type Records } from './resolve.ts';
import type { LeafSpec, MappingDefinition, NodeSpec, RecordDefinition, RecordSpec } from './spec.ts';

/** Entities of the backend's section, with the entity each child leads to. */
export type ConfiguredEntities = ReadonlyMap<string, ReadonlyMap<string, string | undefined>>;

type Raw = Readonly<Record<string, unknown>>;

export const readConfiguredEntities = (raw: unknown): ConfiguredEntities | undefined => {
  if (!isRaw(raw)) return undefined;
  return new Map(
    Object.entries(raw).map(([name, entity]) => {
      const children = isRaw(entity) && isRaw(entity.children) ? entity.children : {};
      return [name, new Map(Object.entries(children).map(([child, edge]) => [child, childEntity(edge)]))];
    }),
  );
};

const childEntity = (edge: unknown): string | undefined =>
  isRaw(edge) && typeof edge.entity === 'string' ? edge.entity : undefined;

interface Position {
  /** Undefined where it is not known without the registry. */
  readonly entity: string | undefined;
  /** Whether a list item or a first row stands above, that can fall away. */
  readonly canFallAway: boolean;
  readonly stack: readonly RecordSpec[];
}

export const checkDefinition = (
  definition: MappingDefinition,
  entities: ConfiguredEntities | undefined,
  report: Report,
): void => {
  const { records, locations } = definition;
  for (const record of records.values()) {
    if (entities !== undefined && !entities.has(record.entity))
      report.unknown([...record.path, 'entity'], 'the entity', record.entity, entities.keys());
    const start = { entity: record.entity, canFallAway: false, stack: [] };
    for (const node of record.fields.values()) checkNode(node, start, { records, entities, report });
    checkAttributes(record, { records, entities, report });
    for (const { kind, path } of record.attributes.values()) {
      if (kind !== 'within' || locations?.columns.parent !== undefined) continue;
      report.add(
        path,
        'looks for areas, but no locations with a parent are mapped',
        'add locations: { entity, id, name, parent }',
      );
    }
  }
  if (locations !== undefined && entities !== undefined && !entities.has(locations.entity)) {
    report.unknown([...locations.path, 'entity'], 'the entity', locations.entity, entities.keys());
  }
};

interface Scene {
  readonly records: Records;
  readonly entities: ConfiguredEntities | undefined;
  readonly report: Report;
}

const checkNode = (node: NodeSpec, above: Position, scene: Scene): void => {
  const { report } = scene;
  if (node.kind === 'same') {
    checkSame(node, above, scene);
    return;
  }
  if (node.kind === 'list') {
    for (const item of node.items) checkNode(item, { ...above, canFallAway: true }, scene);
    return;
  }
  const here = node.edge === undefined ? above : checkEdge(node, above, scene);
  if (node.kind === 'leaf') {
    if (node.need && !here.canFallAway)
      report.add([...node.path, 'need'], 'has no list item around it that could fall away', 'remove need');
    return;
  }
  if (node.kind === 'object') {
    for (const field of node.fields.values()) checkNode(field, here, scene);
    return;
  }
  checkRecord(node, here, scene);
};

const checkSame = (node: NodeSpec & { kind: 'same' }, above: Position, scene: Scene): void => {
  const target = follow(scene.records, node);
  const path = [...node.path, 'same'];
  if (target === undefined) {
    scene.report.add(
      path,
      `leads to ${node.record}.${node.field}, which is not mapped`,
      'name a record and one of its fields',
    );
    return;
  }
  const entity = scene.records.get(node.record)?.entity;
  if (above.entity !== undefined && entity !== above.entity) {
    scene.report.add(
      path,
      `takes over a definition of the entity ${entity}, but stands on ${above.entity}`,
      'use one of the same entity',
    );
  }
};

const checkEdge = (
  node: Exclude<NodeSpec, { kind: 'same' | 'list' }>,
  above: Position,
  { entities, report }: Scene,
): Position => {
  const { edge } = node;
  if (edge === undefined) return above;
  const children = above.entity === undefined ? undefined : entities?.get(above.entity);
  if (children !== undefined && !children.has(edge.child)) {
    const path = [...node.path, edge.kind];
    if (children.size === 0)
      report.add(
        path,
        `names the child ${edge.child}, but ${above.entity} has none`,
        `add it to the children of ${above.entity}`,
      );
    else report.unknown(path, 'the child', edge.child, children.keys());
  }
  return { ...above, entity: children?.get(edge.child), canFallAway: true };
};

const checkRecord = (node: RecordSpec, here: Position, scene: Scene): void => {
  const { records, report } = scene;
  const record = records.get(node.record);
  const path = [...node.path, 'record'];
  if (record === undefined) {
    report.unknown(path, 'the record', node.record, records.keys());
    return;
  }
  if (here.entity !== undefined && record.entity !== here.entity) {
    report.add(
      path,
      `is mapped from ${record.entity}, but stands on rows of ${here.entity}`,
      `use each or first over a child of the entity ${record.entity}`,
    );
  }
  for (const name of node.only ?? []) {
    if (!record.fields.has(name.split('.')[0] ?? ''))
      report.unknown([...node.path, 'only'], `of ${node.record} the field`, name, record.fields.keys());
    else if (!leadsSomewhere(records, node.record, name))
      report.add([...node.path, 'only'], `names ${name}, which ${node.record} does not map`, 'correct the path');
  }
  if (here.stack.includes(node)) {
    report.add(
      path,
      'makes a circle of records',
      `add only: [...] without the field that leads back to ${node.record}`,
    );
    return;
  }
  const inner = { entity: record.entity, canFallAway: false, stack: [...here.stack, node] };
  for (const [name, field] of record.fields) {
    if (node.only === undefined || node.only.some((each) => each.split('.')[0] === name))
      checkCircle(field, inner, scene);
  }
};

/** Inside a nested record only circles are looked for: the record itself is checked on its own. */
const checkCircle = (node: NodeSpec, position: Position, scene: Scene): void => {
  const target = follow(scene.records, node);
  if (target === undefined || target.kind === 'leaf') return;
  if (target.kind === 'list') for (const item of target.items) checkCircle(item, position, scene);
  else if (target.kind === 'object') for (const field of target.fields.values()) checkCircle(field, position, scene);
  else checkRecord(target, { ...position, entity: scene.records.get(target.record)?.entity }, scene);
};

const checkAttributes = (record: RecordDefinition, scene: Scene): void => {
  const { records, report } = scene;
  for (const [name, attribute] of record.attributes) {
    if (leadsSomewhere(records, record.type, name))
      report.add(attribute.path, `has the name of the field ${name}, which is mapped`, 'choose another name');
    if (attribute.kind === 'node') {
      checkNode(attribute.node, { entity: record.entity, canFallAway: true, stack: [] }, scene);
      const item = attribute.node.kind === 'list' ? attribute.node.items[0] : attribute.node;
      for (const leaf of item?.kind === 'object' ? item.fields.values() : [item])
        if (leaf?.kind === 'leaf') checkSearchable(leaf, name, attribute.path, report);
      continue;
    }
    for (const target of attribute.kind === 'paths' ? attribute.paths : [attribute.target]) {
      const leaves = leavesAt(records, record.type, target);
      if (leaves.length === 0) report.unknown(attribute.path, 'the path', target, record.fields.keys());
      for (const leaf of leaves) checkSearchable(leaf, target, attribute.path, report);
    }
  }
};

const checkSearchable = (leaf: LeafSpec, name: string, path: readonly (string | number)[], report: Report): void => {
  const kind = leaf.split === undefined ? (leaf.source.kind === 'expr' ? 'expr' : undefined) : 'split';
  if (kind !== undefined) report.add(path, `searches by ${name}, which is made with ${kind}`, 'search by a column');
};

const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value);
