/** Random mappings of a small registry with columns of every type, and random rows for it. */

import type { NativeValue } from '../../src/plugin.ts';
import fc from './fast-check.ts';
import { column, entity } from './mapping-rig.ts';
import type { MemoryRegistry } from './memory-plugin.ts';
import { AWKWARD_TEXTS } from './random-filters.ts';

type Row = Record<string, NativeValue>;

const PERSON = {
  ...({
    id: 'integer',
    home_id: 'integer',
    t1: 'text',
    t2: 'text',
    t1_folded: 'text',
    i1: 'integer',
    i2: 'integer',
  } as const),
  ...({
    n1: 'decimal',
    f1: 'float',
    b1: 'boolean',
    flag: 'integer',
    d1: 'date',
    dt1: 'datetime',
    ts1: 'instant',
  } as const),
  ...({ iso: 'text', dmy: 'text', numeric: 'text', list: 'text' } as const),
  e1: column('e1', 'text', { values: ['', 'M', 'F', 'X'], nativeType: "enum('','M','F','X')" }),
};

export const RANDOM_ENTITIES = [
  entity('person', ['id'], PERSON, {
    papers: { entity: 'paper', on: { id: 'person_id' } },
    home: { entity: 'home', on: { home_id: 'id' } },
  }),
  entity('paper', ['id'], {
    id: 'integer',
    person_id: 'integer',
    kind: 'text',
    number: 'text',
    rank: 'integer',
    note: 'text',
  }),
  entity(
    'home',
    ['id'],
    { id: 'integer', name: 'text', size: 'integer', score: 'decimal' },
    { members: { entity: 'person', on: { id: 'home_id' } } },
  ),
];

/** By entity and child edge: the order of the child's columns. */
export const RANDOM_EDGES = {
  person: { papers: { order: ['-rank'] }, home: {} },
  paper: {},
  home: { members: { order: ['-flag'] } },
};

const nullable = <T extends NativeValue>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 5, arbitrary: value }, { weight: 1, arbitrary: fc.constant(null) });

const texts = fc.constantFrom(...AWKWARD_TEXTS);
const days = fc.constantFrom(
  '0001-01-01',
  '1900-01-01',
  '1950-07-12',
  '1990-02-28',
  '1990-03-01',
  '2020-11-02',
  '9999-12-31',
);
/** Around the jumps of clocks in Berlin, too. */
const times = fc.constantFrom(
  ...[
    '1950-07-12 00:00:00',
    '1990-02-28 23:59:59',
    '1990-03-25 01:59:59',
    '1990-03-25 02:30:00',
    '1990-03-25 03:00:00',
  ],
  ...[
    '1990-09-30 01:30:00',
    '1990-09-30 02:00:00',
    '1990-09-30 02:30:00',
    '1990-09-30 03:00:00',
    '2020-11-02 12:00:00.25',
  ],
);
const small = fc.integer({ min: -2, max: 12 });
const decimals = fc.constantFrom('0', '0.50', '1.25', '45.20', '-0.50', '12');

const personRow = (id: number): fc.Arbitrary<Row> =>
  fc
    .record({
      ...{ home_id: nullable(fc.integer({ min: 1, max: 4 })), t1: nullable(texts), t2: nullable(texts) },
      ...{
        i1: nullable(small),
        i2: nullable(fc.constantFrom(0, 1, 7, 42, 999, 1000, 123_456)),
        n1: nullable(decimals),
      },
      ...{
        f1: nullable(fc.constantFrom(0, 0.5, 1.25, 12)),
        b1: nullable(fc.boolean()),
        flag: nullable(fc.constantFrom(0, 1, 2)),
      },
      ...{ d1: nullable(days), dt1: nullable(times), ts1: nullable(times.map((time) => `${time.replace(' ', 'T')}Z`)) },
      iso: nullable(fc.oneof(days, fc.constantFrom('', 'x', '199', 'zzzzzzzzzz'))),
      dmy: nullable(fc.constantFrom('31/12/1999', '01/01/1900', '30/02/1999', '1/1/1999', '', '12/07/1950')),
      numeric: nullable(fc.constantFrom('0', '7', '07', '7.0', '12', '', 'x', '-1', '0.5')),
      list: nullable(fc.constantFrom('', 'a', 'a,b', 'b, c', ',')),
      e1: nullable(fc.constantFrom('', 'M', 'F', 'X')),
    })
    .map((row) => ({ ...row, id, t1_folded: row.t1 === null ? null : fold(row.t1) }));

