/** One registry full of awkward values on each database: folding and binary collations, padding, narrow character sets, every type. */

const TEXTS = [
  '',
  'a',
  'A',
  'á',
  'ä',
  'Muñoz',
  'munoz',
  'MUÑOZ',
  'Müller',
  'müller',
  'MULLER',
  '012',
  '12',
  '12abc',
  '0012',
  '%',
  '_',
  'a%b',
  'a_b',
  'axb',
  '\\',
  'a\\b',
  '!',
  'a!%',
  "it's",
  '"q"',
  ' lead',
  'ss',
  'ß',
  'straße',
  'strasse',
  'ÿ',
  'null',
  'true',
] as const;
const WIDE = ['é', 'e\u0301', 'ı', 'İ', '😀', '😀x', 'Жук', 'жук', '漢字'] as const;
const TRAILING = ['12 ', 'a ', 'Muñoz  ', ' '] as const;
const WORDS = ['H', 'M', 'X y'] as const;
const INTEGERS = [0, 1, -1, 12, 127, -128, 5, 100] as const;
const BIG = ['0', '1', '9007199254740993', '-9007199254740993', '9223372036854775807', '12'] as const;
const DECIMALS = ['0.00', '1.50', '-1.50', '12345.67', '0.10', '12.00'] as const;
const DATES = ['1950-07-12', '1900-01-01', '2023-02-28', '2024-02-29', '1999-12-31'] as const;
const TIMES = [
  '1950-07-12 00:00:00',
  '2022-05-05 00:00:00.123456',
  '2022-05-05 23:59:59',
  '2022-05-05 00:00:00.5',
] as const;

type Cell = string | number | boolean | null;

/** The same numbers every time (mulberry32). */
const generator = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};

export interface SqlWorld {
  readonly schema: readonly string[];
  readonly entities: Readonly<Record<string, object>>;
}

interface WorldWords {
  readonly thing: readonly (readonly [name: string, type: string, values: readonly Cell[]])[];
  readonly text: string;
  readonly indexes: readonly string[];
  readonly preparation?: readonly string[];
  readonly literal: (value: Cell) => string;
}

const THINGS = 60;
const PARTS = 110;

const build = ({ thing, text, indexes, preparation = [], literal }: WorldWords): SqlWorld => {
  const pick = generator(7);
  const one = (values: readonly Cell[]): Cell => (pick(6) === 0 ? null : (values[pick(values.length)] ?? null));
  const row = (cells: readonly Cell[]) => `(${cells.map(literal).join(', ')})`;
  const insert = (table: string, rows: readonly string[]) => `insert into ${table} values ${rows.join(', ')}`;
  const codes = [...TEXTS.filter((code) => code !== '')];
  const things = Array.from({ length: THINGS }, (_, id) =>
    row([id + 1, pick(12) === 0 ? 1 : 0, codes[pick(8)] ?? '', ...thing.map(([, , values]) => one(values))]),
  );
  const parts = Array.from({ length: PARTS }, (_, id) =>
    row([
      id + 1,
      one([...Array(THINGS).keys()]),
      one(['P', 'N', 'p']),
      one([...TEXTS, ...WIDE]),
      one([1, 2, 3]),
      pick(9) === 0 ? 1 : 0,
    ]),
  );
  const labels = codes.slice(0, 8).map((code, id) => row([id + 1, code, one(TEXTS)]));
  const columns = thing.map(([name, type]) => `${name} ${type}`).join(', ');
  const edges = {
    parts: { entity: 'part', on: { id: 'thing_id' }, order: ['-rank', 'value'] },
    papers: { entity: 'part', on: { id: 'thing_id' }, where: { kind: 'P' }, order: ['value'] },
    labels: { entity: 'label', on: { code: 'code' } },
  };
  return {
    schema: [
      ...preparation,
      `create table thing (id int primary key, gone int not null, code ${text} not null, ${columns})`,
      `create table part (id int primary key, thing_id int, kind ${text}, value ${text}, ${QUOTED_RANK} int, voided int not null)`,
      `create table label (id int primary key, code ${text} not null, caption ${text})`,
      insert('thing', things),
      insert('part', parts),
      insert('label', labels),
      'create index part_thing on part(thing_id)',
      'create index label_code on label(code)',
      ...indexes,
    ].map((statement) => statement.replaceAll(QUOTED_RANK, 'rank_no')),
    entities: {
      thing: { table: 'thing', key: 'id', live: { gone: 0 }, children: renamed(edges) },
      shown: {
        select: 'select t.*, l.caption from thing t left join label l on l.id = t.id -- every thing, with a caption',
        key: 'id',
        where: { gone: [0, 1] },
        live: { gone: 0 },
        children: renamed({ ...edges, few: { ...edges.parts, max: 1 } }),
      },
      part: {
        table: 'part',
        key: ['id'],
        live: { voided: 0 },
        children: { things: { entity: 'thing', on: { thing_id: 'id' } } },
      },
      label: {
        table: 'label',
        key: ['code', 'id'],
        children: { things: { entity: 'shown', on: { code: 'code' }, order: ['-id'] } },
      },
    },
  };
};

const QUOTED_RANK = '@rank@';
const renamed = (edges: object): object =>
  JSON.parse(JSON.stringify(edges).replaceAll('-rank"', '-rank_no"')) as object;

const plain = (value: Cell): string =>
  value === null ? 'null' : typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);

