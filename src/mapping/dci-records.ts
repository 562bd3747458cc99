/**
 * `records: dci`: the backend's rows are DCI records already. A mapping that changes nothing, made of the domain's field
 * tables, and the entities that a backend must have for it: one a record type, one a list of objects or values.
 *
 * Columns are dotted paths within a record or a list's item (`name.surname`); children are the dotted paths of lists and
 * nested records (`identifier`, `demographic_info`); a list of plain values has the one column `value`.
 */

import type { AttributeType } from '../dci/attribute.ts';
import { type Field, type FieldTable, fieldOf, recordTables } from '../dci/fields.ts';
import type { ChildEdge, Column, ColumnType, Entity } from '../plugin.ts';

/** The word in place of a mapping. */
export const DCI_RECORDS = 'dci';

export const VALUE_COLUMN = 'value';

/** By these a search counts as selective, beside identifiers. */
const SELECTIVE: ReadonlySet<string> = new Set(['name.surname', 'birth_date', 'phone_number', 'email']);

type Raw = Readonly<Record<string, unknown>>;

/** The `records` section that maps each of these record types to itself. Record types that are not among them are not nested either. */
export const dciRecords = (domain: string, types?: readonly string[]): Raw => {
  const tables = recordTables(domain);
  const known = Object.keys(tables).filter((type) => types === undefined || types.includes(type));
  return Object.fromEntries(
    known.map((type) => {
      const fields = tables[type]?.fields ?? {};
      return [type, { entity: type, fields: mapFields(fields, '', { domain, types: known, record: type }) }];
    }),
  );
};

interface Scene {
  readonly domain: string;
  readonly types: readonly string[];
  readonly record: string;
}

const mapFields = (table: FieldTable, prefix: string, scene: Scene): Raw =>
  Object.fromEntries(
    fieldsOf(table)
      .map(([name, field]) => [name, mapField(`${prefix}${name}`, field, scene)])
      .filter(([, value]) => value !== undefined),
  );

const mapField = (path: string, { list, shape }: Field, scene: Scene): unknown => {
  if (shape.kind === 'record') {
    if (!scene.types.includes(shape.record)) return undefined;
    const only = withoutCircle(shape.record, scene);
    const nested = { record: shape.record, ...(only !== undefined && { only }) };
    return list ? [{ each: path, ...nested }] : { first: path, ...nested };
  }
  const selective = SELECTIVE.has(path) ? { selective: true } : {};
  if (shape.kind === 'value') {
    if (list) return [{ each: path, from: VALUE_COLUMN, ...selective }];
    return { from: path, ...selective };
  }
  return list ? [{ each: path, ...mapFields(shape.fields, '', scene) }] : mapFields(shape.fields, `${path}.`, scene);
};

/** Of a nested record that leads back to the one it stands in: its fields that do not. Undefined: all. */
const withoutCircle = (nested: string, { domain, record, types }: Scene): readonly string[] | undefined => {
  const table = recordTables(domain)[nested]?.fields ?? {};
  const back = new Set([nested, record]);
  // What is not mapped at all cannot be named.
  const fields = fieldsOf(table).filter(([, { shape }]) => shape.kind !== 'record' || types.includes(shape.record));
  const harmless = fields.filter(([, field]) => !nests(field, back, domain, types));
  return harmless.length === fields.length ? undefined : harmless.map(([name]) => name);
};

/** Whether a field holds one of these records, at any depth. */
const nests = (field: Field, records: ReadonlySet<string>, domain: string, types: readonly string[]): boolean => {
  const { shape } = field;
  if (shape.kind === 'value') return false;
  if (shape.kind === 'object') return fieldsOf(shape.fields).some(([, each]) => nests(each, records, domain, types));
  if (records.has(shape.record)) return true;
  if (!types.includes(shape.record)) return false;
  const seen = new Set([...records, shape.record]);
  const inner = recordTables(domain)[shape.record]?.fields ?? {};
  return fieldsOf(inner).some(([, each]) => each.shape.kind === 'record' && nests(each, seen, domain, types));
};

/** The entities of these records, every column searchable. */
export const dciEntities = (domain: string, types?: readonly string[]): readonly Entity[] => {
  const tables = recordTables(domain);
  const known = Object.keys(tables).filter((type) => types === undefined || types.includes(type));
  return known.flatMap((type) => entitiesOf(type, tables[type]?.fields ?? {}, known));
};

const entitiesOf = (name: string, table: FieldTable, types: readonly string[]): readonly Entity[] => {
  const columns = new Map<string, Column>();
  const children = new Map<string, ChildEdge>();
  const below: Entity[] = [];
  const walk = (fields: FieldTable, prefix: string): void => {
    for (const [field, { list, shape }] of fieldsOf(fields)) {
      const path = `${prefix}${field}`;
      if (shape.kind === 'record') {
        if (types.includes(shape.record)) children.set(path, edge(shape.record, list));
      } else if (list) {
        const child = `${name}.${path}`;
        children.set(path, edge(child, true));
        const inner: FieldTable = shape.kind === 'object' ? shape.fields : { [VALUE_COLUMN]: shape.type };
        below.push(...entitiesOf(child, inner, types));
      } else if (shape.kind === 'object') walk(shape.fields, `${path}.`);
      else columns.set(path, column(path, COLUMN_TYPES[shape.type]));
    }
  };
  walk(table, '');
  return [{ name, key: [], columns, children }, ...below];
};

/** The order of a list is the one it comes in. */
const edge = (entity: string, list: boolean): ChildEdge => ({
  entity,
  on: {},
  ordered: true,
  ...(!list && { max: 1 }),
});

const column = (name: string, type: ColumnType): Column => ({
  ...{ name, type, nullable: true, nativeType: type, searchable: true, sortable: true },
});

const COLUMN_TYPES: Readonly<Record<AttributeType, ColumnType>> = {
  text: 'text',
  integer: 'integer',
  number: 'float',
  boolean: 'boolean',
  date: 'date',
  datetime: 'instant',
};

const fieldsOf = (table: FieldTable): readonly (readonly [string, Field])[] =>
  Object.keys(table).flatMap((name) => {
    const field = fieldOf(table, name);
    return field === undefined ? [] : [[name, field] as const];
  });
