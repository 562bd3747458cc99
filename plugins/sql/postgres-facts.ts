/** What PostgreSQL says of an entity, by the description of its rows: types, collations, NULLs, indexes. */

import type { ColumnType } from 'dci-gateway/plugin';
import type { StoredColumn } from '../relational/dialect.ts';
import type { EntityFacts } from '../relational/introspection.ts';

/** Runs a fixed text of ours (names quoted) and answers rows as objects of texts. */
export type Ask = (
  text: string,
  params?: readonly unknown[],
) => Promise<readonly Readonly<Record<string, string | null>>[]>;

/** A column of a RowDescription message. */
export interface FieldDescription {
  readonly name: string;
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
}

const TYPES: Readonly<Record<string, ColumnType>> = {
  int2: 'integer',
  int4: 'integer',
  int8: 'integer',
  numeric: 'decimal',
  float4: 'float',
  float8: 'float',
  bool: 'boolean',
  date: 'date',
  timestamp: 'datetime',
  timestamptz: 'instant',
  text: 'text',
  varchar: 'text',
  bpchar: 'text',
  citext: 'text',
  uuid: 'text',
};

const bits = (count: bigint): readonly [bigint, bigint] => [-(2n ** (count - 1n)), 2n ** (count - 1n) - 1n];
const RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int2: bits(16n),
  int4: bits(32n),
  int8: bits(64n),
};
const COLLATED = new Set(['text', 'varchar', 'bpchar', 'citext']);
const KEY_TYPES = new Set(['bytea', 'time', 'timetz']);
const VARCHAR_HEADER = 4;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export interface PostgresSource {
  /** FROM item. */
  readonly text: string;
  readonly kind: 'table' | 'view' | 'select';
}

export const postgresFacts = async (
  fields: readonly FieldDescription[],
  source: PostgresSource,
  ask: Ask,
): Promise<EntityFacts> => {
  const types = new Map(
    (
      await ask(
        `select t.oid::text as oid, t.typname, t.typtype, format_type(t.oid, null) as name,
          (select array_to_json(array_agg(e.enumlabel order by e.enumsortorder)) from pg_enum e where e.enumtypid = t.oid)::text as labels
         from pg_type t where t.oid = any($1::oid[])`,
        [fields.map(({ dataTypeID }) => dataTypeID)],
      )
    ).map((row) => [Number(row.oid), row]),
  );
  const relations = [...new Set(fields.map(({ tableID }) => tableID))].filter((id) => id !== 0);
  const attributes = await ask(
    `select attrelid::text as relation, attnum::text as number, attname, attnotnull::text as notnull, c.relkind
     from pg_attribute a join pg_class c on c.oid = attrelid where attrelid = any($1::oid[]) and attnum > 0`,
    [relations],
  );
  const indexes = await ask(
    `select i.indrelid::text as relation, i.indisunique::text as is_unique, i.indnkeyatts::text as parts, array_to_string(i.indkey::int2[], ',') as columns
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam
     where i.indrelid = any($1::oid[]) and i.indisvalid and i.indpred is null and m.amname = 'btree'`,
    [relations],
  );
  const collations = await readCollations(
    fields.filter(({ dataTypeID }) => COLLATED.has(types.get(dataTypeID)?.typname ?? '')).map(({ name }) => name),
    source,
    ask,
  );
  const [encoding] = await ask('show server_encoding');
  const attributeOf = ({ tableID, columnID }: FieldDescription) =>
    attributes.find(({ relation, number }) => Number(relation) === tableID && Number(number) === columnID);

  const columns = fields.map((field, index): StoredColumn => {
    const type = types.get(field.dataTypeID);
    const typname = type?.typname ?? '';
    const isEnum = type?.typtype === 'e';
    const kind = isEnum ? 'text' : (TYPES[typname] ?? 'other');
    const collation = collations.get(field.name);
    const length = typname === 'varchar' || typname === 'bpchar' ? field.dataTypeModifier - VARCHAR_HEADER : 0;
    const attribute = attributeOf(field);
    return {
      name: field.name,
      index,
      type: kind,
      nativeType: length > 0 ? `${type?.name}(${length})` : (type?.name ?? 'unknown'),
      nullable: !(source.kind === 'table' && attribute?.notnull === 'true'),
      searchable: kind !== 'other',
      sortable: kind !== 'other' || KEY_TYPES.has(typname),
      cast: typname === 'bpchar' ? typname : (type?.name ?? 'text'), // its other name, character, means one character
      folds: typname === 'citext' || (collation !== undefined && !collation.deterministic),
      charset: encoding?.server_encoding ?? undefined,
      collation: collation?.name,
      range: RANGES[typname],
      ...(isEnum ? { values: JSON.parse(type?.labels ?? '[]') as string[] } : {}),
      ...(length > 0 ? { maxLength: length } : {}),
      access: accessOf(field, attribute?.relkind ?? undefined, indexes),
    };
  });
  return { columns, unique: source.kind === 'table' ? uniqueSets(fields, indexes, columns) : [] };
};

type Row = Readonly<Record<string, string | null>>;

const accessOf = (field: FieldDescription, relkind: string | undefined, indexes: readonly Row[]): 0 | 2 | 3 => {
  if (relkind === 'v') return 2; // a view's indexes are its tables': not known here, taken to be there
  const leading = indexes.filter(
    ({ relation, columns }) => Number(relation) === field.tableID && Number(columns?.split(',')[0]) === field.columnID,
  );
  if (leading.some(({ is_unique, parts }) => is_unique === 'true' && parts === '1')) return 3;
  return leading.length > 0 ? 2 : 0;
};

const uniqueSets = (fields: readonly FieldDescription[], indexes: readonly Row[], columns: readonly StoredColumn[]) =>
  indexes
    .filter(({ is_unique }) => is_unique === 'true')
    .map(({ columns: numbers, parts }) => (numbers ?? '').split(',').slice(0, Number(parts)).map(Number))
    .map((numbers) => numbers.map((number) => columns[fields.findIndex(({ columnID }) => columnID === number)]))
    .filter((set): set is StoredColumn[] => set.every((column) => column !== undefined && !column.nullable))
    .map((set) => set.map(({ name }) => name));

/** The collation each text column compares under, by a row that is never made. */
const readCollations = async (names: readonly string[], source: PostgresSource, ask: Ask) => {
  const found = new Map<string, { readonly name: string | undefined; readonly deterministic: boolean }>();
  if (names.length === 0) return found;
  const selected = names.map((name, n) => `pg_collation_for(s.${quoted(name)})::text as "c${n}"`);
  const [row] = await ask(`select ${selected.join()} from (select 1) one left join ${source.text} s on false`);
  const known = await ask(
    'select oid::regcollation::text as name, collisdeterministic::text as exact from pg_collation',
  );
  const exact = new Map(known.map(({ name, exact }) => [name?.replace(/^pg_catalog\./, ''), exact === 'true']));
  names.forEach((name, n) => {
    const collation = row?.[`c${n}`] ?? undefined;
    const deterministic =
      collation !== undefined && (exact.get(collation) ?? exact.get(collation.replaceAll('"', '')) ?? false);
    found.set(name, { name: collation, deterministic });
  });
  return found;
};
