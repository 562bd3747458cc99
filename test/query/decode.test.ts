import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseJson } from '../../src/dci/json-parse.ts';
import { ItemRejection } from '../../src/errors.ts';
import { countIdentifiers, type DecodedQuery, decodeQuery } from '../../src/query/decode.ts';
import { makeModel, PERSON } from '../support/models.ts';
import { QUERY_LIMITS } from '../support/query-limits.ts';
import { referencePath } from '../support/reference-folder.ts';
import { toNode } from '../support/to-node.ts';

const decode = (query: unknown): DecodedQuery => decodeQuery(toNode(query), QUERY_LIMITS);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const refused = (query: unknown, code: string, names: RegExp): void => {
  assert.throws(
    () => decode(query),
    (error: unknown) => {
      assert.ok(error instanceof ItemRejection, `${JSON.stringify(query)} threw ${error}`);
      assert.equal(error.code, code, `${JSON.stringify(query)}: ${error.message}`);
      assert.match(error.message, names);
      return true;
    },
    `${JSON.stringify(query)} is refused`,
  );
};
const bad = (query: unknown, names: RegExp): void => refused(query, 'rjct.search_criteria.invalid', names);

const compare = (attribute: string, operator: string, value: unknown) => ({
  kind: 'compare',
  attribute,
  operator,
  value,
});
const lookUp = (type: string, value: string) => ({ kind: 'identifier', type, value });

test('an identifier is a look-up, as a list it is any of them, bare or under "value"', () => {
  const one = { type: 'UIN', value: '123' };
  assert.deepEqual(plain(decode(one).raw), lookUp('UIN', '123'));
  assert.deepEqual(plain(decode([one]).raw), lookUp('UIN', '123'));
  const two = { kind: 'or', of: [lookUp('UIN', '123'), lookUp('BRN', '7')] };
  const list = [one, { type: 'BRN', value: 7 }];
  assert.deepEqual(plain(decode(list).raw), two);
  assert.deepEqual(plain(decode({ type: 'idtype-value', value: list }).raw), two);
  assert.deepEqual(plain(decode({ value: list }).raw), two);
  assert.deepEqual(plain(decode({ type: 'idtype-value', value: one }).raw), lookUp('UIN', '123'));
});

test('an identifier that is a number keeps the digits it was written in', () => {
  const query = parseJson('[{"type":"UIN","value":12345678901234567890},{"type":"UIN","value":45.0}]', { maxDepth: 9 });
  const { raw } = decodeQuery(query.root, QUERY_LIMITS);
  assert.deepEqual(raw, { kind: 'or', of: [lookUp('UIN', '12345678901234567890'), lookUp('UIN', '45.0')] });
});

test('an identifier that is incomplete or has another key is refused by the key', () => {
  bad({ type: 'UIN' }, /"value"/);
  bad({ type: 'UIN', value: '' }, /"value"/);
  bad({ type: 'UIN', value: true }, /"value"/);
  bad({ type: '', value: '1' }, /"type"/);
  bad({ type: 5, value: '1' }, /"type"/);
  bad([{ type: 'UIN', value: '1', active: true }], /"active"/);
  bad([{ type: 'UIN', value: '1' }, 'x'], /identifier/);
});

test('everything is decoded for subscriptions and refused to a search', () => {
  const all = { type: '*', value: '*' };
  assert.deepEqual(decodeQuery(toNode(all), QUERY_LIMITS, { everything: true }).raw, { kind: 'everything' });
  bad(all, /everything/);
  bad([all], /everything/);
  bad({ type: '*', value: '1' }, /everything/);
});

const dob = { attribute_name: 'dob', operator: 'ge', attribute_value: '2000-01-01' };
const sex = { attribute_name: 'sex', operator: '=', attribute_value: 'female' };
const dobRaw = compare('dob', 'ge', '2000-01-01');
const sexRaw = compare('sex', 'eq', 'female');

test('items of a predicate list are ANDed in the order of seq_num', () => {
  assert.deepEqual(plain(decode([{ expression1: dob }, { expression1: sex }]).raw), {
    kind: 'and',
    of: [dobRaw, sexRaw],
  });
  const turned = [
    { seq_num: 2, expression1: dob },
    { seq_num: '1', expression1: sex },
  ];
  assert.deepEqual(plain(decode(turned).raw), { kind: 'and', of: [sexRaw, dobRaw] });
  assert.deepEqual(plain(decode({ expression1: dob }).raw), dobRaw);
  assert.deepEqual(plain(decode({ type: 'ns:org:QueryType:predicate', value: [{ expression1: dob }] }).raw), dobRaw);
  assert.deepEqual(plain(decode([{ seq_num: '', expression1: dob, condition: '', expression2: '' }]).raw), dobRaw);
  assert.deepEqual(plain(decode([{ expression1: dob, condition: 'and', expression2: null }]).raw), dobRaw);
});

