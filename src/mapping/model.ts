/** What can be asked of a record type: its attributes, collected from the unfolded tree. */

import type { Attribute, AttributeStep, AttributeType, CodeList, RecordModel } from '../dci/attribute.ts';
import type { Operator } from '../dci/filter.ts';
import { type IdentifierColumns, readsIdentifier } from './identifier-columns.ts';
import { dciOperators, type Leaf } from './leaf.ts';
import type { Report, YamlPath } from './report.ts';
import { inAll } from './sets.ts';
import type { ExtraNode, ObjectNode, PathsNode, RecordMark, RecordTree, TreeNode } from './tree.ts';

interface Found {
  readonly leaves: { readonly leaf: Leaf; readonly direct: boolean }[];
  readonly lists: readonly string[];
  readonly chain: readonly AttributeStep[];
}

interface Walk {
  /** Dotted path from the searched record. */
  readonly path: string;
  readonly lists: readonly string[];
  /** Records passed, and the path within the innermost. */
  readonly chain: readonly AttributeStep[];
  readonly record: string;
  readonly within: string;
  /** Whether the value lies on the searched row itself. */
  readonly direct: boolean;
}

interface Collected {
  readonly found: Map<string, Found>;
  readonly fields: Set<string>;
  readonly aliases: Map<string, string>;
  readonly several: { readonly name: string; readonly paths: readonly string[] }[];
  readonly areas: { readonly name: string; readonly target: string }[];
}

export interface ModelContext {
  readonly report: Report;
  /** Takes up the attributes that find areas below as well. */
  readonly areas: Set<Attribute>;
  readonly identifierColumns: IdentifierColumns;
}

export const buildModel = (tree: RecordTree, path: YamlPath, context: ModelContext): RecordModel => {
  const { report, areas } = context;
  const into: Collected = { found: new Map(), fields: new Set(), aliases: new Map(), several: [], areas: [] };
  const start = { path: '', lists: [], chain: [], record: tree.type, within: '', direct: true };
  walkObject(tree.root, start, into);
  const attributes = new Map<string, Attribute>();
  for (const [name, found] of into.found) {
    const attribute = toAttribute(name, found, path, context);
    if (attribute !== undefined) attributes.set(name, attribute);
  }
  for (const { name, paths } of into.several) {
    const attribute = joinAttributes(
      name,
      paths.map((each) => attributes.get(each)),
      path,
      report,
    );
    if (attribute !== undefined) attributes.set(name, attribute);
  }
  for (const { name, target } of into.areas) {
    const attribute = areaAttribute(name, attributes.get(target));
    if (attribute === undefined) continue;
    attributes.set(name, attribute);
    areas.add(attribute);
  }
  for (const [name, target] of into.aliases) {
    const attribute = attributes.get(target);
    if (attribute !== undefined && !attributes.has(name)) attributes.set(name, attribute);
  }
  const identifiers =
    tree.identifiers !== undefined && tree.root.fields.has(tree.identifiers) ? tree.identifiers : undefined;
  return { type: tree.type, attributes, identifiers, fields: into.fields, labels: labelsOf(into) };
};

/** What is searched only is not written. */
const labelsOf = ({ found, fields }: Collected): ReadonlyMap<string, ReadonlyMap<string, string>> =>
  new Map(
    [...found].flatMap(([path, { leaves }]) => {
      const labels = fields.has(path) ? commonCodes(leaves.map(({ leaf }) => leaf))?.labels : undefined;
      return labels === undefined || labels.size === 0 ? [] : [[path, labels] as const];
    }),
  );

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

const walkObject = (node: ObjectNode, at: Walk, into: Collected): void => {
  for (const [name, field] of node.fields) walk(field, step(at, name), into, true);
  if (node.record !== undefined) walkMark(node.record, at, into);
};

const step = (at: Walk, name: string): Walk => ({ ...at, path: join(at.path, name), within: join(at.within, name) });

const walkMark = (mark: RecordMark, at: Walk, into: Collected): void => {
  for (const [name, target] of mark.aliases) into.aliases.set(join(at.path, name), join(at.path, target));
  for (const [name, extra] of mark.extras) {
    if (extra.kind === 'within')
      into.areas.push({ name: join(at.path, name), target: join(at.path, extra.path.join('.')) });
    else if (isPaths(extra))
      into.several.push({ name: join(at.path, name), paths: extra.paths.map((path) => join(at.path, path.join('.'))) });
    else walk(extra, step(at, name), into, false);
  }
};

const isPaths = (node: ExtraNode): node is PathsNode => node.kind === 'paths';