const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

const paperRow = (id: number): fc.Arbitrary<Row> =>
  fc
    .record({
      ...{
        person_id: fc.integer({ min: 1, max: 8 }),
        kind: nullable(fc.constantFrom('P', 'N', 'X', '')),
        number: nullable(texts),
      },
      ...{ rank: nullable(fc.integer({ min: 0, max: 2 })), note: nullable(texts) },
    })
    .map((row) => ({ ...row, id }));

const homeRow = (id: number): fc.Arbitrary<Row> =>
  fc.record({ name: nullable(texts), size: nullable(small), score: nullable(decimals) }).map((row) => ({ ...row, id }));

export const randomRegistries: fc.Arbitrary<MemoryRegistry> = fc
  .record({
    person: fc.tuple(...Array.from({ length: 8 }, (_, at) => personRow(at + 1))),
    paper: fc.tuple(...Array.from({ length: 10 }, (_, at) => paperRow(at + 1))),
    home: fc.tuple(...Array.from({ length: 4 }, (_, at) => homeRow(at + 1))),
  })
  .map((rows) => ({ entities: RANDOM_ENTITIES, rows, children: RANDOM_EDGES }));

const maybe = (key: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<object> =>
  fc.oneof(
    fc.constant({}),
    value.map((each) => ({ [key]: each })),
  );

const merged = (...parts: readonly fc.Arbitrary<object>[]): fc.Arbitrary<object> =>
  fc.tuple(...parts).map((objects) => Object.assign({}, ...objects) as object);

const whenPerson = maybe(
  'when',
  fc.constantFrom({ flag: 1 }, { b1: true }, { t2: ['a', '1', null] }, { i1: [0, 1, 2, 3], e1: 'M' }),
);
const emptyTexts = maybe('empty', fc.constantFrom([], ['', '0'], ['', 'a', 'á']));

const textLeaf: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom('t1', 't2', 'i1', 'e1', 'b1', 'n1', 'd1', { from: ['n1', 't1'] }),
  merged(
    fc.constantFrom({ from: 't1' }, { from: ['t1', 't2'] }, { from: ['i1', 't2', 't1'] }),
    emptyTexts,
    whenPerson,
    maybe('default', fc.constantFrom('a', 'none')),
  ),
  merged(
    fc.constantFrom(
      { template: '{t1}-{i1}' },
      { template: 'x{i2:03}{t2}' },
      { template: '{t1:1}{t2:2}/{i1}' },
      { template: '{t1:03}' },
      { template: '{i2:2}.{t1}.{t2}' },
    ),
    emptyTexts,
    whenPerson,
  ),
  fc.constantFrom({ const: 'a' }, { const: 'fixed', when: { flag: 1 } }),
);

/** One way of comparing for each field: several sources must agree on it. */
const anyText: fc.Arbitrary<unknown> = fc.oneof(
  textLeaf,
  merged(
    fc.constantFrom({ from: 't1', match: 'nocase' }, { from: 't1', match: 'fold', search: 't1_folded' }),
    emptyTexts,
    whenPerson,
  ),
);

const codedLeaf = (values: readonly unknown[]): fc.Arbitrary<unknown> =>
  merged(
    fc.oneof(
      fc.constant({ from: 'e1', codes: { M: values[0], F: values[1] } }),
      fc
        .constant({ from: ['e1', 'i1'], codes: { M: values[0], X: values[1], ...{} }, ...{} })
        .map(() => ({ from: 'i1', codes: { 1: values[0], 2: values[1], 3: values[0] } })),
      fc.constant({ from: ['t1', 't2'], codes: { a: values[0], '01': values[1], 1: values[0] } }),
      fc.constant({ from: 'b1', codes: { true: values[0], 0: values[1] } }),
    ),
    maybe('else', fc.constantFrom(...values)),
    maybe('default', fc.constantFrom(...values)),
    whenPerson,
  );

const dateLeaf: fc.Arbitrary<unknown> = merged(
  fc
    .constantFrom(
      { from: 'd1' },
      { from: 'dt1' },
      { from: 'ts1' },
      { from: 'iso' },
      { from: 'dmy', format: 'dd/MM/yyyy' },
      { from: ['d1', 'dt1'] },
    )
    .map((leaf) => ({ as: 'date', ...leaf })),
  maybe('empty', fc.constantFrom(['', '1900-01-01'], ['', '01/01/1900'])),
  whenPerson,
);

