/** Each item of the vocabulary, out and in, on one small registry. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operator, Scalar } from '../../src/dci/filter.ts';
import type { NativeValue } from '../../src/plugin.ts';
import { column, entity, read, rig, where } from '../support/mapping-rig.ts';

const ENTITIES = [
  entity(
    'person',
    ['id'],
    {
      ...{
        id: 'integer',
        a: 'text',
        b: 'text',
        a_folded: 'text',
        n: 'integer',
        score: 'decimal',
        yes: 'boolean',
        bit: 'integer',
      },
      ...{ day: 'date', at: 'datetime', moment: 'instant', dmy: 'text', ymd: 'text', amount: 'text', tags: 'text' },
      kind: column('kind', 'text', { values: ['H', 'M'], nativeType: "enum('H','M')" }),
    },
    { papers: { entity: 'paper', on: { id: 'person_id' } } },
  ),
  entity('paper', ['id'], { id: 'integer', person_id: 'integer', type: 'text', number: 'text', rank: 'integer' }),
];

interface Case {
  readonly fields: string;
  readonly attributes?: string;
  readonly rows: readonly Readonly<Record<string, NativeValue>>[];
  readonly papers?: readonly Readonly<Record<string, NativeValue>>[];
  readonly timezone?: string;
}

const set = ({ fields, attributes, rows, papers, timezone }: Case) => {
  const yaml = `records:\n  Person:\n    entity: person\n    fields: ${fields}\n${attributes === undefined ? '' : `    attributes: ${attributes}\n`}`;
  const mapping = read(yaml, timezone === undefined ? {} : { timezone }).bind(ENTITIES);
  const registry = {
    entities: ENTITIES,
    rows: {
      person: rows.map((row, at) => ({ id: at + 1, ...row })),
      paper: (papers ?? []).map((row, at) => ({ id: at + 1, ...row })),
    },
    children: { person: { papers: { order: ['-rank'] } } },
  };
  const { search } = rig(mapping, registry);
  return {
    mapping,
    attribute: (name: string) => mapping.records.get('Person')?.attributes.get(name),
    /** The field of every record, undefined where it is absent. */
    out: async (field: string): Promise<unknown[]> => (await search('Person')).map((record) => record[field]),
    /** Ids of the records that are found. The mapping renders `id` as email. */
    found: async (name: string, operator: Operator, ...values: Scalar[]): Promise<unknown[]> =>
      (await search('Person', where(mapping, 'Person', name, operator, ...values))).map(
        (record) => (record.email as string[])[0],
      ),
    refuses: (name: string, operator: Operator): boolean => {
      const attribute = mapping.records.get('Person')?.attributes.get(name);
      return attribute?.operators.has(operator) !== true;
    },
  };
};

const ID = 'email: id';

test('from takes the first column that is not empty, and finds by it alone', async () => {
  const { out, found } = set({
    fields: `{ ${ID}, birth_place: { from: [a, b] } }`,
    rows: [
      { a: 'x', b: 'y' },
      { a: '', b: 'y' },
      { a: null, b: 'x' },
      { a: null, b: null },
    ],
  });
  assert.deepEqual(await out('birth_place'), ['x', 'y', 'x', undefined]);
  assert.deepEqual(await found('birth_place', 'eq', 'x'), ['1', '3']);
  assert.deepEqual(await found('birth_place', 'eq', 'y'), ['2']);
  assert.deepEqual(await found('birth_place', 'ne', 'y'), ['1', '3']);
  assert.deepEqual(await found('birth_place', 'exists', false), ['4']);
});

test('const is decided before the query runs', async () => {
  const { mapping, found } = set({ fields: `{ ${ID}, birth_place: { const: here } }`, rows: [{}] });
  assert.deepEqual(await found('birth_place', 'eq', 'here'), ['1']);
  const search = {
    recordType: 'Person',
    view: { of: () => ({ shows: () => true, showsIdentifier: () => true, rows: undefined }) },
  };
  const { query } = mapping.compile({
    ...{ ...search, projection: undefined, sort: [], limit: 1, offset: 0, countCap: 1 },
    filter: where(mapping, 'Person', 'birth_place', 'eq', 'there'),
  });
  assert.equal(query, undefined);
});

