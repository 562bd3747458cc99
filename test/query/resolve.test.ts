import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordModel } from '../../src/dci/attribute.ts';
import type { Filter, RawFilter } from '../../src/dci/filter.ts';
import { parseJson } from '../../src/dci/json-parse.ts';
import { ItemRejection } from '../../src/errors.ts';
import type { DciRecord } from '../../src/mapping/mapping.ts';
import { decodeQuery } from '../../src/query/decode.ts';
import { resolveFilter, resolveProjection, resolveSort } from '../../src/query/resolve.ts';
import { evaluate } from '../support/evaluate-filter.ts';
import { attributeOf, GROUP, MEMBER, makeModel, PERSON } from '../support/models.ts';
import { QUERY_LIMITS } from '../support/query-limits.ts';
import { toNode } from '../support/to-node.ts';

const TODAY = '2026-11-22';

const resolve = (query: unknown, model: RecordModel = PERSON, today = TODAY): Filter =>
  resolveFilter(decodeQuery(toNode(query), QUERY_LIMITS).raw, model, { today });

const finds = (query: unknown, record: DciRecord, model: RecordModel = PERSON): boolean =>
  evaluate(resolve(query, model), record);

const refused = (query: unknown, message: string | RegExp, model: RecordModel = PERSON): void => {
  assert.throws(
    () => resolve(query, model),
    (error: unknown) => {
      assert.ok(error instanceof ItemRejection, `${JSON.stringify(query)} threw ${error}`);
      assert.equal(error.code, 'rjct.search_criteria.invalid');
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    },
    JSON.stringify(query),
  );
};

/** The values that a single comparison came out with. */
const values = (query: unknown, model: RecordModel = PERSON): unknown => {
  const filter = resolve(query, model);
  assert.equal(filter.kind, 'compare');
  return filter.kind === 'compare' ? filter.values : undefined;
};

const ADA: DciRecord = {
  identifier: [
    { identifier_type: 'UIN', identifier_value: '00123' },
    { identifier_type: 'BRN', identifier_value: '777' },
  ],
  name: { surname: 'Müller', given_name: 'Ada' },
  sex: 'female',
  birth_date: '1990-02-28',
  address: [
    { locality: 'Nairobi', region_code: '01' },
    { locality: 'Mombasa', region_code: '02' },
  ],
  phone_number: ['+254700', '+254711'],
  registration_date: '2020-05-05T23:30:00.25Z',
  income: 10.5,
  children: 2,
};

test('an unknown attribute is refused by the name that was written', () => {
  refused({ nickname: 'x' }, 'Unknown attribute "nickname".');
  refused({ 'name.__proto__': 'x' }, 'Unknown attribute "name.__proto__".');
  refused({ constructor: 'x' }, 'Unknown attribute "constructor".');
  refused({ ['x'.repeat(10_000)]: 'x' }, /^Unknown attribute "x{80}"\.$/);
  refused({ age: 5, poverty_score: 5 }, 'Unknown attribute "poverty_score".');
  refused({ age: 5 }, 'Unknown attribute "age".', GROUP);
});

test('an operator that the source cannot express is refused', () => {
  refused({ death_date: { $gt: '2000-01-01' } }, 'The operator is not available for attribute "death_date".');
  refused({ age: { $contains: '5' } }, 'The operator is not available for attribute "age".');
});

test('the names of the mapping win over aliases and derived attributes', () => {
  const own = makeModel('Person', undefined, [attributeOf(PERSON, 'birth_date'), attributeOf(PERSON, 'children')], {
    age: 'children',
    dob: 'children',
  });
  const filter = resolve({ age: 3 }, own);
  assert.equal(filter.kind === 'compare' && filter.attribute.path, 'children');
  const dob = resolve({ dob: 3 }, own);
  assert.equal(dob.kind === 'compare' && dob.attribute.path, 'children');
});

