/** What can only be refused once the registry's columns are known. */

import type { Column, Entity } from '../plugin.ts';
import { toNative, whenNative } from './columns.ts';
import type { Report, YamlPath } from './report.ts';
import type { LeafSpec, WhenSpec } from './spec.ts';

/** The columns of a leaf. Undefined when one is missing: reported, or tolerated where the leaf is `optional`. */
export const checkColumns = (spec: LeafSpec, entity: Entity, report: Report): readonly Column[] | undefined => {
  const columns = namesOf(spec).map((name) => findColumn(name, spec, entity, report));
  const found = columns.filter((column) => column !== undefined);
  if (found.length === 0 || (found.length < columns.length && spec.source.kind !== 'from')) return undefined;
  if (found.length < columns.length && !spec.optional) return undefined;
  if (spec.search !== undefined && spec.search !== 'lower' && entity.columns.get(spec.search)?.type !== 'text') {
    report.add([...spec.path, 'search'], `names ${spec.search}, which is no text column of ${entity.name}`);
  }
  for (const column of found) checkColumn(spec, column, report);
  return found;
};

const namesOf = ({ source }: LeafSpec): readonly string[] => {
  if (source.kind === 'template') return source.parts.flatMap((part) => (part.kind === 'column' ? [part.column] : []));
  return source.kind === 'const' ? [] : source.columns;
};

const findColumn = (name: string, spec: LeafSpec, entity: Entity, report: Report): Column | undefined => {
  const column = entity.columns.get(name);
  if (column === undefined && !spec.optional)
    report.unknown(spec.path, `of ${entity.name} the column`, name, entity.columns.keys());
  return column;
};

const checkColumn = (spec: LeafSpec, column: Column, report: Report): void => {
  const { path, source, type } = spec;
  const is = `${column.name} is ${column.nativeType}`;
  if (
    column.zeroDates === true &&
    column.type !== 'text' &&
    spec.empty === undefined &&
    (type === 'date' || type === 'datetime')
  ) {
    report.add(path, `${is} and may hold zero dates, but empty says nothing of them`, 'add empty: ["0000-00-00"]');
  }
  if (spec.split === undefined) {
    const keys = [...(spec.codes?.keys() ?? [])];
    const impossible = keys.filter((key) => toNative(column, key) === undefined);
    const problem = `can never be in the column: ${is}`;
    if (!spec.allCodes)
      for (const key of impossible)
        report.add([...path, 'codes', key], problem, 'write the code as the registry holds it');
    else if (keys.length > 0 && impossible.length === keys.length)
      report.add([...path, 'codes'], `says standard, but any of these ${problem}`, 'list the codes that it holds');
  }
  if (column.nativeType.endsWith('[]') && source.kind !== 'expr')
    report.add(path, `${is}, a list in the writing of the database`, LIST);
  if (source.kind === 'template' && column.type !== 'text' && column.type !== 'integer')
    report.add(path, `puts ${column.name} into a template, but ${is}`, 'use text and integer columns');
  if (spec.codes !== undefined && !['text', 'integer', 'boolean', 'decimal', 'float'].includes(column.type))
    report.add(path, `has codes, but ${is}`);
  if (source.kind === 'from' && spec.codes === undefined && spec.split === undefined && type !== undefined)
    checkType(spec, type, column, is, report);
};

const FITTING: Readonly<Record<string, readonly string[]>> = {
  integer: ['integer', 'text'],
  number: ['integer', 'decimal', 'float', 'text'],
  boolean: ['boolean', 'integer'],
  date: ['date', 'datetime', 'instant', 'text'],
  datetime: ['date', 'datetime', 'instant', 'text'],
};

const LIST = "a select with it as text, array_to_string(column, ','), and split: ','";
const CAST = 'use another column, or a select with it as text: cast(column as char(8)), and name its format';
const FIX: Readonly<Record<string, string>> = {
  boolean: 'add codes: { Y: true, N: false }',
  date: CAST,
  datetime: CAST,
};

const checkType = (spec: LeafSpec, type: string, column: Column, is: string, report: Report): void => {
  const fitting = FITTING[type];
  if (fitting !== undefined && !fitting.includes(column.type)) {
    report.add(spec.path, `is a ${type}, but ${is}`, FIX[type] ?? 'use another column or expr');
    return;
  }
  if (spec.match !== 'exact' && column.type !== 'text')
    report.add([...spec.path, 'match'], `folds text, but ${is}`, 'remove match');
  if (spec.format !== undefined && column.type !== 'text')
    report.add([...spec.path, 'format'], `is for dates kept as text, but ${is}`, 'remove format');
};

/** Columns and values of `when` (or of another key that is written like it). */
export const checkWhen = (when: WhenSpec, path: YamlPath, entity: Entity, report: Report, key = 'when'): void => {
  for (const [name, values] of when) {
    const column = entity.columns.get(name);
    if (column === undefined)
      report.unknown([...path, key], `of ${entity.name} the column`, name, entity.columns.keys());
    else {
      for (const value of values) {
        if (value !== null && whenNative(column, value) === undefined) {
          report.add(
            [...path, key, name],
            `can never be ${String(value)}: ${name} is ${column.nativeType}`,
            'write the value as the registry holds it',
          );
        }
      }
    }
  }
};