test('a template joins columns and is taken apart into equalities', async () => {
  const { out, found, refuses, mapping } = set({
    fields: `{ ${ID}, birth_place: { template: "{a}-{n:03}" } }`,
    rows: [
      { a: 'x', n: 7 },
      { a: 'x-y', n: 12 },
      { a: '', n: 7 },
      { a: 'x', n: 1000 },
    ],
  });
  assert.deepEqual(await out('birth_place'), ['x-007', 'x-y-012', undefined, undefined]);
  assert.deepEqual(await found('birth_place', 'eq', 'x-007'), ['1']);
  assert.deepEqual(await found('birth_place', 'in', 'x-y-012', 'x-7'), ['2']);
  assert.deepEqual(await found('birth_place', 'exists', true), ['1', '2']);
  assert.ok(refuses('birth_place', 'contains'));
  const native = mapping.compile({
    ...{
      recordType: 'Person',
      view: { of: () => ({ shows: () => true, showsIdentifier: () => true, rows: undefined }) },
    },
    ...{ projection: undefined, sort: [], limit: 1, offset: 0, countCap: 1 },
    filter: where(mapping, 'Person', 'birth_place', 'eq', 'x-007'),
  }).query?.filter;
  assert.deepEqual(native, {
    kind: 'and',
    of: [
      { kind: 'compare', column: 'a', op: 'eq', value: 'x' },
      { kind: 'compare', column: 'n', op: 'eq', value: 7 },
    ],
  });
});

test('a day finds all times of the day in a column of datetimes, without touching the column', async () => {
  const { out, found } = set({
    fields: `{ ${ID}, birth_date: { from: at, as: date } }`,
    rows: [
      { at: '1990-05-01 00:00:00' },
      { at: '1990-05-01 23:59:59.999' },
      { at: '1990-05-02 00:00:00' },
      { at: null },
    ],
  });
  assert.deepEqual(await out('birth_date'), ['1990-05-01', '1990-05-01', '1990-05-02', undefined]);
  assert.deepEqual(await found('birth_date', 'eq', '1990-05-01'), ['1', '2']);
  assert.deepEqual(await found('birth_date', 'gt', '1990-05-01'), ['3']);
  assert.deepEqual(await found('birth_date', 'le', '1990-05-01'), ['1', '2']);
  assert.deepEqual(await found('birth_date', 'ne', '1990-05-01'), ['3']);
});

test('datetimes without a zone are read in the zone of the backend', async () => {
  const { out, found } = set({
    ...{ fields: `{ ${ID}, registration_date: at }`, timezone: 'Africa/Nairobi' },
    rows: [{ at: '2022-05-05 02:00:00.5' }, { at: '2022-05-05 03:00:00' }],
  });
  assert.deepEqual(await out('registration_date'), ['2022-05-04T23:00:00Z', '2022-05-05T00:00:00Z']);
  assert.deepEqual(await found('registration_date', 'ge', '2022-05-05T00:00:00Z'), ['2']);
  assert.deepEqual(await found('registration_date', 'eq', '2022-05-04T23:00:00Z'), ['1']);
});

test('instants keep their own zone', async () => {
  const { out, found } = set({
    ...{
      fields: `{ ${ID}, registration_date: moment, birth_date: { from: moment, as: date } }`,
      timezone: 'Africa/Nairobi',
    },
    rows: [{ moment: '2022-05-04 22:30:00+00' }],
  });
  assert.deepEqual(
    [...(await out('registration_date')), ...(await out('birth_date'))],
    ['2022-05-04T22:30:00Z', '2022-05-05'],
  );
  assert.deepEqual(await found('birth_date', 'eq', '2022-05-05'), ['1']);
  assert.deepEqual(await found('birth_date', 'lt', '2022-05-05'), []);
});

test('dates kept as dd/MM/yyyy are found by equality alone, and what is no date is absent', async () => {
  const { out, found, refuses } = set({
    fields: `{ ${ID}, birth_date: { from: dmy, format: dd/MM/yyyy } }`,
    rows: [{ dmy: '12/07/1950' }, { dmy: '31/02/1950' }, { dmy: '' }],
  });
  assert.deepEqual(await out('birth_date'), ['1950-07-12', undefined, undefined]);
  assert.deepEqual(await found('birth_date', 'eq', '1950-07-12'), ['1']);
  assert.ok(refuses('birth_date', 'gt'));
});