test('values take the type of the attribute', () => {
  assert.deepEqual(values({ children: '25' }), [25]);
  assert.deepEqual(values({ children: 25 }), [25]);
  assert.deepEqual(values({ income: ' 10.50 ' }), [10.5]);
  assert.deepEqual(values({ 'name.surname': 45 }), ['45']);
  for (const yes of [true, 'true', 'YES', 'y', '1', 1]) assert.deepEqual(values({ is_disabled: yes }, MEMBER), [true]);
  for (const no of [false, 'False', 'no', '0', 0]) assert.deepEqual(values({ is_disabled: no }, MEMBER), [false]);
  assert.deepEqual(values({ children: { $in: ['1', 1, 2] } }), [1, 2], 'equal values once');
});

test('a number for a text keeps its source text', () => {
  const query = parseJson('{"area_id.code":{"$in":[45.0,1e5,12345678901234567890]}}', { maxDepth: 9 }).root;
  const filter = resolveFilter(decodeQuery(query, QUERY_LIMITS).raw, PERSON, { today: TODAY });
  assert.deepEqual(filter.kind === 'compare' && filter.values, ['45.0', '1e5', '12345678901234567890']);
});

test('dates come in every ISO form and stay the day that was written', () => {
  assert.deepEqual(values({ birth_date: '1950-07-12' }), ['1950-07-12']);
  assert.deepEqual(values({ birth_date: '1950-07-12T00:00:00+03:00' }), ['1950-07-12']);
  assert.deepEqual(values({ birth_date: '1950-07-12 10:00:00' }), ['1950-07-12']);
  assert.deepEqual(values({ birth_date: '1950-07-12T23:59:59.999Z' }), ['1950-07-12']);
  assert.deepEqual(values({ registration_date: '2020-05-05T23:30:00' }), ['2020-05-05T23:30:00Z'], 'no zone is UTC');
  assert.deepEqual(values({ registration_date: '2020-05-05T23:30:00.250-04:30' }), ['2020-05-06T04:00:00.25Z']);
  assert.deepEqual(values({ registration_date: '2020-05-05T23:30+0300' }), ['2020-05-05T20:30:00Z']);
});

test('a bad value is told the form that is expected', () => {
  const expected = (query: { [name: string]: unknown }, form: RegExp, model?: RecordModel) =>
    refused(query, form, model);
  expected({ birth_date: '12/07/1950' }, /: a date written YYYY-MM-DD is expected\.$/);
  expected({ registration_date: 'now' }, /: a date and time written YYYY-MM-DDThh:mm:ssZ, or a date, is expected\.$/);
  expected({ children: '25.5' }, /: a whole number of at most 15 digits is expected\.$/);
  expected({ income: 'ten' }, /: a number of at most 15 digits is expected\.$/);
  expected({ is_disabled: 'maybe' }, /: true or false is expected\.$/, MEMBER);
  expected({ 'name.surname': { $contains: 'x'.repeat(4_097) } }, /: text of at most 4,096 characters is expected\.$/);
  expected({ sex: 'robot' }, /: one of .*female.* is expected\.$/);
  expected({ age: 'old' }, /: a whole number of years is expected\.$/);
  expected({ children: { $in: 3 } }, /: a list of values is expected\.$/);
  expected({ birth_date: { $exists: 'perhaps' } }, /: true or false is expected\.$/);
});

