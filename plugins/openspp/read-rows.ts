/** Odoo's answers as native values: its false is null where the field is no boolean, a many2one is its number. */

import type { NativeValue } from 'dci-gateway/plugin';
import { equalsOne } from './compare-field.ts';
import type { BoundColumn, FieldColumn, FlagColumn, PartColumn } from './model.ts';
import type { OdooRecord } from './odoo.ts';
import type { Call } from './tools.ts';

export interface ReadRow {
  readonly id: number;
  /** By column. */
  readonly values: Readonly<Record<string, NativeValue>>;
}

export const fieldsOf = (columns: readonly BoundColumn[]): readonly string[] => [
  ...new Set(['id', ...columns.flatMap((column) => ('field' in column ? [column.field] : []))]),
];

/** A call for each model that many2ones lead to, at most; counts are filled in by whoever asked for them. */
export const readRows = async (
  columns: readonly BoundColumn[],
  records: readonly OdooRecord[],
  call: Call,
): Promise<readonly ReadRow[]> => {
  const readers: [string, (record: OdooRecord) => NativeValue][] = [];
  for (const column of columns) readers.push([column.name, await readerOf(column, records, call)]);
  return records.map((record) => ({
    id: record.id,
    values: Object.fromEntries(readers.map(([name, read]) => [name, read(record)])),
  }));
};

const readerOf = async (
  column: BoundColumn,
  records: readonly OdooRecord[],
  call: Call,
): Promise<(record: OdooRecord) => NativeValue> => {
  switch (column.kind) {
    case 'empty':
    case 'count':
    case 'keys':
      return () => null;
    case 'part':
      return readPart(column, records, call);
    case 'flag':
      return readFlag(column, call);
    default:
      return (record) => cellOf(column, record[column.field]);
  }
};

const cellOf = ({ kind }: FieldColumn, value: unknown): NativeValue => {
  switch (kind) {
    case 'boolean':
      return value === true;
    case 'id':
    case 'integer':
      return typeof value === 'number' ? value : 0;
    case 'link':
      return idOf(value) ?? null;
    case 'moment':
      return typeof value === 'string' ? `${value}Z` : null;
    default:
      return typeof value === 'string' && value !== '' ? value : null;
  }
};

/** `[4, "National ID"]` */
const idOf = (value: unknown): number | undefined => {
  const [id] = Array.isArray(value) ? value : [value];
  return typeof id === 'number' ? id : undefined;
};

const readPart = async (column: PartColumn, records: readonly OdooRecord[], call: Call) => {
  const { field, model, behind } = column;
  const ids = records.map((record) => idOf(record[field])).filter((id) => id !== undefined);
  const texts =
    ids.length === 0 ? new Map<number, string>() : await call.references.texts(model, behind, ids, call.ctx);
  return (record: OdooRecord): NativeValue => texts.get(idOf(record[field]) ?? 0) ?? null;
};

const readFlag = async ({ field, model, behind, value }: FlagColumn, call: Call) => {
  const wanted = new Set(await call.references.find(model, equalsOne(behind, [value]).yes, call.ctx));
  return (record: OdooRecord): NativeValue => {
    const ids: unknown = record[field];
    return Array.isArray(ids) && ids.some((id) => wanted.has(id));
  };
};

/** The value of a key or link; undefined where it is empty. */
export const linkOf = ({ values }: ReadRow, { name }: FieldColumn): number | undefined => {
  const value = values[name];
  return typeof value === 'number' ? value : undefined;
};