test('dates kept with the year first are found by ranges', async () => {
  const { found } = set({
    fields: `{ ${ID}, birth_date: { from: ymd, format: yyyyMMdd } }`,
    rows: [{ ymd: '19500712' }, { ymd: '19991231' }, { ymd: '' }, { ymd: 'unknown' }, { ymd: '1999' }],
  });
  assert.deepEqual(await found('birth_date', 'lt', '1999-12-31'), ['1']);
  assert.deepEqual(await found('birth_date', 'ge', '1950-07-12'), ['1', '2']);
});

test('numbers kept as text are found by equality alone', async () => {
  const { out, found, refuses } = set({
    fields: `{ ${ID}, address: [ { geo_location: { plus_code: { geometry: { location: { latitude: amount } } } } } ] }`,
    rows: [{ amount: '7' }, { amount: '07' }, { amount: 'x' }],
  });
  const path = 'address.geo_location.plus_code.geometry.location.latitude';
  assert.equal((await out('address')).filter((each) => each !== undefined).length, 1);
  assert.deepEqual(await found(path, 'eq', 7), ['1']);
  assert.ok(refuses(path, 'lt'));
});

test('booleans come from boolean columns and from 0 and 1', async () => {
  const { out, found } = set({
    fields: `{ ${ID}, is_disabled: bit }`,
    rows: [{ bit: 1 }, { bit: 0 }, { bit: 2 }, { bit: null }],
  });
  assert.deepEqual(await out('is_disabled'), [true, false, undefined, undefined]);
  assert.deepEqual(await found('is_disabled', 'ne', true), ['2']);
  assert.deepEqual(await found('is_disabled', 'exists', true), ['1', '2']);
});

test('sentinels are absent and never found, and the column stays bare beside them', async () => {
  const { out, found } = set({
    fields: `{ ${ID}, birth_date: { from: day, empty: ["1900-01-01"] } }`,
    rows: [{ day: '1900-01-01' }, { day: '1950-07-12' }, { day: null }],
  });
  assert.deepEqual(await out('birth_date'), [undefined, '1950-07-12', undefined]);
  assert.deepEqual(await found('birth_date', 'eq', '1900-01-01'), []);
  assert.deepEqual(await found('birth_date', 'lt', '2000-01-01'), ['2']);
});

test('a sentinel of a column of times may be written as its day, and is met with any fraction of nothing', async () => {
  for (const empty of ['1900-01-01', '1900-01-01 00:00:00']) {
    const { out, found } = set({
      fields: `{ ${ID}, birth_date: { from: [at, day], as: date, empty: ["${empty}"] }, last_updated: { from: moment, empty: ["${empty}"] } }`,
      rows: [
        { at: '1900-01-01 00:00:00', day: '1990-01-01', moment: '1900-01-01 00:00:00+00' },
        { at: '1900-01-01 00:00:00.000000', day: '1990-01-01', moment: '1900-01-01T00:00:00Z' },
        { at: '1900-01-01 00:00:01', day: '1990-01-01', moment: '1900-01-01 00:00:01+00' },
      ],
    });
    assert.deepEqual(await out('birth_date'), ['1990-01-01', '1990-01-01', '1900-01-01'], empty);
    assert.deepEqual(await found('birth_date', 'eq', '1990-01-01'), ['1', '2'], empty);
    assert.deepEqual(await out('last_updated'), [undefined, undefined, '1900-01-01T00:00:01Z'], empty);
    assert.deepEqual(await found('last_updated', 'exists', true), ['3'], empty);
  }
});

test('zero dates are absent, listed as empty or not', async () => {
  for (const empty of ['["0000-00-00"]', '[]']) {
    const { out, found } = set({
      fields: `{ ${ID}, birth_date: { from: day, empty: ${empty} }, death_date: { from: at, as: date, empty: ${empty} } }`,
      rows: [
        { day: '0000-00-00', at: '0000-00-00 00:00:00' },
        { day: '1950-07-12', at: '1950-07-12 01:00:00' },
      ],
    });
    assert.deepEqual(await out('birth_date'), [undefined, '1950-07-12']);
    assert.deepEqual(await found('birth_date', 'lt', '2000-01-01'), ['2']);
    assert.deepEqual(await found('death_date', 'le', '2000-01-01'), ['2']);
  }
});