test('an item of a predicate list joins its two expressions by its condition', () => {
  const item = (condition: string) => plain(decode([{ expression1: dob, condition, expression2: sex }]).raw);
  assert.deepEqual(item('and'), { kind: 'and', of: [dobRaw, sexRaw] });
  assert.deepEqual(item('OR'), { kind: 'or', of: [dobRaw, sexRaw] });
  assert.deepEqual(item('not'), { kind: 'and', of: [dobRaw, { kind: 'not', of: sexRaw }] });
});

test('a predicate list refuses whatever would widen the result if it were ignored', () => {
  bad([{ expression1: dob, condition: 'or' }], /expression2/);
  bad([{ expression1: dob, condition: 'not', expression2: '' }], /expression2/);
  bad([{ expression1: dob, expression2: sex }], /condition/);
  bad([{ expression1: dob, condition: 'xor', expression2: sex }], /condition/);
  bad([{ expression1: dob, condition: ['and'], expression2: sex }], /condition/);
  bad([{ expression1: dob, condition: 'and', expression2: sex, expression3: sex }], /"expression3"/);
  bad([{ expression1: dob, condition1: 'and', condition: 'or', expression2: sex }], /"condition1"/);
  bad([{ expression1: dob, Condition: 'or', expression2: sex }], /"Condition"/);
  bad([{ expression1: { ...dob, case: 'no' } }], /"case"/);
  bad([{ expression2: dob }], /"expression1"/);
  bad([{ expression1: dob }, {}], /"expression1"/);
  bad([{ expression1: dob }, 'all'], /object/);
  bad([{ expression1: dob, seq_num: 'first' }], /seq_num/);
  bad([{ expression1: { ...dob, attribute_name: 3 } }], /attribute_name/);
  bad([{ expression1: { ...dob, operator: 'between' } }], /"between"/);
  bad([{ expression1: { ...dob, operator: 7 } }], /operator/);
  bad([{ expression1: { attribute_name: 'dob', operator: 'eq' } }], /attribute_value/);
  bad([{ expression1: { ...dob, attribute_value: { a: 1 } } }], /"dob"/);
  bad([{ expression1: { ...dob, attribute_value: null } }], /"dob"/);
  bad([{ expression1: { ...dob, attribute_value: ['a'] } }], /"dob"/);
  bad([{ expression1: { ...dob, operator: 'in', attribute_value: 'a' } }], /"dob"/);
  bad([{ expression1: { ...dob, operator: 'in', attribute_value: [] } }], /"dob"/);
  bad([{ expression1: { ...dob, operator: 'in', attribute_value: ['a', null] } }], /"dob"/);
});

test('the published Mongo examples decode, wrapped, with and without a collection, and bare', () => {
  const query = { $and: [{ poverty_score: { $lt: 5 } }, { location: { $eq: 'central_region' } }] };
  const raw = {
    kind: 'and',
    of: [compare('poverty_score', 'lt', { text: '5' }), compare('location', 'eq', 'central_region')],
  };
  const wrapped = { type: 'ns:org:QueryType:expression', value: { expression: { collection: 'Group', query } } };
  assert.deepEqual(plain(decode(wrapped)), { raw, recordType: 'Group' });
  assert.deepEqual(plain(decode({ type: 'NoSql', value: { expression: { query } } })), { raw });
  assert.deepEqual(plain(decode({ collection: 'Group', query })), { raw, recordType: 'Group' });
  assert.deepEqual(plain(decode(query)), { raw });
  const dr = { 'member.member_identifier': { eq: 'ABC451123' } };
  assert.deepEqual(plain(decode(dr).raw), compare('member.member_identifier', 'eq', 'ABC451123'));
  const ibr = { person_identifier: { eq: 'A' }, 'programme_identifier.program.programme_identifier': { eq: 'DCI001' } };
  assert.deepEqual(plain(decode(ibr).raw), {
    kind: 'and',
    of: [
      compare('person_identifier', 'eq', 'A'),
      compare('programme_identifier.program.programme_identifier', 'eq', 'DCI001'),
    ],
  });
});