const walk = (node: TreeNode, at: Walk, into: Collected, rendered: boolean): void => {
  if (rendered) into.fields.add(at.path);
  if (node.kind === 'list') {
    const inner = { ...at, lists: [...at.lists, at.path], direct: false };
    for (const item of node.items) walk(item, inner, into, rendered);
    return;
  }
  const here = { ...at, direct: at.direct && node.edge === undefined && node.guard.filter.kind === 'all' };
  if (node.kind === 'object') {
    if (node.record === undefined) walkObject(node, here, into);
    else
      walkObject(
        node,
        {
          ...here,
          chain: [...here.chain, { record: here.record, path: here.within }],
          record: node.record.type,
          within: '',
        },
        into,
      );
    return;
  }
  const known = into.found.get(at.path) ?? {
    leaves: [],
    lists: at.lists,
    chain: [...at.chain, { record: at.record, path: at.within }],
  };
  known.leaves.push({ leaf: node.leaf, direct: here.direct });
  into.found.set(at.path, known);
};

/** Undefined when it can be rendered only. */
const toAttribute = (
  path: string,
  { leaves, lists, chain }: Found,
  where: YamlPath,
  { report, identifierColumns }: ModelContext,
): Attribute | undefined => {
  const [one] = leaves;
  if (one === undefined) return undefined;
  const all = leaves.map(({ leaf }) => leaf);
  const type = commonType(all);
  if (type === undefined) report.add(where, `gives ${path} values of different types`, 'use as: text');
  const match = all.find((leaf) => leaf.match !== undefined)?.match;
  if (all.some((leaf) => leaf.match !== match && leaf.outcomes === undefined && leaf.operators.size > 0))
    report.add(where, `compares ${path} in different ways`, 'give all of its sources the same match');
  const operators = inAll(all.map(dciOperators));
  if (type === undefined || operators.size === 0) return undefined;
  const codes = commonCodes(all);
  const searched = all.filter((leaf) => leaf.columns.length > 0);
  const [only] = all;
  return {
    path,
    type,
    ...(codes !== undefined && { codes }),
    ...(match !== undefined && { match }),
    lists,
    chains: [chain],
    operators,
    selective: searched.length > 0 && searched.every((leaf) => leaf.selective),
    sortable: leaves.length === 1 && one.direct && only?.sortColumn !== undefined,
    ...(all.some((leaf) => readsIdentifier(leaf, identifierColumns)) && { identifies: true }),
  };
};

/** Integers among numbers are numbers. */
const commonType = (leaves: readonly Leaf[]): AttributeType | undefined => {
  const types = new Set(leaves.map((leaf) => leaf.type));
  const [only] = types;
  if (types.size === 1) return only;
  return types.size === 2 && types.has('integer') && types.has('number') ? 'number' : undefined;
};

/** The codes of all sources; where one of them may be anything, the list is open. */
const commonCodes = (leaves: readonly Leaf[]): CodeList | undefined => {
  const lists = new Set(leaves.map((leaf) => leaf.codes));
  const [only] = lists;
  if (lists.size === 1) return only;
  const known = [...lists].filter((list) => list !== undefined);
  const [named] = known;
  if (named === undefined) return undefined;
  const codes = new Map<string, readonly string[]>();
  for (const list of known) {
    for (const [code, labels] of list.codes) codes.set(code, [...new Set([...(codes.get(code) ?? []), ...labels])]);
  }
  return {
    name: named.name,
    codes,
    labels: new Map(known.toReversed().flatMap((list) => [...list.labels])), // the first of them decides
    open: lists.has(undefined) || known.some((list) => list.open),
  };
};

/** Equality alone: an area is within another or is not. */
const areaAttribute = (name: string, target: Attribute | undefined): Attribute | undefined => {
  if (target === undefined) return undefined;
  const { codes, ...rest } = target;
  const operators = inAll<Operator>([target.operators, new Set<Operator>(['eq', 'in'])]);
  return { ...rest, path: name, operators, sortable: false };
};

const joinAttributes = (
  name: string,
  parts: readonly (Attribute | undefined)[],
  where: YamlPath,
  report: Report,
): Attribute | undefined => {
  const found = parts.filter((part) => part !== undefined);
  const [one] = found;
  if (one === undefined || found.length < parts.length) return undefined;
  if (found.some((part) => part.type !== one.type || part.match !== one.match)) {
    report.add(
      [...where, 'attributes', name],
      'looks in attributes of different types or comparisons',
      'name attributes of one type',
    );
    return undefined;
  }
  return {
    path: name,
    type: one.type,
    ...(one.codes !== undefined && { codes: one.codes }),
    ...(one.match !== undefined && { match: one.match }),
    lists: found.every((part) => part.lists.join() === one.lists.join()) ? one.lists : [],
    chains: found.flatMap((part) => part.chains),
    operators: inAll(found.map((part) => part.operators)),
    selective: found.every((part) => part.selective),
    sortable: false,
    ...(found.some((part) => part.identifies) && { identifies: true }),
  };
};