test('codes, else and default stand for listed, unlisted and missing values, both ways', async () => {
  const { out, found } = set({
    fields: `{ ${ID}, sex: { from: a, codes: { M: male, "1": male, F: female }, else: other, default: unknown } }`,
    rows: [{ a: 'M' }, { a: '1' }, { a: 'F' }, { a: 'x' }, { a: '' }, { a: null }, { a: '01' }],
  });
  assert.deepEqual(await out('sex'), ['male', 'male', 'female', 'other', 'unknown', 'unknown', 'other']);
  assert.deepEqual(await found('sex', 'eq', 'male'), ['1', '2']);
  assert.deepEqual(await found('sex', 'eq', 'other'), ['4', '7']);
  assert.deepEqual(await found('sex', 'eq', 'unknown'), ['5', '6']);
  assert.deepEqual(await found('sex', 'ne', 'male'), ['3', '4', '5', '6', '7']);
  assert.deepEqual(await found('sex', 'in', 'female', 'unknown'), ['3', '5', '6']);
});

test('codes: standard are those of the list as they are, and nothing else', async () => {
  const { out, found } = set({
    fields: `{ ${ID}, sex: { from: a, codes: standard, else: other }, marital_status: { from: kind, codes: standard }, disability_info: [{ functional_severity: { from: n, codes: standard } }] }`,
    rows: [
      { a: 'male', n: 3, kind: 'M' },
      { a: 'MALE', n: 77, kind: 'H' },
    ],
  });
  assert.deepEqual(await out('sex'), ['male', 'other']);
  assert.deepEqual(await out('marital_status'), ['M', undefined], 'the column has no room for the others');
  assert.deepEqual(await out('disability_info'), [[{ functional_severity: '3' }], undefined]);
  assert.deepEqual(await found('sex', 'eq', 'male'), ['1']);
  assert.deepEqual(await found('marital_status', 'in', 'M', 'S'), ['1']);
  assert.deepEqual(await found('disability_info.functional_severity', 'eq', '3'), ['1']);
});

test('without else an unlisted code is absent', async () => {
  const { out, found } = set({
    fields: `{ ${ID}, sex: { from: kind, codes: { H: male } } }`,
    rows: [{ kind: 'H' }, { kind: 'M' }],
  });
  assert.deepEqual(await out('sex'), ['male', undefined]);
  assert.deepEqual(await found('sex', 'ne', 'female'), ['1']);
});

test('when shows a value only on rows that fit, and is part of the condition', async () => {
  const { out, found } = set({
    fields: `{ ${ID}, birth_date: { from: day, when: { bit: 0, kind: [H, null] } } }`,
    rows: [
      { day: '1950-07-12', bit: 0, kind: 'H' },
      { day: '1950-07-12', bit: 1, kind: 'H' },
      { day: '1950-07-12', bit: 0, kind: null },
      { day: '1950-07-12', bit: 0, kind: 'M' },
    ],
  });
  assert.deepEqual(await out('birth_date'), ['1950-07-12', undefined, '1950-07-12', undefined]);
  assert.deepEqual(await found('birth_date', 'le', '2000-01-01'), ['1', '3']);
});

test('need makes a list item fall away, and nothing in it is found then', async () => {
  const { out, found } = set({
    fields: `{ ${ID}, identifier: [ { identifier_type: { const: dni }, identifier_value: { from: a, need: true } } ] }`,
    rows: [{ a: '1' }, { a: '' }],
  });
  assert.deepEqual(await out('identifier'), [[{ identifier_type: 'dni', identifier_value: '1' }], undefined]);
  assert.deepEqual(await found('identifier.identifier_type', 'eq', 'dni'), ['1']);
});

test('text compares exactly unless the mapping folds it', async () => {
  const { found } = set({
    fields: `{ ${ID}, name: { surname: a, given_name: { from: a, match: nocase }, second_name: { from: a, match: fold, search: a_folded } } }`,
    rows: [
      { a: 'Müller', a_folded: 'muller' },
      { a: 'MULLER ', a_folded: 'muller ' },
    ],
  });
  assert.deepEqual(await found('name.surname', 'eq', 'müller'), []);
  assert.deepEqual(await found('name.given_name', 'eq', 'MÜLLER'), ['1']);
  assert.deepEqual(await found('name.second_name', 'eq', 'MULLER'), ['1']);
  assert.deepEqual(await found('name.second_name', 'startswith', 'Müll'), ['1', '2']);
});

