/** The contract of every plugin, on files full of awkward values. */

import { join } from 'node:path';
import { seededRandom } from '../../../config/sample/make/random.ts';
import type { CsvConfig } from '../../../plugins/csv/config.ts';
import csv from '../../../plugins/csv/index.ts';
import { pluginSuite } from '../../contract/plugin.suite.ts';
import { makeFolder } from './files.ts';

const TEXTS = [
  '',
  'a',
  'A',
  'á',
  'a\u0301',
  'Muñoz',
  'munoz',
  'MUÑOZ',
  '012',
  '12',
  '12abc',
  '12 ',
  ' ',
  '%',
  'a%b',
  'a_b',
  '\\',
  "it's",
  '"q"',
  'a,b',
  'two\nlines',
  'ß',
  'ss',
  '😀',
  'Жук',
  '漢字',
  'null',
] as const;
const INTEGERS = ['', '0', '-1', '007', '12', '9007199254740993', '-9223372036854775808'] as const;
const NUMBERS = ['', '0', '1.50', '-.5', '1e3', '12345.67'] as const;
const DATES = ['', '12/07/1950', '29/02/2024', '01/01/1900'] as const;
const TIMES = ['', '1950-07-12T00:00', '2022-05-05 00:00:00.123456', '2022-05-05 23:59:59'] as const;
const INSTANTS = ['', '2022-05-05T23:59:59Z', '2022-05-06T02:59:59+03:00', '1950-07-12 00:00:00-05:00'] as const;
const BOOLEANS = ['', 'yes', 'N', '1', 'false'] as const;

const random = seededRandom(11);
const field = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const file = (header: string, rows: number, make: (row: number) => readonly string[]): string =>
  [header, ...Array.from({ length: rows }, (_, row) => make(row).map(field).join(';'))].join('\r\n');

const THINGS = 60;
const things = file('id;t;n;f;d;dt;i;b', THINGS, (row) => [
  `T${row}`,
  random.pick(TEXTS),
  random.pick(INTEGERS),
  random.pick(NUMBERS),
  random.pick(DATES),
  random.pick(TIMES),
  random.pick(INSTANTS),
  random.pick(BOOLEANS),
]);
const parts = file('thing;no;kind;value', 110, (row) => [
  `T${random.between(0, THINGS + 5)}`,
  String(row),
  random.pick(['P', 'N', 'p', '']),
  random.pick(TEXTS),
]);

const edges = {
  parts: { entity: 'part', on: { id: 'thing' }, order: ['-value'] },
  papers: { entity: 'part', on: { id: 'thing' }, where: { kind: 'P' }, order: ['value', 'no'] },
};

const CONFIG: CsvConfig = {
  separator: ';',
  reload_every: 'never',
  files: {
    things: {
      file: 'things.csv',
      key: 'id',
      types: { n: 'integer', f: 'number', d: 'date dd/mm/yyyy', dt: 'datetime', i: 'instant', b: 'boolean' },
      fold: ['t'],
      index: ['t', 'n', 'd'],
    },
    parts: { file: 'parts.csv', key: ['thing', 'no'], types: { no: 'integer' }, index: ['value'] },
  },
  entities: {
    thing: { table: 'things', live: { b: [true, null] }, children: edges },
    kept: {
      select: 'select t.*, (select count(*) from parts p where p.thing = t.id) as parts from things t',
      keep: true,
      key: 'id',
      index: ['t'],
      children: { ...edges, few: { ...edges.parts, max: 1 } },
    },
    seen: { select: 'select id, t, upper(t) as loud from things', key: 'id', children: edges },
    part: {
      table: 'parts',
      where: { kind: ['P', 'p', 'N'] },
      children: { things: { entity: 'kept', on: { thing: 'id' } } },
    },
  },
};

const ignore = () => undefined;

pluginSuite({
  name: 'csv',
  filters: 200,
  open: async () => {
    const folder = makeFolder({ 'things.csv': things, 'parts.csv': parts });
    const plugin = await csv.create(CONFIG, {
      registry: 'test',
      baseFolder: folder.path,
      stateFolder: join(folder.path, 'state'),
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      progress: ignore,
    });
    return { plugin, close: async () => folder[Symbol.dispose]() };
  },
});
