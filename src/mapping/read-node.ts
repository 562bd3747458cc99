/** Reads the shape of a record: objects, lists, child rows, nested records, and the values in them. */

import { type Field, type FieldTable, fieldOf } from '../dci/fields.ts';
import type { NativeValue } from '../plugin.ts';
import { readLeaf } from './read-leaf.ts';
import type { Report, YamlPath } from './report.ts';
import type { EdgeSpec, NodeSpec, WhenSpec } from './spec.ts';

export type Shape = Field['shape'] | { readonly kind: 'any' };

type Raw = Readonly<Record<string, unknown>>;

const SOURCE_KEYS = ['from', 'const', 'template', 'expr'];
const STRUCTURE = ['each', 'first', 'when'];

/** The fields of an object, by the table of the record they belong to. */
export const readFields = (
  raw: Raw,
  table: FieldTable,
  path: YamlPath,
  report: Report,
): ReadonlyMap<string, NodeSpec> => {
  const fields = new Map<string, NodeSpec>();
  for (const [name, value] of Object.entries(raw)) {
    const field = fieldOf(table, name);
    if (field === undefined) {
      report.unknown([...path, name], 'the DCI field', name, Object.keys(table));
      continue;
    }
    const node = readField(value, field, [...path, name], report);
    if (node !== undefined) fields.set(name, node);
  }
  return fields;
};

const readField = (value: unknown, field: Field, path: YamlPath, report: Report): NodeSpec | undefined => {
  if (Array.isArray(value) && !field.list) {
    report.add(path, 'is a list, but the field holds one value', 'use first for one of several rows, or from: [a, b]');
    return undefined;
  }
  if (!field.list) return readNode(value, field.shape, path, false, report);
  if (isRaw(value) && value.same !== undefined) return readSame(value, path, report);
  const items = Array.isArray(value)
    ? value.map((item, at) => readNode(item, field.shape, [...path, at], true, report))
    : [readNode(value, field.shape, path, true, report)]; // one item needs no list around it
  return { kind: 'list', path, items: items.filter((item) => item !== undefined) };
};

/** One node. `inList`: an item of a list, which may be made from many child rows. */
export const readNode = (
  value: unknown,
  shape: Shape,
  path: YamlPath,
  inList: boolean,
  report: Report,
): NodeSpec | undefined => {
  if (typeof value === 'string' && value !== '') {
    if (shape.kind === 'value' || shape.kind === 'any') {
      return readLeaf({ from: value }, leafField(shape), path, { edge: undefined, when: new Map() }, report);
    }
    report.add(path, `is the column ${value}, but the field is ${describe(shape)}`, 'map its fields');
    return undefined;
  }
  if (!isRaw(value)) {
    report.add(path, 'must be a column or a mapping', 'write a column, or { from: column, … }');
    return undefined;
  }
  if (value.same !== undefined) return readSame(value, path, report);
  const placed = {
    path,
    edge: readEdge(value, path, inList, report),
    when: readWhen(value.when, [...path, 'when'], report),
  };
  if (value.record !== undefined) return readRecord(value, shape, placed, report);
  if (shape.kind === 'value' || shape.kind === 'any') return readLeaf(value, leafField(shape), path, placed, report);
  if (shape.kind === 'record') {
    report.add(
      path,
      `must be a ${shape.record}`,
      `write { record: ${shape.record} }, with only: [...] for some of its fields`,
    );
    return undefined;
  }
  const source = SOURCE_KEYS.find((key) => value[key] !== undefined);
  if (source !== undefined) {
    report.add([...path, source], `gives one value, but the field is ${describe(shape)}`, 'map its fields');
    return undefined;
  }
  const inner = Object.fromEntries(Object.entries(value).filter(([key]) => !STRUCTURE.includes(key)));
  return { kind: 'object', ...placed, fields: readFields(inner, shape.fields, path, report) };
};

