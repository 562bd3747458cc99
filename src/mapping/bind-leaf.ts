/** Binds a value of the mapping to the registry's columns. */

import type { AttributeType } from '../dci/attribute.ts';
import type { Scalar } from '../dci/filter.ts';
import type { Column, Entity, NativeFilter } from '../plugin.ts';
import { checkColumns } from './check-columns.ts';
import { codedOutcomes } from './coded.ts';
import {
  type ColumnUse,
  type ColumnValue,
  NO_OPERATORS,
  operatorsOf,
  satisfies,
  type ValueOperator,
} from './column-value.ts';
import { presenceOf } from './columns.ts';
import { dateValue } from './date-value.ts';
import type { Cells, Leaf, Outcome } from './leaf.ts';
import { madeValue } from './made-value.ts';
import { ALL, and, not, or } from './native-filter.ts';
import { booleanValue, numberValue } from './number-value.ts';
import type { Report } from './report.ts';
import { inAll, inAny } from './sets.ts';
import type { LeafSpec } from './spec.ts';
import { bindTemplate } from './template-value.ts';
import { foldedValue, textValue } from './text-value.ts';
import { valueCodes } from './value-codes.ts';
import type { Zone } from './zone.ts';

export interface BindContext {
  readonly zone: Zone;
  readonly report: Report;
}

/** Undefined when a column is missing: reported, or tolerated where the leaf is `optional`. */
export const bindLeaf = (
  spec: LeafSpec,
  entity: Entity,
  identifier: boolean,
  context: BindContext,
): Leaf | undefined => {
  const { source } = spec;
  const common = {
    codes: valueCodes(spec),
    match: spec.match === 'exact' ? undefined : spec.match,
    later: undefined,
    entity: entity.name,
    identifier: identifier && source.kind === 'from',
    need: spec.need,
    sortColumn: undefined,
  };
  if (source.kind === 'const') {
    const outcomes = [{ value: source.value, rows: ALL }];
    return {
      ...common,
      ...fromOutcomes(outcomes),
      type: spec.type ?? typeOf(source.value),
      columns: [],
      render: () => source.value,
      selective: identifier || spec.selective,
    };
  }
  const columns = checkColumns(spec, entity, context.report);
  if (columns === undefined) return undefined;
  const names = columns.map(({ name }) => name);
  if (source.kind === 'expr') {
    const type = spec.type ?? 'text';
    const given = columns.map((column) => ({ name: column.name, presence: presenceOf(column, spec.empty) }));
    const later = async (cells: Cells) => {
      const held = given.flatMap(({ name, presence }) => {
        const value = cells[name];
        return presence.holds(value) ? [[name, value] as const] : []; // JSONata writes null as a word
      });
      return madeValue(await source.expression.evaluate(Object.fromEntries(held)), type, common.codes);
    };
    const { missing } = spec;
    const withDefault = missing === undefined ? later : async (cells: Cells) => (await later(cells)) ?? missing;
    return {
      ...common,
      type,
      columns: names,
      render: () => undefined,
      later: withDefault,
      ...UNSEARCHABLE,
      selective: false,
    };
  }
  const type = spec.type ?? guessType(columns[0]);
  const uses = columns.map((column) => ({ column, presence: presenceOf(column, spec.empty) }));
  if (source.kind === 'template') {
    return {
      ...common,
      ...bindTemplate(source.parts, uses),
      type: 'text',
      columns: names,
      outcomes: undefined,
      selective: identifier || spec.selective,
    };
  }
  const value = spec.codes === undefined ? plainValue(spec, type, uses, context.zone) : codedValue(spec, uses);
  const bound = { ...common, ...value, type, columns: names, selective: identifier || spec.selective };
  return spec.split === undefined
    ? bound
    : { ...bound, ...splitValue(spec, uses, type, context.zone), ...UNSEARCHABLE };
};

const UNSEARCHABLE = { present: undefined, operators: NO_OPERATORS, compare: () => ALL, outcomes: undefined } as const;

