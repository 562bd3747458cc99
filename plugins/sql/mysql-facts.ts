/** What MySQL and MariaDB say of an entity: its result's metadata, and the catalogue for columns that come from a table. */

import type { ColumnType } from 'dci-gateway/plugin';
import type { StoredColumn } from '../relational/dialect.ts';
import type { EntityFacts } from '../relational/introspection.ts';
import { quotedForMysql as quoted } from './mysql-name.ts';
import { readZeroDates } from './mysql-zero-dates.ts';

/** Runs a fixed text of ours (names quoted) and answers rows as objects. */
export type Ask = (text: string, params?: readonly string[]) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** A column definition of the protocol, as mysql2 names its parts. */
export interface FieldDescription {
  readonly name: string;
  readonly columnType?: number;
  readonly flags?: number | string[];
  readonly characterSet?: number;
  readonly columnLength?: number;
  readonly schema?: string;
  readonly orgTable?: string;
  readonly orgName?: string;
}

export interface MysqlSource {
  /** FROM item. */
  readonly text: string;
  readonly kind: 'table' | 'view' | 'select';
}

/** Type codes of the protocol → the catalogue's words. */
const PROTOCOL_TYPES: Readonly<Record<number, string>> = {
  0: 'decimal',
  1: 'tinyint',
  2: 'smallint',
  3: 'int',
  4: 'float',
  5: 'double',
  7: 'timestamp',
  8: 'bigint',
  9: 'mediumint',
  10: 'date',
  11: 'time',
  12: 'datetime',
  13: 'year',
  15: 'varchar',
  16: 'bit',
  245: 'json',
  246: 'decimal',
  247: 'enum',
  248: 'set',
  249: 'tinytext',
  250: 'mediumtext',
  251: 'longtext',
  252: 'text',
  253: 'varchar',
  254: 'char',
  255: 'geometry',
};
const FLAG_UNSIGNED = 32;
const FLAG_ENUM = 256;
const FLAG_SET = 2048;
const BINARY_CHARSET = 63;
const BITS: Readonly<Record<string, bigint>> = { tinyint: 8n, smallint: 16n, mediumint: 24n, int: 32n, bigint: 64n };

const DATES = new Set(['date', 'datetime', 'timestamp']);

interface Known {
  readonly word: string;
  /** `int(10) unsigned`, `enum('H','M')` */
  readonly full: string;
  readonly unsigned: boolean;
  readonly charset: string | undefined;
  readonly collation: string | undefined;
  readonly nullable: boolean;
  readonly maxLength: number | undefined;
  readonly access: 0 | 2 | 3;
}

export const mysqlFacts = async (
  fields: readonly FieldDescription[],
  source: MysqlSource,
  ask: Ask,
): Promise<EntityFacts> => {
  const tables = new Map<string, Awaited<ReturnType<typeof readTable>>>();
  for (const { schema = '', orgTable = '' } of fields)
    if (orgTable !== '' && !tables.has(`${schema}.${orgTable}`))
      tables.set(`${schema}.${orgTable}`, await readTable(schema, orgTable, ask));
  const collations = await readCollations(fields, source, ask);
  const zeroDates = await readZeroDates(
    fields.filter((field) => DATES.has(fromProtocol(field).word)),
    tables,
    source,
    ask,
  );
  const columns = fields.map((field, index) => {
    const table = tables.get(`${field.schema}.${field.orgTable}`);
    const catalogued = table?.columns.get(field.orgName ?? '');
    const own = { ...fromProtocol(field), ...collations.get(field.name) };
    // An outer join makes a column NULL that its table says is not.
    const known =
      catalogued === undefined ? own : { ...catalogued, nullable: source.kind !== 'table' || catalogued.nullable };
    return toColumn(
      field.name,
      index,
      source.kind === 'view' && known.access === 0 ? { ...known, access: 2 } : known,
      zeroDates.has(field.name),
    );
  });
  const unique = source.kind === 'table' ? [...tables.values()].flatMap((table) => table.unique) : [];
  return { columns, unique };
};

const fromProtocol = ({ columnType = 253, flags = 0, characterSet = 0, columnLength }: FieldDescription): Known => {
  const bits = typeof flags === 'number' ? flags : 0;
  const isBinary = characterSet === BINARY_CHARSET;
  const named =
    (bits & FLAG_ENUM) !== 0 ? 'enum' : (bits & FLAG_SET) !== 0 ? 'set' : (PROTOCOL_TYPES[columnType] ?? 'unknown');
  const word = isBinary && /char|text/.test(named) ? 'varbinary' : named;
  return {
    word,
    full: word === 'bit' ? `bit(${columnLength ?? 1})` : word,
    unsigned: (bits & FLAG_UNSIGNED) !== 0,
    charset: undefined,
    collation: undefined,
    nullable: true,
    maxLength: undefined,
    access: 0,
  };
};