const readRecord = (
  raw: Raw,
  shape: Shape,
  placed: { path: YamlPath; edge: EdgeSpec | undefined; when: WhenSpec },
  report: Report,
): NodeSpec | undefined => {
  const { path } = placed;
  const known = [...STRUCTURE, 'record', 'only'];
  for (const key of Object.keys(raw)) if (!known.includes(key)) report.unknown([...path, key], 'the key', key, known);
  const { record, only } = raw;
  if (typeof record !== 'string') {
    report.add([...path, 'record'], 'must be the name of a record');
    return undefined;
  }
  if (shape.kind !== 'record' || shape.record !== record) {
    report.add([...path, 'record'], `is ${record}, but the field is ${describe(shape)}`);
    return undefined;
  }
  if (
    only !== undefined &&
    !(Array.isArray(only) && only.length > 0 && only.every((each) => typeof each === 'string'))
  ) {
    report.add([...path, 'only'], 'must be a list of fields');
    return undefined;
  }
  return { kind: 'record', ...placed, record, only: only as readonly string[] | undefined };
};

/** Child rows that are searched by and never rendered: `{ each: consents, fields: { purpose: purpose_code, … } }`. */
export const readItems = (raw: Raw, path: YamlPath, report: Report): NodeSpec => {
  const known = ['each', 'when', 'fields'];
  for (const key of Object.keys(raw)) if (!known.includes(key)) report.unknown([...path, key], 'the key', key, known);
  const fields = new Map<string, NodeSpec>();
  if (!isRaw(raw.fields)) report.add([...path, 'fields'], 'must be names with what they stand for');
  else if (raw.each === undefined)
    report.add(path, 'names fields of no rows', 'add each: the child whose rows they are');
  else {
    for (const [name, value] of Object.entries(raw.fields)) {
      const node = readNode(value, { kind: 'any' }, [...path, 'fields', name], false, report);
      if (node !== undefined) fields.set(name, node);
    }
  }
  const item = {
    kind: 'object' as const,
    path,
    edge: readEdge(raw, path, true, report),
    when: readWhen(raw.when, [...path, 'when'], report),
    fields,
  };
  return { kind: 'list', path, items: [item] };
};

const readSame = (raw: Raw, path: YamlPath, report: Report): NodeSpec | undefined => {
  const [record, ...field] = String(raw.same).split('.');
  if (Object.keys(raw).length > 1) report.add(path, 'has other keys beside same', 'remove them');
  if (record === undefined || field.length === 0) {
    report.add([...path, 'same'], 'must name a record and a field', 'write same: Person.identifier');
    return undefined;
  }
  return { kind: 'same', path, record, field: field.join('.') };
};

const readEdge = (raw: Raw, path: YamlPath, inList: boolean, report: Report): EdgeSpec | undefined => {
  const { each, first } = raw;
  if (each !== undefined && first !== undefined) report.add(path, 'has each and first', 'use one of them');
  if (each !== undefined && !inList)
    report.add([...path, 'each'], 'makes a list, but the field holds one value', 'use first');
  const child = each ?? first;
  if (child === undefined) return undefined;
  if (typeof child === 'string') return { kind: each === undefined ? 'first' : 'each', child };
  report.add([...path, each === undefined ? 'first' : 'each'], 'must be the name of a child of the entity');
  return undefined;
};

/** `{column: value}`, `{column: [values]}`; null: the column is missing. */
export const readWhen = (raw: unknown, path: YamlPath, report: Report): WhenSpec => {
  const read = new Map<string, readonly NativeValue[]>();
  if (raw === undefined) return read;
  if (!isRaw(raw) || Object.keys(raw).length === 0) {
    report.add(path, 'must be columns with the values they have', 'write when: { column: value }');
    return read;
  }
  for (const [column, value] of Object.entries(raw)) {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (values.length > 0 && values.every(isNative)) read.set(column, values);
    else report.add([...path, column], 'must be a value or a list of values');
  }
  return read;
};

const isNative = (value: unknown): value is NativeValue =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

const leafField = (shape: Shape) =>
  shape.kind === 'value' ? { type: shape.type, codes: shape.codes } : { type: undefined, codes: undefined };

const describe = (shape: Shape): string => {
  if (shape.kind === 'record') return `a ${shape.record}`;
  if (shape.kind === 'object') return `an object of ${Object.keys(shape.fields).slice(0, 6).join(', ')}`;
  return shape.kind === 'value' ? `a ${shape.type}` : 'one value';
};

const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value);
