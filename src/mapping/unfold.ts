/** Unfolds a record's mapping over the registry's entities: nested records, child edges, bound values. */

import type { Entity, NativeFilter } from '../plugin.ts';
import { type BindContext, bindLeaf } from './bind-leaf.ts';
import { checkWhen } from './check-columns.ts';
import { bindGuard } from './guard.ts';
import { ALL, and, first } from './native-filter.ts';
import { inBoth, isWithin } from './only.ts';
import type { YamlPath } from './report.ts';
import { follow, type Records } from './resolve.ts';
import type { AttributeSpec, EdgeSpec, NodeSpec, ObjectSpec, RecordDefinition } from './spec.ts';
import type { Edge, ExtraNode, LeafNode, ListNode, ObjectNode, RecordMark, RecordTree, TreeNode } from './tree.ts';

interface Scene extends BindContext {
  readonly records: Records;
  readonly entities: ReadonlyMap<string, Entity>;
  /** Gives every edge of the record its own alias. */
  readonly alias: (child: string) => string;
}

/** Beyond this many levels of records within records something is wrong. */
const MAX_DEPTH = 12;

interface Position {
  readonly entity: Entity;
  readonly depth: number;
  readonly identifiers: boolean;
  /** Items and first rows fall away without what they need. */
  readonly fallsAway: boolean;
}

/** Undefined when the entity is not there (reported). */
export const unfoldRecord = (
  record: RecordDefinition,
  records: Records,
  entities: ReadonlyMap<string, Entity>,
  context: BindContext,
): RecordTree | undefined => {
  const entity = entities.get(record.entity);
  if (entity === undefined) {
    context.report.unknown([...record.path, 'entity'], 'the entity', record.entity, entities.keys());
    return undefined;
  }
  let count = 0;
  const alias = (child: string): string => {
    count += 1;
    return `${child}_${count}`;
  };
  const scene = { ...context, records, entities, alias };
  const root = recordNode(record, undefined, { entity, depth: 0, identifiers: false, fallsAway: false }, scene);
  return { type: record.type, entity: record.entity, identifiers: record.identifiers, root };
};

const recordNode = (
  record: RecordDefinition,
  only: readonly string[] | undefined,
  position: Position,
  scene: Scene,
): ObjectNode & { record: RecordMark } => {
  const inner = { ...position, identifiers: false, fallsAway: false };
  const fields = unfoldFields(record.fields, only, inner, scene);
  const extras = new Map<string, ExtraNode>();
  const aliases = new Map<string, string>();
  for (const [name, attribute] of record.attributes)
    addAttribute(name, attribute, only, { extras, aliases }, inner, scene);
  const mark = {
    type: record.type,
    key: position.entity.key,
    context: record.context,
    typeName: record.typeName,
    extras,
    aliases,
  };
  return {
    kind: 'object',
    fields,
    identifier: false,
    record: mark,
    edge: undefined,
    guard: bindGuard(new Map(), position.entity),
    needs: ALL,
  };
};

const addAttribute = (
  name: string,
  attribute: AttributeSpec,
  only: readonly string[] | undefined,
  into: { extras: Map<string, ExtraNode>; aliases: Map<string, string> },
  position: Position,
  scene: Scene,
): void => {
  const shown = (path: string): boolean => only === undefined || only.some((each) => isWithin(path, each));
  if (attribute.kind === 'alias') {
    if (shown(attribute.target)) into.aliases.set(name, attribute.target);
  } else if (attribute.kind === 'within') {
    if (shown(attribute.target)) into.extras.set(name, { kind: 'within', path: attribute.target.split('.') });
  } else if (attribute.kind === 'paths') {
    if (attribute.paths.every(shown))
      into.extras.set(name, { kind: 'paths', paths: attribute.paths.map((path) => path.split('.')) });
  } else if (only === undefined || only.includes(name)) {
    const node = unfold(attribute.node, position, scene, undefined);
    if (node !== undefined) into.extras.set(name, node);
  }
};

const unfoldFields = (
  specs: ReadonlyMap<string, NodeSpec>,
  only: readonly string[] | undefined,
  position: Position,
  scene: Scene,
): ReadonlyMap<string, TreeNode> => {
  const fields = new Map<string, TreeNode>();
  for (const [name, spec] of specs) {
    const within = only?.filter((path) => isWithin(path, name));
    if (within?.length === 0) continue;
    const deeper =
      within === undefined || within.includes(name) ? undefined : within.map((path) => path.slice(name.length + 1));
    const identifier = position.identifiers && name === 'identifier_value';
    const node = unfold(spec, { ...position, identifiers: identifier }, scene, deeper);
    if (node !== undefined) fields.set(name, node);
  }
  return fields;
};