test('a bad value is refused by the attribute and is never repeated', () => {
  const bad = (query: { [name: string]: unknown }, model?: RecordModel) => {
    const [name = ''] = Object.keys(query);
    refused(query, new RegExp(`^Bad value for attribute "${name}": [^"]+ is expected\\.$`), model);
  };
  for (const value of ['abc', '25.5', '1e400', '9007199254740993', '', true, '0x10']) bad({ children: value });
  for (const value of ['ten', 'NaN', 'Infinity', '1e999', '1.2345678901234567', '']) bad({ income: value });
  for (const value of [
    '1990-02-30',
    '1990-13-01',
    '90-01-01',
    '12/07/1950',
    '1990',
    '',
    'today',
    19900101,
    '0000-01-01',
  ]) {
    bad({ birth_date: value });
  }
  for (const value of [
    '2020-05-05T24:00:00Z',
    '2020-05-05T10:00:61Z',
    '2020-05-05T10:00:00+25:00',
    'now',
    '2020-02-30',
  ]) {
    bad({ registration_date: value });
  }
  bad({ is_disabled: 'maybe' }, MEMBER);
  bad({ is_disabled: 2 }, MEMBER);
  bad({ sex: 'robot' });
  bad({ 'name.surname': 'a\u0000b' });
  bad({ 'name.surname': { $contains: 'a\u0000b' } });
  bad({ 'name.surname': true });
  bad({ 'name.surname': 'x'.repeat(5_000) });
  bad({ phone_number: { $exists: 'perhaps' } });
  for (const value of ['old', '-1', '17.5', '99999', true]) bad({ age: value });
  for (const value of ['0', '12345', 'x']) bad({ YOB: value });
});

test('codes are found by code and label in any case; an open list takes other text as well', () => {
  for (const spelling of ['female', 'Female', 'FEMALE', 'f', 'F'])
    assert.deepEqual(values({ sex: spelling }), ['female']);
  assert.deepEqual(values({ sex: { $in: ['M', 'female'] } }), ['male', 'female']);
  assert.deepEqual(values({ marital_status: 'S' }, MEMBER), ['S']);
  assert.deepEqual(values({ marital_status: 'complicated' }, MEMBER), ['complicated']);
  const label = resolve({ marital_status: 'single' }, MEMBER);
  assert.equal(evaluate(label, { marital_status: 'S' }), true);
  assert.equal(evaluate(label, { marital_status: 'single' }), true, 'the text itself may stand in the registry');
  assert.equal(finds({ marital_status: { $ne: 'single' } }, { marital_status: 'S' }, MEMBER), false);
});

test('an identifier type is found as it is written, by its code in another case, and by its label', () => {
  const type = attributeOf(PERSON, 'identifier.identifier_type');
  const codes = { name: 'types', codes: new Map([['UIN', ['National number']]]), labels: new Map(), open: true };
  const closed = { ...codes, open: false };
  const of = (list: typeof codes, value: string): unknown => {
    const model = makeModel('Person', 'identifier', [{ ...type, codes: list }]);
    return values({ identifier_type: value }, model);
  };
  assert.deepEqual(of(codes, 'UIN'), ['UIN']);
  assert.deepEqual(of(codes, 'uin'), ['UIN', 'uin']);
  assert.deepEqual(of(codes, 'national number'), ['UIN']);
  assert.deepEqual(of(codes, 'urn:gov:tax'), ['urn:gov:tax']);
  assert.deepEqual(of(closed, 'urn:gov:tax'), ['urn:gov:tax'], 'unknown reads like forbidden, not like a bad value');
});

test('a day asked of an instant is the whole day', () => {
  const on = (operator: string, day: string) => finds({ registration_date: { [`$${operator}`]: day } }, ADA);
  assert.deepEqual(
    ['2020-05-04', '2020-05-05', '2020-05-06'].map((day) => on('eq', day)),
    [false, true, false],
  );
  assert.deepEqual(
    ['2020-05-04', '2020-05-05', '2020-05-06'].map((day) => on('ne', day)),
    [true, false, true],
  );
  assert.deepEqual(
    ['2020-05-04', '2020-05-05', '2020-05-06'].map((day) => on('gt', day)),
    [true, false, false],
  );
  assert.deepEqual(
    ['2020-05-04', '2020-05-05', '2020-05-06'].map((day) => on('ge', day)),
    [true, true, false],
  );
  assert.deepEqual(
    ['2020-05-04', '2020-05-05', '2020-05-06'].map((day) => on('lt', day)),
    [false, false, true],
  );
  assert.deepEqual(
    ['2020-05-04', '2020-05-05', '2020-05-06'].map((day) => on('le', day)),
    [false, true, true],
  );
  assert.equal(finds({ registration_date: { $in: ['2020-05-04', '2020-05-05'] } }, ADA), true);
  assert.equal(finds({ registration_date: { $nin: ['2020-05-04', '2020-05-05'] } }, ADA), false);
  assert.equal(finds({ registration_date: { $nin: ['2020-05-04'] } }, {}), false, 'no value satisfies neither');
});