test('fold without a column that is folded is not searchable', () => {
  const { refuses } = set({ fields: `{ ${ID}, name: { surname: { from: a, match: fold } } }`, rows: [] });
  assert.ok(refuses('name.surname', 'eq'));
});

test('% and _ are plain characters', async () => {
  const { found } = set({ fields: `{ ${ID}, birth_place: a }`, rows: [{ a: '100%' }, { a: '100x' }, { a: 'a_b' }] });
  assert.deepEqual(await found('birth_place', 'contains', '0%'), ['1']);
  assert.deepEqual(await found('birth_place', 'startswith', 'a_'), ['3']);
});

test('split makes several values, which are not searchable', async () => {
  const { out, attribute } = set({
    fields: `{ ${ID}, phone_number: { from: tags, split: "," } }`,
    rows: [{ tags: 'a, b' }, { tags: '' }],
  });
  assert.deepEqual(await out('phone_number'), [['a', 'b'], undefined]);
  assert.equal(attribute('phone_number'), undefined);
});

test('expr computes a value, which is not searchable; what it cannot compute is absent', async () => {
  const { out, attribute } = set({
    fields: `{ ${ID}, birth_place: { expr: "$uppercase(a) & '/' & $string(n)", from: [a, n] }, death_date: { expr: "$number(a)", from: a } }`,
    rows: [{ a: 'x', n: 7 }],
  });
  assert.deepEqual([await out('birth_place'), await out('death_date')], [['X/7'], [undefined]]);
  assert.equal(attribute('birth_place'), undefined);
});

test('what is empty in a column is absent for expr as well, and so is the empty text that it makes', async () => {
  const { out } = set({
    fields: `{ ${ID}, birth_place: { expr: "$uppercase(a)", from: a }, name: { surname: { expr: "a & b", from: [a, b], empty: ["", "-"] }, given_name: { expr: "$exists(a) ? a : 'none'", from: a } } }`,
    rows: [
      { a: 'x', b: '-' },
      { a: '', b: '-' },
      { a: null, b: 'y' },
    ],
  });
  assert.deepEqual(await out('birth_place'), ['X', undefined, undefined]);
  assert.deepEqual(await out('name'), [
    { surname: 'x', given_name: 'x' },
    { given_name: 'none' },
    { surname: 'y', given_name: 'none' },
  ]);
});

test('what expr makes is a value of its field: of its type and of its closed list of codes, or absent', async () => {
  const made = async (field: string, expr: string) => {
    const { out } = set({
      fields: `{ ${ID}, ${field}: { expr: ${JSON.stringify(expr)}, from: [a, n] } }`,
      rows: [{ a: '31/12/1999', n: 7 }],
    });
    return (await out(field))[0];
  };
  assert.equal(await made('birth_place', 'n + 1'), '8');
  assert.equal(await made('birth_date', 'a'), undefined);
  assert.equal(await made('birth_date', '$substring(a, 6) & "-12-31"'), '1999-12-31');
  assert.equal(await made('sex', '"mann"'), undefined);
  assert.equal(await made('sex', 'n > 3 ? "male" : "female"'), 'male');
  assert.equal(await made('is_disabled', '"yes"'), undefined);
  assert.equal(await made('is_disabled', 'n = 7'), true);
});

test('optional tolerates a missing column and offers no search by it', async () => {
  const { out, attribute } = set({ fields: `{ ${ID}, birth_place: { from: gone, optional: true } }`, rows: [{}] });
  assert.deepEqual(await out('birth_place'), [undefined]);
  assert.equal(attribute('birth_place'), undefined);
});