const withBackslash = (value: Cell): string =>
  typeof value === 'string' ? plain(value.replaceAll('\\', '\\\\')) : plain(value);

const all = [...TEXTS, ...WIDE, ...TRAILING];
const narrow = [...TEXTS, ...TRAILING];

export const sqliteWorld = (): SqlWorld =>
  build({
    text: 'text',
    literal: plain,
    thing: [
      ['t_text', 'text', all],
      ['t_nocase', 'varchar(40) collate nocase', all],
      ['t_rtrim', 'text collate rtrim', all],
      ['n_int', 'integer', INTEGERS],
      ['n_big', 'bigint', BIG],
      ['n_real', 'real', [0, 0.1, 1.5, -2.25, 1e21]],
      ['n_dec', 'decimal(7,2)', [0, 1.5, -1.5, 12345.67, 0.1]],
      ['b_bool', 'boolean', [0, 1]],
      ['d_date', 'date', DATES],
      ['d_time', 'datetime', TIMES],
    ],
    indexes: [
      'create index thing_text on thing(t_text)',
      'create index thing_nocase on thing(t_nocase)',
      'create index thing_binary on thing(t_rtrim collate nocase)',
      'create index thing_int on thing(n_int)',
    ],
  });

export const mariadbWorld = (): SqlWorld =>
  build({
    text: 'varchar(60) character set utf8mb4 collate utf8mb4_general_ci',
    literal: withBackslash,
    preparation: ["set sql_mode = ''"],
    thing: [
      ['t_general', 'varchar(40) character set utf8mb4 collate utf8mb4_general_ci', all],
      ['t_unicode', 'varchar(40) character set utf8mb4 collate utf8mb4_unicode_ci', all],
      ['t_binary', 'varchar(40) character set utf8mb4 collate utf8mb4_bin', all],
      ['t_three', 'varchar(40) character set utf8mb3 collate utf8mb3_general_ci', [...narrow, 'Жук', 'é']],
      ['t_latin', 'varchar(40) character set latin1 collate latin1_swedish_ci', [...narrow, '€']],
      ['t_greek', 'varchar(40) character set greek collate greek_general_ci', ['άλφα', 'ΑΛΦΑ', 'a', 'A', 'a ']],
      ['t_char', 'char(20) character set latin1', narrow],
      ['e_kind', "enum('','H','M','X y') character set latin1", WORDS],
      ['e_set', "set('VIS','AUD','MOT') character set latin1", ['VIS', 'VIS,AUD', '', 'AUD,MOT']],
      ['n_int', 'int', INTEGERS],
      ['n_tiny', 'tinyint(1)', [0, 1, 2]],
      ['n_unsigned', 'int unsigned', [0, 1, 12, 4294967295]],
      ['n_big', 'bigint', BIG],
      ['n_dec', 'decimal(7,2)', DECIMALS],
      ['n_double', 'double', [0, 0.1, 1.5, -2.25, 1e21]],
      ['n_float', 'float', [0, 0.1, 1.5, -2.25]],
      ['b_bit', 'bit(1)', [0, 1]],
      ['d_date', 'date', [...DATES, '0000-00-00']],
      ['d_time', 'datetime(6)', TIMES],
      ['d_stamp', 'timestamp null', ['2022-05-05 10:00:00', '1999-12-31 23:59:59']],
    ],
    indexes: [
      'create index thing_general on thing(t_general)',
      'create index thing_latin on thing(t_latin)',
      'create index thing_char on thing(t_char)',
      'create index thing_date on thing(d_date)',
    ],
  });

export const postgresWorld = (): SqlWorld =>
  build({
    text: 'varchar(60)',
    literal: (value) =>
      typeof value === 'string' ? plain(value) : typeof value === 'number' ? `${value}` : plain(value),
    preparation: [
      'create extension if not exists citext',
      "create collation folding (provider = icu, locale = 'und-u-ks-level1', deterministic = false)",
      "create collation spanish (provider = icu, locale = 'es')",
      "create type kind as enum ('H', 'M', 'X y')",
      'create domain short as varchar(20)',
    ],
    thing: [
      ['t_text', 'text', all],
      ['t_varchar', 'varchar(40) collate spanish', all],
      ['t_c', 'text collate "C"', all],
      ['t_folding', 'text collate folding', all],
      ['t_citext', 'citext', all],
      ['t_char', 'char(20)', all],
      ['t_short', 'short', narrow],
      ['e_kind', 'kind', WORDS],
      ['u_uuid', 'uuid', ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '00000000-0000-0000-0000-000000000012']],
      ['n_small', 'smallint', INTEGERS],
      ['n_int', 'int', INTEGERS],
      ['n_big', 'bigint', BIG],
      ['n_dec', 'numeric(7,2)', DECIMALS],
      ['n_double', 'float8', [0, 0.1, 1.5, -2.25, 1e21]],
      ['n_float', 'float4', [0, 0.1, 1.5, -2.25]],
      ['b_bool', 'boolean', [true, false]],
      ['d_date', 'date', DATES],
      ['d_time', 'timestamp', TIMES],
      ['d_stamp', 'timestamptz', ['2022-05-05 10:00:00+03', '1999-12-31 23:59:59.5+00']],
      ['j_json', 'jsonb', ['{"a": 1}']],
    ],
    indexes: [
      'create index thing_text on thing(t_text text_pattern_ops)',
      'create index thing_char on thing(t_char)',
      'create index thing_citext on thing(t_citext)',
      'create index thing_date on thing(d_date)',
    ],
  });