const typeOf = (word: string, full: string): ColumnType => {
  if (word in BITS || word === 'year') return 'integer';
  if (/char$|text$|^enum$|^set$/.test(word)) return 'text';
  if (word === 'bit') return full === 'bit(1)' ? 'boolean' : 'integer';
  if (word === 'float' || word === 'double') return 'float';
  if (word === 'timestamp') return 'instant';
  return word === 'decimal' || word === 'date' || word === 'datetime' ? word : 'other';
};

const rangeOf = ({ word, unsigned, full }: Known): readonly [bigint, bigint] | undefined => {
  if (word === 'year') return [0n, 2155n];
  const bits = word === 'bit' ? BigInt(/\d+/.exec(full)?.[0] ?? 64) : BITS[word];
  if (bits === undefined) return undefined;
  return unsigned || word === 'bit' ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
};

/** The members in `enum('A','it''s')`. */
const members = (full: string): readonly string[] =>
  [...full.matchAll(/'((?:[^']|'')*)'/g)].map(([, member = '']) => member.replaceAll("''", "'"));

const toColumn = (name: string, index: number, known: Known, zeroDates: boolean): StoredColumn => {
  const type = typeOf(known.word, known.full);
  const binary = /binary$/.test(known.word);
  const hasMembers = (known.word === 'enum' || known.word === 'set') && known.full.includes('(');
  return {
    name,
    index,
    type,
    nativeType: known.full,
    nullable: known.nullable,
    searchable: type !== 'other',
    sortable: type !== 'other' || binary,
    cast: binary ? 'binary' : known.word,
    folds: type === 'text',
    charset: known.charset,
    collation: known.collation,
    range: rangeOf(known),
    ...(hasMembers ? { values: members(known.full) } : {}),
    ...(known.maxLength === undefined || hasMembers ? {} : { maxLength: known.maxLength }),
    ...(zeroDates && (type === 'date' || type === 'datetime' || type === 'instant') ? { zeroDates } : {}),
    access: known.access,
  };
};

const readTable = async (schema: string, table: string, ask: Ask) => {
  const columns = await ask(
    `select column_name as name, data_type as word, column_type as full, character_set_name as charset, collation_name as collation,
       is_nullable as nullable, character_maximum_length as length, column_default as standard
     from information_schema.columns where table_schema = ? and table_name = ?`,
    [schema, table],
  );
  const indexes = await ask(
    `select index_name as name, seq_in_index as place, column_name as part, non_unique as several, sub_part as cut
     from information_schema.statistics where table_schema = ? and table_name = ? and index_type = 'BTREE' order by index_name, seq_in_index`,
    [schema, table],
  );
  const names = [...new Set(indexes.map(({ name }) => String(name)))];
  const sets = names.map((name) => {
    const parts = indexes.filter((index) => String(index.name) === name);
    return {
      unique: parts.every(({ several, cut }) => Number(several) === 0 && cut === null),
      parts: parts.map(({ part }) => String(part)),
    };
  });
  const accessOf = (column: string): 0 | 2 | 3 => {
    const leading = sets.filter(({ parts }) => parts[0] === column);
    if (leading.some(({ unique, parts }) => unique && parts.length === 1)) return 3;
    return leading.length > 0 ? 2 : 0;
  };
  const known = new Map(
    columns.map((row): [string, Known] => [
      String(row.name),
      {
        word: String(row.word).toLowerCase(),
        full: String(row.full),
        unsigned: /unsigned/.test(String(row.full)),
        charset: row.charset === null ? undefined : String(row.charset),
        collation: row.collation === null ? undefined : String(row.collation),
        nullable: row.nullable !== 'NO',
        maxLength: row.length === null ? undefined : Number(row.length),
        access: accessOf(String(row.name)),
      },
    ]),
  );
  const unique = sets
    .filter((set) => set.unique && set.parts.every((part) => known.get(part)?.nullable === false))
    .map(({ parts }) => parts);
  const zeroDefaults = new Set(
    columns.filter(({ standard }) => /^'?0000-00-00/.test(String(standard))).map(({ name }) => String(name)),
  );
  return { columns: known, unique, zeroDefaults };
};

/** Character set and collation of text that an expression makes, by a row that is never made. */
const readCollations = async (fields: readonly FieldDescription[], source: MysqlSource, ask: Ask) => {
  const found = new Map<string, { readonly charset: string; readonly collation: string }>();
  const texts = fields.filter((field) => typeOf(fromProtocol(field).word, '') === 'text');
  if (texts.length === 0) return found;
  const selected = texts.map(
    ({ name }, n) => `charset(s.${quoted(name)}) as h${n}, collation(s.${quoted(name)}) as c${n}`,
  );
  const [row] = await ask(`select ${selected.join()} from (select 1 as one) o left join ${source.text} s on 1 = 0`);
  texts.forEach(({ name }, n) => {
    const [charset, collation] = [row?.[`h${n}`], row?.[`c${n}`]];
    if (typeof charset === 'string' && typeof collation === 'string') found.set(name, { charset, collation });
  });
  return found;
};