test('Mongo connectives and operators keep their meaning', () => {
  const a = { a: 'x' };
  const rawA = compare('a', 'eq', 'x');
  const rawB = compare('b', 'ne', 'y');
  assert.deepEqual(plain(decode({ $or: [a, { b: { $ne: 'y' } }] }).raw), { kind: 'or', of: [rawA, rawB] });
  assert.deepEqual(plain(decode({ $nor: [a, { b: { $ne: 'y' } }] }).raw), {
    kind: 'not',
    of: { kind: 'or', of: [rawA, rawB] },
  });
  assert.deepEqual(plain(decode({ $not: a }).raw), { kind: 'not', of: rawA });
  assert.deepEqual(plain(decode({ a: { $not: { $eq: 'x' } } }).raw), { kind: 'not', of: rawA });
  assert.deepEqual(plain(decode({ a: { $exists: true, nin: ['p', 'q'] } }).raw), {
    kind: 'and',
    of: [compare('a', 'exists', true), compare('a', 'nin', ['p', 'q'])],
  });
  // An `and` of its own stays one: grouping of list items depends on it.
  assert.deepEqual(plain(decode({ $and: [{ a: 'x', b: { $ne: 'y' } }, a] }).raw), {
    kind: 'and',
    of: [{ kind: 'and', of: [rawA, rawB] }, rawA],
  });
});

test('Mongo refuses unknown operators, empty lists and objects, lists and null as equalities', () => {
  bad({ a: { $regex: '.*' }, b: 'x', $and: [] }, /./);
  bad({ $and: [{ a: { $regex: '.*' } }] }, /"\$regex".*"a"/);
  bad({ $where: 'sleep(1)' }, /"\$where"/);
  bad({ a: { $elemMatch: { b: 1 }, $eq: '1' } }, /"\$elemMatch"/);
  bad({ $and: [] }, /empty/);
  bad({ $and: [{}] }, /empty/);
  bad({ $or: [{ a: {} }] }, /empty/);
  bad({ $or: { a: 'x' } }, /"\$or"/);
  bad({ $and: [{ a: null }] }, /"a"/);
  bad({ $and: [{ a: ['x'] }] }, /"a"/);
  bad({ query: {}, collection: 'Group' }, /empty/);
  bad({ query: { a: 'x' }, filter: { b: 'y' } }, /"filter"/);
  bad({ query: { a: 'x' }, collection: 5 }, /collection/);
  bad({ query: 'all' }, /query/);
  bad({ expression: { query: { a: 'x' } }, limit: 5 }, /"limit"/);
});

test('seq is AND, or is OR, with and without the wrapper, alone and nested', () => {
  const leaf = (attribute: string) => ({ attribute, operator: '=', value: 'x' });
  const raw = (attribute: string) => compare(attribute, 'eq', 'x');
  const seq = { seq: [leaf('a'), { or: [{ seq: [leaf('b'), leaf('c')] }, leaf('d')] }] };
  const expected = {
    kind: 'and',
    of: [raw('a'), { kind: 'or', of: [{ kind: 'and', of: [raw('b'), raw('c')] }, raw('d')] }],
  };
  assert.deepEqual(plain(decode(seq).raw), expected);
  assert.deepEqual(plain(decode({ expression: seq }).raw), expected);
  assert.deepEqual(plain(decode({ type: 'expression', value: { expression: seq } }).raw), expected);
  assert.deepEqual(plain(decode({ or: [leaf('a'), leaf('b')] }).raw), { kind: 'or', of: [raw('a'), raw('b')] });
});

test('seq and or refuse empty lists, unknown keys and both in one object', () => {
  const leaf = { attribute: 'a', operator: '=', value: 'x' };
  bad({ seq: [] }, /"seq"/);
  bad({ or: [] }, /"or"/);
  bad({ seq: {} }, /"seq"/);
  bad({ seq: [leaf], or: [leaf] }, /"or"/);
  bad({ seq: [leaf], limit: 1 }, /"limit"/);
  bad({ seq: [{ ...leaf, negate: true }] }, /"negate"/);
  bad({ seq: [{ not: leaf }] }, /"not"/);
  bad({ seq: ['a'] }, /object/);
  bad({ seq: [{ ...leaf, operator: '~' }] }, /"~"/);
  bad({ seq: [{ attribute: 'a', operator: '=' }] }, /"a"/);
  bad({ seq: [{ operator: '=', value: 'x' }] }, /attribute/);
});

test('a range is its bounds, and needs one', () => {
  assert.deepEqual(plain(decode({ birthdate: { type: 'range', gte: '2000-01-01', lte: '2001-01-01' } }).raw), {
    kind: 'and',
    of: [compare('birthdate', 'ge', '2000-01-01'), compare('birthdate', 'le', '2001-01-01')],
  });
  assert.deepEqual(plain(decode({ birthdate: { type: 'range', gt: '2000' }, sex: 'male' }).raw), {
    kind: 'and',
    of: [compare('birthdate', 'gt', '2000'), compare('sex', 'eq', 'male')],
  });
  bad({ birthdate: { type: 'range' } }, /"birthdate"/);
  bad({ birthdate: { type: 'range', eq: 'x' } }, /"eq"/);
  bad({ birthdate: { type: 'range', from: 'x' } }, /"from"/);
});