test('each makes an item of every child row and finds by one of them; both conditions hold on the same row', async () => {
  const { mapping, out, found } = set({
    fields: `{ ${ID}, identifier: [ { each: papers, when: { rank: [1, 2] }, identifier_type: { from: type, codes: { P: passport } }, identifier_value: { from: number, need: true } } ] }`,
    rows: [{}, {}],
    papers: [
      { person_id: 1, type: 'P', number: '7', rank: 1 },
      { person_id: 1, type: 'X', number: '8', rank: 2 },
      { person_id: 2, type: 'P', number: '8', rank: 3 },
    ],
  });
  assert.deepEqual(await out('identifier'), [
    [{ identifier_value: '8' }, { identifier_type: 'passport', identifier_value: '7' }],
    undefined,
  ]);
  assert.deepEqual(await found('identifier.identifier_value', 'eq', '8'), ['1']);
  const both = {
    kind: 'and',
    of: [
      where(mapping, 'Person', 'identifier.identifier_type', 'eq', 'passport'),
      where(mapping, 'Person', 'identifier.identifier_value', 'eq', '8'),
    ],
  } as const;
  const native = mapping.compile({
    ...{
      recordType: 'Person',
      view: { of: () => ({ shows: () => true, showsIdentifier: () => true, rows: undefined }) },
    },
    ...{
      projection: undefined,
      sort: [],
      limit: 1,
      offset: 0,
      countCap: 1,
      filter: { kind: 'any', list: 'identifier', of: both },
    },
  }).query?.filter;
  assert.equal(native?.kind, 'any');
});

test('first takes one row by order and key, and finds by that row alone', async () => {
  const { out, found } = set({
    fields: `{ ${ID}, name: { first: papers, when: { type: N }, surname: number } }`,
    rows: [{}, {}],
    papers: [
      { person_id: 1, type: 'N', number: 'old', rank: 1 },
      { person_id: 1, type: 'N', number: 'new', rank: 2 },
      { person_id: 1, type: 'X', number: 'other', rank: 9 },
    ],
  });
  assert.deepEqual(await out('name'), [{ surname: 'new' }, undefined]);
  assert.deepEqual(await found('name.surname', 'eq', 'new'), ['1']);
  assert.deepEqual(await found('name.surname', 'eq', 'old'), []);
});

test('attributes give further names, look in several places, or in columns that are not shown', async () => {
  const { found, attribute, out } = set({
    fields: `{ ${ID}, birth_date: day, birth_place: a, phone_number: [ { each: papers, from: number } ] }`,
    attributes:
      '{ dob: birth_date, anywhere: { any: [birth_place, phone_number] }, age: { from: n }, paper_type: { each: papers, from: type } }',
    rows: [
      { day: '1950-07-12', a: 'x', n: 70 },
      { a: 'y', n: 5 },
    ],
    papers: [{ person_id: 2, number: 'x', type: 'P' }],
  });
  assert.equal(attribute('dob'), attribute('birth_date'));
  assert.deepEqual(await found('dob', 'eq', '1950-07-12'), ['1']);
  assert.deepEqual(await found('anywhere', 'eq', 'x'), ['1', '2']);
  assert.deepEqual(attribute('anywhere')?.chains, [
    [{ record: 'Person', path: 'birth_place' }],
    [{ record: 'Person', path: 'phone_number' }],
  ]);
  assert.deepEqual(await found('age', 'gt', 60), ['1']);
  assert.deepEqual(await found('paper_type', 'eq', 'P'), ['2']);
  assert.deepEqual(await out('age'), [undefined, undefined]);
});

test('an attribute whose name begins as a field does is found all the same', async () => {
  const { found } = set({
    fields: `{ ${ID}, name: { surname: a }, birth_place: b }`,
    attributes: '{ name.birth: { from: b }, name.any: { any: [name.surname, birth_place] } }',
    rows: [{ a: 'x', b: 'y' }, { a: 'y' }],
  });
  assert.deepEqual(await found('name.birth', 'eq', 'y'), ['1']);
  assert.deepEqual(await found('name.birth', 'ne', 'z'), ['1']);
  assert.deepEqual(await found('name.any', 'eq', 'y'), ['1', '2']);
});

test('selective and identifiers are marked, and only plain single columns can be sorted by', () => {
  const { attribute } = set({
    fields: `{ ${ID}, identifier: [ { identifier_type: { const: dni }, identifier_value: { from: a, need: true } } ], birth_date: { from: day, selective: true }, birth_place: a, sex: { from: kind, codes: { H: male } }, name: { surname: { from: [a, b] } }, death_date: { from: day, when: { bit: 1 } } }`,
    rows: [],
  });
  assert.deepEqual(
    ['identifier.identifier_value', 'birth_date', 'birth_place'].map((name) => attribute(name)?.selective),
    [true, true, false],
  );
  const sortable = ['birth_date', 'birth_place', 'sex', 'identifier.identifier_value', 'name.surname', 'death_date'];
  assert.deepEqual(
    sortable.map((name) => attribute(name)?.sortable),
    [true, true, false, false, false, false],
  );
});

