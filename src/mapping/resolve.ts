/** Looks fields up across records: `same`, nested records, paths of attributes. */

import type { LeafSpec, ListSpec, NodeSpec, ObjectSpec, RecordDefinition, RecordSpec } from './spec.ts';

export type Records = ReadonlyMap<string, RecordDefinition>;

/** A node with `same` followed to the definition. Undefined when it leads nowhere or in a circle. */
export const follow = (records: Records, node: NodeSpec): LeafSpec | ObjectSpec | RecordSpec | ListSpec | undefined => {
  let current: NodeSpec | undefined = node;
  for (let steps = 0; steps < 10 && current !== undefined; steps += 1) {
    if (current.kind !== 'same') return current;
    const record = records.get(current.record);
    current = record === undefined ? undefined : nodeAt(record.fields, current.field.split('.'));
  }
  return undefined;
};

/** The node at a path of objects (no lists, no nested records). */
const nodeAt = (fields: ReadonlyMap<string, NodeSpec>, segments: readonly string[]): NodeSpec | undefined => {
  const [first, ...rest] = segments;
  const node = first === undefined ? undefined : fields.get(first);
  if (node === undefined || rest.length === 0) return node;
  return node.kind === 'object' ? nodeAt(node.fields, rest) : undefined;
};

/** All values that lie at a dotted path of a record, through lists and nested records. */
export const leavesAt = (records: Records, type: string, path: string): readonly LeafSpec[] => {
  const record = records.get(type);
  const [first = '', ...rest] = path.split('.');
  const node = record?.fields.get(first);
  return node === undefined ? [] : below(records, node, rest);
};

/** Whether something lies at a dotted path of a record: a value, or an object of them. */
export const leadsSomewhere = (records: Records, type: string, path: string): boolean => {
  const [first = '', ...rest] = path.split('.');
  const node = records.get(type)?.fields.get(first);
  return node !== undefined && reaches(records, node, rest);
};

const reaches = (records: Records, node: NodeSpec, segments: readonly string[]): boolean => {
  const target = follow(records, node);
  const [first, ...rest] = segments;
  if (target === undefined || first === undefined) return target !== undefined;
  if (target.kind === 'list') return target.items.some((item) => reaches(records, item, segments));
  if (target.kind === 'record') return leadsSomewhere(records, target.record, segments.join('.'));
  const inner = target.kind === 'object' ? target.fields.get(first) : undefined;
  return inner !== undefined && reaches(records, inner, rest);
};

const below = (records: Records, node: NodeSpec, segments: readonly string[]): readonly LeafSpec[] => {
  const target = follow(records, node);
  if (target === undefined) return [];
  if (target.kind === 'list') return target.items.flatMap((item) => below(records, item, segments));
  if (target.kind === 'leaf') return segments.length === 0 ? [target] : [];
  const [first = '', ...rest] = segments;
  if (target.kind === 'record') {
    const shown = target.only === undefined || target.only.some((each) => each.split('.')[0] === first);
    return shown ? leavesAt(records, target.record, segments.join('.')) : [];
  }
  const inner = target.fields.get(first);
  return inner === undefined ? [] : below(records, inner, rest);
};
