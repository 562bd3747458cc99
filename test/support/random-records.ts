/** Random records of a domain's tables, and the models that a mapping of every field would have. */

import type { RecordModel } from '../../src/dci/attribute.ts';
import { codeList } from '../../src/dci/code-lists.ts';
import { type Field, type FieldTable, fieldOf, recordTables } from '../../src/dci/fields.ts';
import fc from './fast-check.ts';

type Tables = ReturnType<typeof recordTables>;

/** Records in records in records. */
const DEPTH = 2;

/** Every path of the type, with the labels of its code lists. */
export const modelOfTable = (domain: string, type: string): RecordModel => {
  const tables = recordTables(domain);
  const fields = new Set<string>();
  const labels = new Map<string, ReadonlyMap<string, string>>();
  const walk = (table: FieldTable, prefix: string, depth: number): void => {
    for (const [name, { shape }] of entriesOf(table)) {
      const path = `${prefix}${name}`;
      if (shape.kind === 'record' && depth === 0) continue;
      fields.add(path);
      if (shape.kind === 'object') walk(shape.fields, `${path}.`, depth);
      else if (shape.kind === 'record') walk(tables[shape.record]?.fields ?? {}, `${path}.`, depth - 1);
      else if (shape.codes !== undefined) labels.set(path, codeList(shape.codes)?.labels ?? new Map());
    }
  };
  walk(tables[type]?.fields ?? {}, '', DEPTH);
  return { type, attributes: new Map(), identifiers: tables[type]?.identifiers, fields, labels };
};

/** With any of the fields, or with all of them; as a mapping renders it, `@type` in nested records too. */
export const randomRecord = (domain: string, type: string, all = false): fc.Arbitrary<Record<string, unknown>> => {
  const tables = recordTables(domain);
  const head = { '@context': fc.constant('https://example.org/context'), '@type': fc.constant(type) };
  return objectOf(tables[type]?.fields ?? {}, tables, DEPTH, all, head);
};

const entriesOf = (table: FieldTable): readonly (readonly [string, Field])[] =>
  Object.keys(table).flatMap((name) => {
    const field = fieldOf(table, name);
    return field === undefined ? [] : [[name, field] as const];
  });

const objectOf = (
  table: FieldTable,
  tables: Tables,
  depth: number,
  all: boolean,
  head: Record<string, fc.Arbitrary<unknown>> = {},
): fc.Arbitrary<Record<string, unknown>> => {
  const fields = entriesOf(table).flatMap(([name, { list, shape }]) => {
    if (shape.kind === 'record' && depth === 0) return [];
    const one = shapeValue(shape, tables, depth, all);
    return [[name, list ? fc.array(one, { minLength: 1, maxLength: all ? 1 : 2 }) : one] as const];
  });
  return fc.record(
    { ...head, ...Object.fromEntries(fields) },
    { noNullPrototype: true, ...(!all && { requiredKeys: [] }) },
  );
};

const shapeValue = (shape: Field['shape'], tables: Tables, depth: number, all: boolean): fc.Arbitrary<unknown> => {
  switch (shape.kind) {
    case 'object':
      return objectOf(shape.fields, tables, depth, all);
    case 'record':
      return objectOf(tables[shape.record]?.fields ?? {}, tables, depth - 1, all, {
        '@type': fc.constant(shape.record),
      });
    default: {
      const codes = [...(shape.codes === undefined ? [] : (codeList(shape.codes)?.codes.keys() ?? []))];
      if (codes.length > 0) return fc.constantFrom(...codes);
      return shape.type === 'text' ? fc.string({ minLength: 1 }) : shape.type === 'boolean' ? fc.boolean() : fc.nat();
    }
  }
};