const unfold = (
  spec: NodeSpec,
  position: Position,
  scene: Scene,
  only: readonly string[] | undefined,
): TreeNode | undefined => {
  const target = follow(scene.records, spec);
  if (target === undefined || position.depth > MAX_DEPTH) return undefined;
  if (target.kind !== 'list') return unfoldOne(target, { ...position, fallsAway: false }, scene, only);
  const identifiers = target.items.some((item) => item.kind === 'object' && item.fields.has('identifier_value'));
  const items = target.items.map((item) => {
    const one = follow(scene.records, item);
    return one === undefined || one.kind === 'list'
      ? undefined
      : unfoldOne(one, { ...position, identifiers, fallsAway: true }, scene, only);
  });
  return { kind: 'list', items: items.filter((item) => item !== undefined) } satisfies ListNode;
};

const unfoldOne = (
  spec: Exclude<NodeSpec, { kind: 'same' | 'list' }>,
  position: Position,
  scene: Scene,
  only: readonly string[] | undefined,
): LeafNode | ObjectNode | undefined => {
  const entity = followEdge(spec.edge, spec.path, position.entity, scene);
  if (entity === undefined) return undefined;
  checkWhen(spec.when, spec.path, entity, scene.report);
  const placed = { edge: bindEdge(spec.edge, scene), guard: bindGuard(spec.when, entity), needs: ALL };
  const inner = { ...position, entity, depth: position.depth + 1 };
  if (spec.kind === 'leaf') {
    if (only !== undefined) return undefined; // something within it, and there is nothing
    const leaf = bindLeaf(spec, entity, position.identifiers, scene);
    if (leaf === undefined) return undefined;
    if (leaf.need && leaf.present === undefined)
      scene.report.add([...spec.path, 'need'], 'stands on a value whose presence cannot be asked of the registry');
    return { kind: 'leaf', ...placed, leaf };
  }
  if (spec.kind === 'record') {
    const record = scene.records.get(spec.record);
    if (record === undefined || record.entity !== entity.name) {
      if (record !== undefined)
        scene.report.add(
          [...spec.path, 'record'],
          `is mapped from ${record.entity}, but stands on rows of ${entity.name}`,
        );
      return undefined;
    }
    return { ...recordNode(record, inBoth(spec.only, only), inner, scene), ...placed };
  }
  const node = objectNode(spec, inner, scene, only);
  const fallsAway = position.fallsAway || placed.edge !== undefined;
  return { ...node, ...placed, needs: fallsAway ? needsOf(node) : ALL };
};

const objectNode = (
  spec: ObjectSpec,
  position: Position,
  scene: Scene,
  only: readonly string[] | undefined,
): ObjectNode => ({
  kind: 'object',
  fields: unfoldFields(spec.fields, only, position, scene),
  identifier: position.identifiers || spec.fields.has('identifier_value'), // a parent's stands alone, outside of a list
  record: undefined,
  edge: undefined,
  guard: bindGuard(new Map(), position.entity),
  needs: ALL,
});

const followEdge = (edge: EdgeSpec | undefined, path: YamlPath, from: Entity, scene: Scene): Entity | undefined => {
  if (edge === undefined) return from;
  const here = [...path, edge.kind];
  const found = from.children.get(edge.child);
  if (found === undefined) {
    scene.report.unknown(here, `of ${from.name} the child`, edge.child, from.children.keys());
    return undefined;
  }
  if (edge.kind === 'first' && !found.ordered) {
    scene.report.add(
      here,
      `takes the first of ${edge.child}, which has no total order`,
      `give the child ${edge.child} of ${from.name} an order`,
    );
  }
  const entity = scene.entities.get(found.entity);
  if (entity === undefined) scene.report.unknown(here, 'the entity', found.entity, scene.entities.keys());
  return entity;
};

const bindEdge = (edge: EdgeSpec | undefined, scene: Scene): Edge | undefined =>
  edge === undefined ? undefined : { kind: edge.kind, child: edge.child, alias: scene.alias(edge.child) };

/** The values that an object needs, as a condition on its row. Objects over an edge fall away by themselves. */
const needsOf = (node: ObjectNode): NativeFilter =>
  and(
    ...[...node.fields.values()].map((field): NativeFilter => {
      if (field.kind === 'leaf' && field.leaf.need) return leafPresent(field);
      if (field.kind !== 'object' || field.edge !== undefined || field.record !== undefined) return ALL;
      const inner = needsOf(field);
      return inner.kind === 'all' ? ALL : and(field.guard.filter, inner);
    }),
  );

/** Rows on which a single value is there. */
const leafPresent = ({ leaf, edge, guard }: LeafNode): NativeFilter => {
  const present = leaf.present ?? ALL;
  return edge === undefined ? and(guard.filter, present) : first(edge.child, guard.filter, present);
};