test('the last day there is has an end as well', () => {
  const last = { registration_date: '9999-12-31T10:00:00Z' };
  const on = (operator: string, record: DciRecord) =>
    finds({ registration_date: { [`$${operator}`]: '9999-12-31' } }, record);
  assert.deepEqual(
    ['eq', 'ge', 'le', 'lt', 'gt', 'ne'].map((each) => on(each, last)),
    [true, true, true, false, false, false],
  );
  assert.deepEqual(
    ['eq', 'ge', 'le', 'lt', 'gt', 'ne'].map((each) => on(each, ADA)),
    [false, false, true, true, false, true],
  );
  assert.equal(finds({ registration_date: { $in: ['9999-12-31', '9999-12-31', '2020-05-05'] } }, ADA), true);
  const edge = { registration_date: '9999-12-31T23:59:59Z' };
  assert.deepEqual(
    ['eq', 'le', 'gt'].map((each) => on(each, edge)),
    [true, true, false],
  );
});

test('type and value of an identifier match on the same row, in every dialect', () => {
  const queries = (type: string, value: string): readonly unknown[] => [
    { type, value },
    { identifier_type: type, identifier_value: value },
    { $and: [{ 'identifier.identifier_type': type }, { 'identifier.identifier_value': value }] },
    {
      seq: [
        { attribute: 'identifier.type', operator: '=', value: type },
        { attribute: 'identifier', operator: '=', value },
      ],
    },
    [
      { expression1: { attribute_name: 'identifier_type', operator: 'eq', attribute_value: type } },
      { expression1: { attribute_name: 'identifier_value', operator: 'eq', attribute_value: value } },
    ],
    `{ person(identifier: {type: "${type}", value: "${value}"}) { sex } }`,
    `{ person(identifier: {identifier_type: "${type}", identifier_value: "${value}"}) { sex } }`,
  ];
  for (const query of queries('UIN', '00123')) assert.equal(finds(query, ADA), true, JSON.stringify(query));
  for (const query of queries('UIN', '777')) assert.equal(finds(query, ADA), false, JSON.stringify(query));
  for (const query of queries('UIN', '123')) assert.equal(finds(query, ADA), false, 'leading zeros count');
});

test('comparisons in one and speak of one item of a list; in two they speak of two', () => {
  const both = (locality: string, region: string) => ({ 'address.locality': locality, region });
  assert.equal(finds(both('Nairobi', '01'), ADA), true);
  assert.equal(finds(both('Nairobi', '02'), ADA), false);
  assert.equal(finds({ $and: [both('Nairobi', '01'), both('Mombasa', '02')] }, ADA), true);
  assert.equal(finds({ 'address.region_code': { $gt: '00', $lt: '02' } }, ADA), true);
  assert.equal(finds({ 'address.region_code': { $gt: '01', $lt: '02' } }, ADA), false, 'a range is one item');
});