test('a number beyond what JSON tells exactly is no value; as text it is told and found to the digit', async () => {
  const big = '9007199254740993';
  const fields = '{ group_size: n, geographical_location: { code: n, name: a } }';
  const mapping = read(`records:\n  Group:\n    entity: person\n    fields: ${fields}\n`).bind(ENTITIES);
  const values = [big, Number.MAX_SAFE_INTEGER, 7, `-${big}`];
  const person = values.map((n, id) => ({ id, n, a: `${n}` }));
  const { search } = rig(mapping, { entities: ENTITIES, rows: { person, paper: [] }, children: {} });
  const codeOf = ({ geographical_location: at }: Readonly<Record<string, unknown>>) => (at as { code: string }).code;
  const found = async (name: string, operator: Operator, value: Scalar) =>
    (await search('Group', where(mapping, 'Group', name, operator, value))).map(codeOf);
  const all = await search('Group');
  assert.deepEqual(
    all.map(({ group_size: size }) => size),
    [undefined, Number.MAX_SAFE_INTEGER, 7, undefined],
  );
  assert.deepEqual(all.map(codeOf), values.map(String));
  assert.deepEqual(await found('group_size', 'ge', 7), values.slice(1, 3).map(String));
  assert.deepEqual(await found('group_size', 'le', 7), ['7']);
  assert.deepEqual(await found('group_size', 'exists', true), values.slice(1, 3).map(String));
  assert.deepEqual(await found('group_size', 'eq', -(2 ** 53)), []);
  assert.deepEqual(await found('geographical_location.code', 'eq', big), [big]);
});

test('numbers that no column holds lie behind all that it holds', async () => {
  const { found } = set({
    fields: `{ ${ID} }`,
    attributes: '{ whole: { from: n, as: number }, exact: { from: score } }',
    rows: [{ n: 5, score: '5' }, { n: -5, score: '-5.5' }, {}],
  });
  for (const [name, beyond] of [
    ['whole', 1e18],
    ['exact', 1e40],
  ] as const) {
    for (const operator of ['lt', 'le'] as const) {
      assert.deepEqual(await found(name, operator, beyond), ['1', '2'], `${name} ${operator}`);
      assert.deepEqual(await found(name, operator, -beyond), [], `${name} ${operator}`);
    }
    for (const operator of ['gt', 'ge'] as const) {
      assert.deepEqual(await found(name, operator, beyond), [], `${name} ${operator}`);
      assert.deepEqual(await found(name, operator, -beyond), ['1', '2'], `${name} ${operator}`);
    }
    assert.deepEqual(await found(name, 'ne', beyond), ['1', '2'], name);
    assert.deepEqual(await found(name, 'eq', beyond), [], name);
  }
});

test('what only leaves out of a record is left out of the records nested in it as well', async () => {
  const groups = async (only: string, inner = '') => {
    const mapping = read(`records:
  Person: { entity: person, fields: { name: { surname: a, given_name: b }, birth_date: day } }
  Member: { entity: person, fields: { demographic_info: { record: Person${inner} }, marital_status: b } }
  Group: { entity: person, fields: { group_head_info: { record: Member, only: ${only} } } }
`).bind(ENTITIES);
    const person = [{ id: 1, a: 'Ann', b: 'Lee', day: '1990-05-01' }];
    const [group] = await rig(mapping, { entities: ENTITIES, rows: { person }, children: {} }).search('Group');
    const shown = JSON.parse(JSON.stringify(group, (key, value: unknown) => (key.startsWith('@') ? undefined : value)));
    return [shown.group_head_info, [...(mapping.records.get('Group')?.attributes.keys() ?? [])]];
  };
  const surname = { demographic_info: { name: { surname: 'Ann' } } };
  const path = 'group_head_info.demographic_info.name.surname';
  assert.deepEqual(await groups('[demographic_info.name.surname]'), [surname, [path]]);
  assert.deepEqual(await groups('[demographic_info]', ', only: [name.surname]'), [surname, [path]]);
  assert.deepEqual(await groups('[demographic_info.name]', ', only: [name.surname, birth_date]'), [surname, [path]]);
});