const timeLeaf: fc.Arbitrary<unknown> = merged(
  fc.constantFrom({ from: 'd1' }, { from: 'dt1' }, { from: 'ts1' }, { from: ['dt1', 'ts1'] }),
  whenPerson,
);

const numberLeaf: fc.Arbitrary<unknown> = merged(
  fc.constantFrom(
    { from: 'size' },
    { from: 'score' },
    { from: ['score', 'size'], default: 7 },
    { from: 'size', empty: ['0', '1'] },
  ),
);

const paperValue = fc.constantFrom<unknown>(
  'number',
  { from: ['number', 'note'] },
  { from: 'number', need: true },
  { from: 'number', empty: ['', '0', 'a'], need: true },
  { template: '{kind}-{number}', need: true },
);
const paperType = fc.constantFrom<unknown>(
  'kind',
  { from: 'kind', codes: { P: 'passport', N: 'national' } },
  { from: 'kind', codes: { P: 'passport' }, else: 'other', default: 'none' },
  { const: 'national' },
);

const paperItem = merged(
  fc.constantFrom(
    { each: 'papers' },
    { each: 'papers', when: { rank: [1, 2] } },
    { first: 'papers' },
    { first: 'papers', when: { kind: 'P' } },
  ),
  fc.record({ identifier_type: paperType, identifier_value: paperValue }),
);

const ownItem = merged(
  fc.record({
    identifier_type: fc.constantFrom({ const: 'own' }, 'e1'),
    identifier_value: fc.constantFrom<unknown>('t2', { from: 'i2', need: true }, { template: '{i1}-{t1}', need: true }),
  }),
  whenPerson,
);

const phoneItem = fc.oneof<fc.Arbitrary<unknown>[]>(
  textLeaf,
  fc.constantFrom(
    { each: 'papers', from: 'note' },
    { first: 'papers', when: { rank: 1 }, from: 'note' },
    { from: 'list', split: ',' },
  ),
);

const nameOf = fc.oneof(
  fc.record({ surname: anyText, given_name: anyText }),
  fc.constantFrom(
    { first: 'papers', surname: 'number', given_name: { from: 'note', match: 'nocase' } },
    { first: 'papers', when: { kind: ['P', 'N'] }, surname: { from: 'number', need: true }, prefix: 'note' },
  ),
);

const addressItem = merged(fc.record({ locality: textLeaf, region_code: codedLeaf(['N', 'S']) }), whenPerson);

/** The value of a `records` section, with attributes of every kind. */
export const randomRecords: fc.Arbitrary<object> = fc
  .record({
    identifier: fc.array(fc.oneof(paperItem, ownItem), { minLength: 1, maxLength: 3 }),
    name: nameOf,
    sex: codedLeaf(['male', 'female', 'unknown']),
    birth_date: dateLeaf,
    death_date: dateLeaf,
    birth_place: textLeaf,
    email: fc.constantFrom([{ expr: 't1 & t2', from: ['t1', 't2'] }]),
    is_disabled: fc.oneof(fc.constantFrom('b1', 'flag'), codedLeaf([true, false])),
    phone_number: fc.array(phoneItem, { minLength: 1, maxLength: 3 }),
    address: fc.array(addressItem, { minLength: 1, maxLength: 2 }),
    registration_date: timeLeaf,
    score: numberLeaf,
    group_type: fc.constantFrom<unknown>('name', { from: 'size', codes: { 1: 'single', 2: 'pair' }, else: 'large' }),
    head: fc.constantFrom<object>({ first: 'members' }, { first: 'members', when: { flag: 1 } }),
  })
  .map(({ score, group_type, head, ...person }) => ({
    Person: {
      entity: 'person',
      fields: person,
      attributes: { born: 'birth_date', called: { any: ['birth_place', 'sex'] } },
    },
    Member: {
      entity: 'person',
      fields: {
        member_identifier: { same: 'Person.identifier' },
        demographic_info: { record: 'Person', only: ['identifier', 'name', 'birth_date'] },
        is_disabled: { from: 'b1' },
      },
    },
    Group: {
      entity: 'home',
      fields: {
        group_identifier: [{ identifier_type: { const: 'home' }, identifier_value: { from: 'id', need: true } }],
        group_type,
        poverty_score: score,
        group_head_info: { ...head, record: 'Member' },
        member_list: { each: 'members', record: 'Member' },
      },
    },
  }));