test('an or of comparisons in an and speaks of the same item as its neighbours', () => {
  const row = (type: string, ...values: string[]) => ({
    identifier_type: type,
    $or: values.map((value) => ({ identifier_value: value })),
  });
  assert.equal(finds(row('UIN', '777', '00123'), ADA), true);
  assert.equal(finds(row('UIN', '777', '778'), ADA), false, 'the BRN is 777');
  const list = [
    { expression1: { attribute_name: 'identifier_type', operator: 'eq', attribute_value: 'UIN' } },
    {
      expression1: { attribute_name: 'identifier_value', operator: 'eq', attribute_value: '777' },
      condition: 'or',
      expression2: { attribute_name: 'identifier_value', operator: 'eq', attribute_value: '778' },
    },
  ];
  assert.equal(finds(list, ADA), false);
  assert.equal(finds({ $not: row('UIN', '777') }, ADA), false, 'under a not it excludes what it excludes apart');
  const mixed = { identifier_type: 'UIN', $or: [{ identifier_value: '777' }, { sex: 'female' }] };
  assert.equal(finds(mixed, ADA), true, 'comparisons of other places stay by themselves');
  const two = { region: '01', $or: [{ 'address.locality': 'Kisumu' }, { $or: [{ 'address.locality': 'Mombasa' }] }] };
  assert.equal(finds(two, ADA), false);
  assert.equal(finds({ ...two, region: '02' }, ADA), true);
  const whole = { region: '01', $or: [{ 'address.locality': { $ne: 'Kisumu' } }, { 'address.locality': 'Kisumu' }] };
  assert.equal(finds(whole, ADA), true, 'a negation speaks of the whole list');
});

test('a list of plain values has no members: each comparison finds its own item', () => {
  const query = { $and: [{ phone_number: '+254700' }, { phone_number: '+254711' }] };
  assert.equal(finds(query, ADA), true);
});

test('a negation over a list speaks of the whole list and does not join', () => {
  assert.equal(finds({ 'address.locality': 'Nairobi', region: { $ne: '02' } }, ADA), false);
  assert.equal(finds({ 'address.locality': 'Nairobi', region: { $nin: ['03', '04'] } }, ADA), true);
  assert.equal(finds({ 'address.locality': { $ne: 'Kisumu' } }, { address: [] }), false, 'it needs values');
});

test('under a not, two comparisons exclude what they exclude apart: grouping would let more through', () => {
  const split = { $not: { 'address.locality': 'Nairobi', region: '02' } };
  // No single address has both; grouped, the negation would find her.
  assert.equal(finds(split, ADA), false);
  assert.equal(finds({ $not: { $not: { 'address.locality': 'Nairobi', region: '02' } } }, ADA), false, 'twice is once');
  assert.equal(finds({ $nor: [{ 'address.locality': 'Nairobi', region: '02' }] }, ADA), false);
  const lookUp = resolveFilter({ kind: 'not', of: { kind: 'identifier', type: 'UIN', value: '777' } }, PERSON, {
    today: TODAY,
  });
  assert.equal(evaluate(lookUp, ADA), true, 'a look-up is one row as it was written: she has no UIN 777');
});

const FAMILY: DciRecord = {
  group_identifier: [{ identifier_type: 'HH', identifier_value: '1' }],
  group_head_info: { demographic_info: { sex: 'female', birth_date: '1980-01-01' } },
  member_list: [
    { is_disabled: true, demographic_info: { sex: 'male', birth_date: '2020-01-01', identifier: ADA.identifier } },
    { is_disabled: false, demographic_info: { sex: 'female', birth_date: '1980-01-01', identifier: [] } },
  ],
};

