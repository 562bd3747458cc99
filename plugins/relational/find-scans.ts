/** Which look-ups read a whole table: the plan of an equality on each column is asked for. */

import type { CallContext, NonNullValue, ScanWarning } from 'dci-gateway/plugin';
import { ALL, Binder, columnOf } from './bound-filter.ts';
import { fillSlots, type Statement } from './database.ts';
import type { Dialect, Param, StoredColumn } from './dialect.ts';
import type { Model } from './model.ts';
import { Statements } from './statements.ts';

/** The line of the plan that reads a whole table; undefined: none does. */
export type PlanReader = (
  statement: Statement,
  params: readonly Param[],
  ctx: CallContext,
) => Promise<string | undefined>;

const SAMPLES: Readonly<Record<Exclude<StoredColumn['type'], 'text'>, NonNullValue>> = {
  integer: 1,
  decimal: 1,
  float: 1,
  boolean: true,
  date: '2000-01-01',
  datetime: '2000-01-01 00:00:00',
  instant: '2000-01-01T00:00:00Z',
  other: 'x',
};

const UUID = '00000000-0000-0000-0000-000000000000';

/** A value that the column can hold: where it could not, nothing would be looked up. */
const sampleOf = (column: StoredColumn, dialect: Dialect): NonNullValue => {
  const [listed] = column.values ?? [];
  if (listed !== undefined) return listed;
  if (column.type !== 'text') return SAMPLES[column.type];
  return dialect.coerce(column, 'x') === undefined ? UUID : 'x';
};

export const findScans = async (
  model: Model,
  columns: readonly { readonly entity: string; readonly column: string }[],
  dialect: Dialect,
  plan: PlanReader,
  ctx: CallContext,
): Promise<readonly ScanWarning[]> => {
  const warnings: ScanWarning[] = [];
  for (const { entity: name, column: columnName } of columns) {
    const entity = model.get(name);
    if (entity === undefined) continue;
    const column = columnOf(entity, columnName);
    const binder = new Binder(dialect, '');
    const filter = column.searchable
      ? binder.filter(entity, { kind: 'compare', column: columnName, op: 'eq', value: sampleOf(column, dialect) })
      : ALL;
    const cap = binder.slot(1000);
    const statement = dialect.compile(new Statements(dialect).count(entity, filter, cap));
    const line = await plan(statement, fillSlots(statement, binder.values), ctx);
    if (line !== undefined) warnings.push({ entity: name, column: columnName, plan: line });
  }
  return warnings;
};