/** Of several columns the first that is not empty decides. */
const plainValue = (spec: LeafSpec, type: AttributeType, uses: readonly ColumnUse[], zone: Zone) => {
  const values = uses.map((use) => ({ use, value: columnValue(spec, type, use, zone) }));
  const { missing } = spec;
  const allEmpty = and(...uses.map(({ presence }) => not(presence.filter)));
  const firstThat = (make: (value: ColumnValue) => NativeFilter): NativeFilter =>
    or(
      ...values.map(({ value }, at) =>
        and(...uses.slice(0, at).map(({ presence }) => not(presence.filter)), make(value)),
      ),
    );
  const presents = values.map(({ value }) => value.present);
  const [only] = values;
  return {
    render: (cells: Cells) => {
      for (const { use, value } of values) {
        const cell = cells[use.column.name];
        if (use.presence.holds(cell)) return value.convert(cell);
      }
      return missing;
    },
    present: presents.includes(undefined)
      ? undefined
      : or(
          firstThat((value) => value.present ?? ALL),
          missing === undefined ? not(ALL) : allEmpty,
        ),
    operators: inAll(values.map(({ value }) => value.operators)),
    compare: (operator: ValueOperator, wanted: Scalar) =>
      or(
        firstThat((value) => value.compare(operator, wanted)),
        missing !== undefined && satisfies(operator, missing, wanted) ? allEmpty : not(ALL),
      ),
    outcomes: undefined,
    sortColumn:
      values.length === 1 && only?.value.sortable === true && only.use.column.sortable && missing === undefined
        ? only.use.column.name
        : undefined,
  };
};

const columnValue = (spec: LeafSpec, type: AttributeType, use: ColumnUse, zone: Zone): ColumnValue => {
  const value = convertColumn(spec, type, use, zone);
  return use.column.searchable ? value : { ...value, operators: NO_OPERATORS, present: undefined };
};

const convertColumn = (spec: LeafSpec, type: AttributeType, use: ColumnUse, zone: Zone): ColumnValue => {
  switch (type) {
    case 'text':
      return spec.match === 'exact' || use.column.type !== 'text'
        ? textValue(use)
        : foldedValue(use, spec.match, spec.search);
    case 'integer':
    case 'number':
      return numberValue(use, type);
    case 'boolean':
      return booleanValue(use);
    default:
      return dateValue(use, type, spec.format, zone);
  }
};

const codedValue = (spec: LeafSpec, uses: readonly ColumnUse[]) => {
  const coded = codedOutcomes(spec, uses);
  const searchable = uses.every(({ column }) => column.searchable);
  return { ...fromOutcomes(coded.outcomes), ...(searchable ? {} : UNSEARCHABLE), render: coded.render };
};

/** A value that can only be one of these is asked for by asking them. */
const fromOutcomes = (outcomes: readonly Outcome[]) => ({
  outcomes,
  present: or(...outcomes.map(({ rows }) => rows)),
  operators: inAny(outcomes.map(({ value }) => operatorsOf(typeOf(value)))),
  compare: (operator: ValueOperator, wanted: Scalar) =>
    or(...outcomes.filter(({ value }) => satisfies(operator, value, wanted)).map(({ rows }) => rows)),
});

/** `split`: several values from one text. They are rendered, never searched. */
const splitValue = (spec: LeafSpec, uses: readonly ColumnUse[], type: AttributeType, zone: Zone) => {
  const separator = spec.split ?? ',';
  const [use] = uses;
  const convert =
    use === undefined || spec.codes !== undefined
      ? undefined
      : columnValue({ ...spec, split: undefined }, type, { ...use, column: { ...use.column, type: 'text' } }, zone)
          .convert;
  const one = (piece: string): Scalar | undefined =>
    spec.codes === undefined ? convert?.(piece) : (spec.codes.get(piece) ?? spec.otherwise);
  return {
    sortColumn: undefined,
    render: (cells: Cells): readonly Scalar[] | undefined => {
      const held = uses.find(({ column, presence }) => presence.holds(cells[column.name]));
      if (held === undefined) return spec.missing === undefined ? undefined : [spec.missing];
      const pieces = String(cells[held.column.name])
        .split(separator)
        .map((piece) => piece.trim());
      return pieces
        .filter((piece) => piece !== '')
        .map(one)
        .filter((value) => value !== undefined);
    },
  };
};

const typeOf = (value: Scalar): AttributeType =>
  typeof value === 'string' ? 'text' : typeof value === 'boolean' ? 'boolean' : 'number';

const guessType = (column: Column | undefined): AttributeType => {
  switch (column?.type) {
    case 'integer':
      return 'integer';
    case 'decimal':
    case 'float':
      return 'number';
    case 'boolean':
    case 'date':
      return column.type;
    case 'datetime':
    case 'instant':
      return 'datetime';
    default:
      return 'text';
  }
};