test("a group's members: one member satisfies what stands in one and, nested identifiers included", () => {
  const family = (query: unknown) => finds(query, FAMILY, GROUP);
  assert.equal(family({ 'member_list.is_disabled': true, 'member_list.demographic_info.sex': 'male' }), true);
  assert.equal(family({ 'member_list.is_disabled': true, 'members.gender': 'female' }), false);
  assert.equal(family({ 'members.age': 6, 'members.sex': 'male' }), true);
  assert.equal(family({ 'members.age': 46, 'members.sex': 'male' }), false);
  assert.equal(family({ 'members.age': { $in: [6, 7] }, 'members.sex': 'female' }), false);
  assert.equal(family({ 'members.YOB': 1980, 'members.sex': 'female' }), true);
  assert.equal(family({ 'members.age': { $ne: 6 } }), false, 'some member is six');
  assert.equal(family({ 'members.age': { $ne: 7 } }), true);
  assert.equal(family({ 'member_list.age': { $nin: [7, 8] } }), true);
  assert.equal(family({ $not: { 'member_list.age': 30 } }), true, 'no member is thirty: both ends stay on one member');
  assert.equal(family({ 'head.age': 46, 'head.sex': 'F' }), true);
  const id = (type: string, value: string) => ({
    'members.demographic_info.identifier.type': type,
    'members.demographic_info.identifier.value': value,
    'members.sex': 'male',
  });
  assert.equal(family(id('UIN', '00123')), true);
  assert.equal(family(id('UIN', '777')), false);
});

test('an explicit any keeps its names relative to the item', () => {
  const any: RawFilter = {
    kind: 'any',
    list: 'members',
    of: {
      kind: 'and',
      of: [
        { kind: 'compare', attribute: 'age', operator: 'lt', value: '10' },
        { kind: 'compare', attribute: 'is_disabled', operator: 'ne', value: 'false' },
        {
          kind: 'any',
          list: 'demographic_info.identifier',
          of: { kind: 'compare', attribute: 'type', operator: 'eq', value: 'BRN' },
        },
      ],
    },
  };
  assert.equal(evaluate(resolveFilter(any, GROUP, { today: TODAY }), FAMILY), true);
  const outside: RawFilter = {
    kind: 'any',
    list: 'member_list',
    of: { kind: 'compare', attribute: 'group_size', operator: 'eq', value: '3' },
  };
  assert.throws(() => resolveFilter(outside, GROUP, { today: TODAY }), /Unknown attribute "group_size"/);
  const unknown: RawFilter = { kind: 'any', list: 'pets', of: { kind: 'everything' } };
  assert.throws(() => resolveFilter(unknown, GROUP, { today: TODAY }), /Unknown attribute "pets"/);
});

test('a name within a list never leads out of it, whatever the mapping calls by that name', () => {
  const model = makeModel('Person', undefined, [...PERSON.attributes.values()], { 'address.area': 'area_id.code' });
  const of: RawFilter = { kind: 'compare', attribute: 'area', operator: 'eq', value: 'x' };
  assert.throws(
    () => resolveFilter({ kind: 'any', list: 'address', of }, model, { today: TODAY }),
    /Unknown attribute "area"/,
  );
});

test('what the caller may not ask for is unknown before its operators and values are looked at', () => {
  const may = ({ path }: { path: string }) =>
    path !== 'sex' && path !== 'birth_date' && path !== 'identifier.identifier_type';
  const hidden = (query: unknown, name: string) =>
    assert.throws(
      () => resolveFilter(decodeQuery(toNode(query), QUERY_LIMITS).raw, PERSON, { today: TODAY, may }),
      new ItemRejection('rjct.search_criteria.invalid', `Unknown attribute "${name}".`),
    );
  hidden({ gender: 'robot' }, 'gender');
  hidden({ age: 'old' }, 'age');
  hidden({ dob: { $contains: '' } }, 'dob');
  hidden({ YOB: { $exists: true } }, 'YOB');
  hidden({ type: 'UIN', value: '1' }, 'identifier');
});