test('an operator that is none is named, also where nothing else tells the form', () => {
  bad({ birth_date: { $near: '1990-01-01' } }, /Unknown operator "\$near" for attribute "birth_date"/);
  bad({ identifier: { $elemMatch: { type: 'x' } } }, /"\$elemMatch"/);
});

test('what has no known form is refused as such', () => {
  for (const query of [
    null,
    true,
    5,
    '',
    'all',
    {},
    [],
    [1],
    ['x'],
    [[]],
    [{}],
    { a: { b: 'c' } },
    { a: ['x'] },
    { a: null },
  ]) {
    refused(query, 'rjct.filter.invalid', /known forms/);
  }
});

test('the limits of PROTOCOL 11 hold, and a value on them passes', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => String(index));
  const or = (count: number) => ({ $or: many(count).map((a) => ({ a })) });
  const nodes = (query: unknown) => bad(query, /over (100|200|1000|8192)/i);
  decode({ $or: many(90).map((a) => ({ a })) });
  nodes(or(101));
  decode(many(100).map((value) => ({ type: 'UIN', value })));
  nodes(many(101).map((value) => ({ type: 'UIN', value })));
  decode({ a: { $in: many(1_000) } });
  nodes({ a: { $in: many(1_001) } });
  nodes({ seq: many(101).map((value) => ({ attribute: 'a', operator: '=', value })) });
  nodes(many(101).map((attribute_value) => ({ expression1: { ...dob, attribute_value } })));
  nodes(many(300).reduce<unknown>((inner) => ({ $and: [inner] }), { a: 'x' }));
  nodes(many(300).reduce<unknown>((inner) => ({ seq: [inner] }), { attribute: 'a', operator: '=', value: 'x' }));
  nodes({ a: many(300).reduce<unknown>((inner) => ({ $not: inner }), { $eq: 'x' }) });
  bad(
    many(300).reduce<unknown>((value) => ({ type: 'x', value }), '1'),
    /wrapped/,
  );
  nodes(`query { person(a: "${'x'.repeat(9_000)}") { sex } }`);
});

test('a name comes back in a message cut and clean, a value never', () => {
  const secret = 'Amina-Njoroge';
  const long = 'n'.repeat(500);
  const dirty = '$\u0000\u202e';
  const clean = (text: string) => Array.from(text).every((each) => !dirty.slice(1).includes(each)) && text.length < 300;
  assert.throws(
    () => decode({ $and: [{ a: { [`${dirty}${long}`]: secret } }] }),
    ({ message }: Error) => clean(message) && !message.includes(secret),
  );
  bad({ $and: [{ name: { $eq: { [secret]: 1 } } }] }, /^(?!.*Amina).*"name"/);
  bad(`query { person(name: "${secret}" { sex } }`, /^(?!.*Amina)/);
});

test('identifiers are counted in every dialect', () => {
  const count = (query: unknown): number => countIdentifiers(decode(query).raw);
  assert.equal(count({ type: 'UIN', value: '1' }), 1);
  assert.equal(
    count([
      { type: 'UIN', value: '1' },
      { type: 'UIN', value: '2' },
    ]),
    2,
  );
  assert.equal(count({ 'identifier.identifier_value': { $in: ['1', '2', '3'] } }), 3);
  assert.equal(
    count({ $or: [{ 'member_list.member_identifier.identifier_value': '1' }, { identifier_value: { $ne: '2' } }] }),
    2,
  );
  assert.equal(count({ 'members.identifier.value': { $startswith: '2' }, sex: 'male' }), 1);
  assert.equal(count({ $not: { 'person.identifier': '2' } }), 1);
  assert.equal(count({ birth_date: '2000-01-01', 'identifier.identifier_type': 'UIN' }), 0);
  assert.equal(count('query { member(identifier: {type: "a", value: "b"}) { sex } }'), 1);
});

test('an identifier counts under a name that only the mapping knows', () => {
  const model = makeModel('Person', 'identifier', [...PERSON.attributes.values()], {
    nid: 'identifier.identifier_value',
  });
  const { raw } = decode({ nid: { $in: ['1', '2'] }, sex: 'male' });
  assert.equal(countIdentifiers(raw, [model]), 2);
  assert.equal(countIdentifiers(raw, [PERSON]), 0);
});

const GUIDES = referencePath('data/guides.json', 'queries of the published guides are');

test('every query of the published guides decodes', { skip: GUIDES === undefined }, () => {
  const guides: unknown = JSON.parse(readFileSync(GUIDES ?? '', 'utf8'));
  const queries = findQueries(guides);
  assert.ok(queries.length >= 5);
  for (const query of queries) assert.doesNotThrow(() => decode(query), JSON.stringify(query));
});

const findQueries = (value: unknown): unknown[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'query' || key === 'filter') return [inner];
    return key === 'other_queries' && Array.isArray(inner) ? inner : findQueries(inner);
  });
};