test('sort keys are resolved through aliases; others are refused as a sort', () => {
  assert.deepEqual(resolveSort(undefined, PERSON), []);
  assert.deepEqual(resolveSort('', PERSON), []);
  assert.deepEqual(
    resolveSort(toNode([{ attribute_name: 'dob', sort_order: 'DESC' }, { attribute_name: 'surname' }]), PERSON),
    [
      { path: 'birth_date', direction: 'desc', written: 'dob' },
      { path: 'name.surname', direction: 'asc', written: 'surname' },
    ],
  );
  assert.equal(resolveSort(toNode({ attribute_name: 'sex', sort_order: '' }), PERSON).length, 1);
  for (const sort of [
    [{ attribute_name: 'nickname' }],
    [{ attribute_name: 'phone' }],
    [{ attribute_name: 'sex', sort_order: 'up' }],
    [{ attribute_name: 5 }],
    [{ attribute_name: 'sex', nulls: 'first' }],
    ['sex'],
    'sex',
    Array.from({ length: 11 }, () => ({ attribute_name: 'sex' })),
  ]) {
    assert.throws(
      () => resolveSort(toNode(sort), PERSON),
      (error: unknown) => error instanceof ItemRejection && error.code === 'rjct.sort.invalid',
      JSON.stringify(sort),
    );
  }
});

test('a selection is resolved to fields, leaves or above; unknown ones are refused', () => {
  const paths = (names: readonly string[], model: RecordModel) =>
    resolveProjection(names, model)?.map((field) => field.path);
  assert.deepEqual(
    paths(
      [
        'member_identifier.value',
        'member_identifier',
        'demographic_info.name',
        'demographic_info.gender',
        'demographic_info.age',
        'birthDate',
      ],
      MEMBER,
    ),
    [
      'member_identifier.identifier_value',
      'member_identifier',
      'demographic_info.name',
      'demographic_info.sex',
      'demographic_info.birth_date',
      'demographic_info.birth_date',
    ],
  );
  assert.deepEqual(paths(['identifier'], MEMBER), ['member_identifier']);
  assert.equal(resolveProjection(undefined, PERSON), undefined);
  for (const name of ['parents', 'demographic_info', '__typename', 'nam', 'name.']) {
    assert.throws(() => resolveProjection([name], PERSON), /Unknown attribute/, name);
  }
  const withFields: RecordModel = { ...PERSON, fields: new Set(['photo', 'name', 'name.surname']) };
  assert.deepEqual(paths(['photo', 'surname'], withFields), ['photo', 'name.surname']);
  assert.throws(() => resolveProjection(['sex'], withFields), /Unknown attribute "sex"/);
});

test('more days, ages and years than a registry would take are refused before they are looked up', () => {
  const days = Array.from({ length: 1_000 }, (_, at) => `19${10 + (at % 90)}-01-${10 + (at % 20)}`);
  const lists = (count: number) => ({
    $or: Array.from({ length: count }, () => ({ registration_date: { $in: days } })),
  });
  resolve(lists(2));
  refused(lists(3), 'The query has over 2000 days, ages or years.');
});

test('long lists of labels are found in long code lists at once', () => {
  const names = Array.from({ length: 2_000 }, (_, at): [string, string[]] => [`c${at}`, [`Label ${at}`, `L${at}`]]);
  const codes = { name: 'places', codes: new Map(names), labels: new Map(), open: false };
  const model = makeModel('Person', undefined, [{ ...attributeOf(PERSON, 'name.surname'), codes }]);
  const label = (at: number) => (at % 2 === 0 ? `LABEL ${at}` : `l${at} `);
  const query = { $or: Array.from({ length: 20 }, () => ({ surname: { $in: Array.from({ length: 1_000 }, (_, at) => label(at)) } })) }; // biome-ignore format: one look
  const started = performance.now();
  assert.deepEqual(new Set(valuesIn(resolve(query, model))), new Set(names.slice(0, 1_000).map(([code]) => code)));
  assert.ok(performance.now() - started < 2_000, `${performance.now() - started} ms`);
});

const valuesIn = (filter: Filter): readonly unknown[] =>
  filter.kind === 'or' ? filter.of.flatMap(valuesIn) : filter.kind === 'compare' ? filter.values : [];
