import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Filter } from '../../src/dci/filter.ts';
import { GatewayError, ItemRejection } from '../../src/errors.ts';
import { decodeQuery } from '../../src/query/decode.ts';
import { agreeRecordType } from '../../src/query/record-types.ts';
import { resolveFilter } from '../../src/query/resolve.ts';
import { type Authorised, authorise, authoriseAction } from '../../src/registry/authorise.ts';
import { authoriseQuery } from '../../src/registry/authorise-query.ts';
import type { RegistryRights } from '../../src/security/rights.ts';
import { evaluate } from '../support/evaluate-filter.ts';
import fc from '../support/fast-check.ts';
import { GROUP, MODELS, makeModel, PERSON } from '../support/models.ts';
import { QUERY_LIMITS } from '../support/query-limits.ts';
import { ALL_OF_A_RECORD, rightsOf } from '../support/rights.ts';
import { runs } from '../support/runs.ts';
import { toNode } from '../support/to-node.ts';

const TODAY = '2026-11-22';

const ask = (
  rights: RegistryRights | undefined,
  query: unknown,
  { recordType = 'Person', sort = [] as unknown } = {},
): Authorised => {
  const decoded = decodeQuery(toNode(query), QUERY_LIMITS);
  const type = agreeRecordType([decoded.recordType]) ?? recordType;
  return authoriseQuery({ query: decoded, sort: toNode(sort), recordType: type, rights, models: MODELS, today: TODAY });
};

const rejects = (work: () => unknown, code: string, message: string): void => {
  assert.throws(work, (error: unknown) => {
    assert.ok(error instanceof ItemRejection, `threw ${error}`);
    assert.equal(error.code, code);
    assert.equal(error.message, message);
    return true;
  });
};
const unknown = (work: () => unknown, name: string): void =>
  rejects(work, 'rjct.search_criteria.invalid', `Unknown attribute "${name}".`);
const unavailable = (work: () => unknown, name: string): void =>
  rejects(work, 'rjct.search_criteria.invalid', `The operator is not available for attribute "${name}".`);
const forbids = (work: () => unknown): void => {
  assert.throws(work, (error: unknown) => error instanceof GatewayError && error.code === 'request.forbidden');
};

const SURNAME_ONLY = rightsOf({ Person: { attributes: ['name.surname'], fields: ['name'] } });

test('a registry, an action or a record type that is not the partner’s forbids the request', () => {
  forbids(() => ask(undefined, { surname: 'Otieno' }));
  forbids(() => ask(SURNAME_ONLY, { group_size: 5 }, { recordType: 'Group' }));
  forbids(() => ask(SURNAME_ONLY, { group_size: 5 }, { recordType: 'Unheard' }));
  forbids(() => authoriseAction(undefined, 'search'));
  forbids(() => authoriseAction({ ...SURNAME_ONLY, actions: ['search'] }, 'subscribe'));
  assert.equal(authoriseAction({ ...SURNAME_ONLY, actions: ['search'] }, 'search').width, 'any');
});

test('a record type named in another place is the one that is checked', () => {
  forbids(() => ask(SURNAME_ONLY, { collection: 'Group', query: { group_size: 5 } }));
  forbids(() => ask(SURNAME_ONLY, '{ household(group_size: 5) { group_size } }'));
  assert.ok(ask(SURNAME_ONLY, { collection: 'SRPerson', query: { surname: 'Otieno' } }));
  assert.throws(
    () =>
      agreeRecordType([
        'Person',
        decodeQuery(toNode({ collection: 'Group', query: { a: 'x' } }), QUERY_LIMITS).recordType,
      ]),
    ItemRejection,
  );
});

test('an attribute without the right reads exactly like one that does not exist, whatever is asked of it', () => {
  for (const query of [{ sex: 'male' }, { sex: 'robot' }, { sex: { $contains: 'x' } }, { sex: { $exists: true } }]) {
    unknown(() => ask(SURNAME_ONLY, query), 'sex');
  }
  unknown(() => ask(SURNAME_ONLY, { gender: 'male' }), 'gender');
  unknown(() => ask(SURNAME_ONLY, { hat_size: 5 }), 'hat_size');
  unknown(
    () => ask(SURNAME_ONLY, { $or: [{ surname: 'Otieno' }, { $not: { 'person.gender': 'male' } }] }),
    'person.gender',
  );
  unknown(() => ask(SURNAME_ONLY, { given_name: 'x' }), 'given_name');
  assert.ok(
    ask(rightsOf({ Person: { attributes: ['name'], fields: ['name'] } }), { given_name: 'x' }),
    'a path allows all below it',
  );
});

test('the right to a path is no right to another that begins with the same letters', () => {
  const rights = rightsOf({ Person: { attributes: ['child', 'name.sur'], fields: 'all' } });
  unknown(() => ask(rights, { children: 2 }), 'children');
  unknown(() => ask(rights, { 'name.surname': 'x' }), 'name.surname');
});

test('age and year of birth need the right to the birth date', () => {
  for (const name of ['age', 'YOB', 'year_of_birth', 'AGE'])
    unknown(() => ask(SURNAME_ONLY, { [name]: { $gt: 17 } }), name);
  const seen = rightsOf({ Person: { attributes: ['birth_date'], fields: ['birth_date'] } });
  assert.ok(ask(seen, { age: { $gt: 17 } }));
  const searchedOnly = rightsOf({ Person: { attributes: ['birth_date'] } });
  for (const operator of ['$gt', '$eq', '$ne', '$exists']) {
    unavailable(() => ask(searchedOnly, { age: { [operator]: operator === '$exists' ? true : 17 } }), 'age');
  }
  assert.ok(ask(searchedOnly, { birth_date: '2000-01-01' }));
});

test('a nested attribute needs the list, the member’s person and the person’s field', () => {
  const query = { 'member_list.demographic_info.birth_date': '2000-01-01' };
  const name = 'member_list.demographic_info.birth_date';
  const full = {
    Group: { attributes: ['member_list'], fields: 'all' as const },
    Member: { attributes: ['demographic_info'], fields: 'all' as const },
    Person: { attributes: ['birth_date'], fields: 'all' as const },
  };
  const group = { recordType: 'Group' };
  assert.ok(ask(rightsOf(full), query, group));
  unknown(() => ask(rightsOf({ ...full, Group: { ...full.Group, attributes: ['group_size'] } }), query, group), name);
  unknown(() => ask(rightsOf({ ...full, Member: { ...full.Member, attributes: [] } }), query, group), name);
  unknown(() => ask(rightsOf({ ...full, Person: { ...full.Person, attributes: ['sex'] } }), query, group), name);
  unknown(() => ask(rightsOf({ Group: ALL_OF_A_RECORD, Member: ALL_OF_A_RECORD }), query, group), name);
  unknown(() => ask(rightsOf({ Group: ALL_OF_A_RECORD, Person: ALL_OF_A_RECORD }), query, group), name);
  unknown(
    () => ask(rightsOf({ ...full, Person: { attributes: ['sex'] } }), { 'members.age': 5 }, group),
    'members.age',
  );
  unknown(
    () => ask(rightsOf({ ...full, Person: { attributes: ['sex'] } }), { 'head.dob': '2000-01-01' }, group),
    'head.dob',
  );
});

test('an attribute from several sources needs the right to each of them', () => {
  const both = {
    ...PERSON,
    attributes: new Map([
      ...PERSON.attributes,
      [
        'any_name',
        {
          path: 'any_name',
          type: 'text' as const,
          lists: [],
          chains: [[{ record: 'Person', path: 'name.surname' }], [{ record: 'Person', path: 'name.second_name' }]],
          operators: new Set(['eq' as const]),
          selective: false,
          sortable: false,
        },
      ],
    ]),
  };
  const models = new Map([['Person', both]]);
  const filter = resolveFilter({ kind: 'compare', attribute: 'any_name', operator: 'eq', value: 'x' }, both, {
    today: TODAY,
  });
  const check = (attributes: readonly string[]) =>
    authorise({
      filter,
      sort: [],
      recordType: 'Person',
      projection: undefined,
      rights: rightsOf({ Person: { attributes } }),
      models,
    });
  unknown(() => check(['name.surname']), 'any_name');
  assert.ok(check(['name.surname', 'name.second_name']));
});

test('what is searched but not seen takes only eq and in, and no negation of them', () => {
  const rights = rightsOf({ Person: { attributes: ['name.surname', 'phone_number', 'income'], fields: ['sex'] } });
  for (const query of [{ surname: 'Otieno' }, { surname: { $in: ['a', 'b'] } }, { phone: '+254' }])
    assert.ok(ask(rights, query));
  for (const operator of ['$ne', '$gt', '$gte', '$lt', '$lte', '$contains', '$startswith']) {
    unavailable(() => ask(rights, { surname: { [operator]: 'a' } }), 'surname');
  }
  unavailable(() => ask(rights, { surname: { $nin: ['a'] } }), 'surname');
  unavailable(() => ask(rights, { surname: { $exists: true } }), 'surname');
  unavailable(() => ask(rights, { $not: { surname: 'a' } }), 'surname');
  unavailable(() => ask(rights, { $nor: [{ surname: 'a' }, { income: 5 }] }), 'surname');
  unavailable(
    () =>
      ask(rights, [
        {
          expression1: { attribute_name: 'phone', operator: 'eq', attribute_value: '1' },
          condition: 'not',
          expression2: { attribute_name: 'surname', operator: 'eq', attribute_value: '1' },
        },
      ]),
    'surname',
  );
});

test('results are sorted only by what the partner sees', () => {
  const rights = rightsOf({ Person: { attributes: 'all', fields: ['name.surname'] } });
  const by =
    (name: string, extra?: RegistryRights, recordType = 'Person') =>
    () =>
      ask(extra ?? rights, recordType === 'Person' ? { surname: 'x' } : { group_size: 5 }, {
        sort: [{ attribute_name: name }],
        recordType,
      });
  assert.deepEqual(
    by('surname')().sort.map((key) => key.path),
    ['name.surname'],
  );
  rejects(by('dob'), 'rjct.sort.invalid', 'Results cannot be sorted by "dob".');
  rejects(by('income'), 'rjct.sort.invalid', 'Results cannot be sorted by "income".');
  rejects(by('hat_size'), 'rjct.sort.invalid', 'Results cannot be sorted by "hat_size".');
  const all = { Group: ALL_OF_A_RECORD, Member: ALL_OF_A_RECORD, Person: ALL_OF_A_RECORD };
  assert.ok(by('head.dob', rightsOf(all), 'Group')());
  const hidden = rightsOf({ ...all, Person: { ...ALL_OF_A_RECORD, fields: ['name'] } });
  rejects(by('head.dob', hidden, 'Group'), 'rjct.sort.invalid', 'Results cannot be sorted by "head.dob".');
  const filtered = rightsOf({ ...all, Person: { ...ALL_OF_A_RECORD, rows: toNode({ sex: 'male' }) } });
  rejects(by('head.dob', filtered, 'Group'), 'rjct.sort.invalid', 'Results cannot be sorted by "head.dob".');
});

test('a selection of hidden fields reads like one of unknown fields', () => {
  const rights = rightsOf({
    Member: { attributes: 'all', fields: ['demographic_info', 'marital_status'], identifierTypes: 'all' },
    Person: { attributes: 'all', fields: ['name'] },
  });
  const select = (fields: string) => () => ask(rights, `{ member(marital_status: "S") { ${fields} } }`);
  assert.deepEqual(select('marital_status demographic_info { name }')().projection, [
    'marital_status',
    'demographic_info.name',
  ]);
  assert.deepEqual(select('demographic_info')().projection, ['demographic_info'], 'the view cuts what is below');
  unknown(select('demographic_info { gender }'), 'demographic_info.gender');
  unknown(select('demographic_info { age }'), 'demographic_info.age');
  unknown(select('demographic_info { hat }'), 'demographic_info.hat');
  unknown(select('is_disabled'), 'is_disabled');
  unknown(select('member_identifier { value }'), 'member_identifier.value');
});

const UIN_ONLY = rightsOf({ Person: { attributes: ['identifier', 'sex'], fields: 'all', identifierTypes: ['UIN'] } });

test('an identifier type that is named and not allowed forbids the request, in every dialect', () => {
  assert.ok(ask(UIN_ONLY, { type: 'UIN', value: '1' }));
  for (const query of [
    { type: 'TAX', value: '1' },
    [
      { type: 'UIN', value: '1' },
      { type: 'TAX', value: '1' },
    ],
    { 'identifier.identifier_type': 'TAX' },
    { identifier_type: { $in: ['UIN', 'TAX'] }, sex: 'male' },
    { $not: { 'identifier.type': 'TAX' } },
    { 'identifier.type': { $ne: 'TAX' } },
    { 'identifier.type': { $nin: ['TAX'] } },
    { seq: [{ attribute: 'identifier.type', operator: '=', value: 'TAX' }] },
    [{ expression1: { attribute_name: 'id_type', operator: 'eq', attribute_value: 'TAX' } }],
    '{ person(identifier: {type: "TAX", value: "1"}) { sex } }',
    { type: 'no such type', value: '1' },
  ]) {
    forbids(() => ask(UIN_ONLY, query));
  }
  forbids(() => ask(rightsOf({ Person: { attributes: 'all', fields: 'all' } }), { type: 'UIN', value: '1' }));
  forbids(() => ask(rightsOf({ Person: { attributes: 'all', fields: 'all' } }), { identifier_value: '1' }));
});

test('identifiers of nested records are held to that record’s types', () => {
  const rights = rightsOf({
    Group: ALL_OF_A_RECORD,
    Member: { ...ALL_OF_A_RECORD, identifierTypes: ['UIN'] },
    Person: { ...ALL_OF_A_RECORD, identifierTypes: ['UIN'] },
  });
  const group = { recordType: 'Group' };
  forbids(() => ask(rights, { 'members.member_identifier.type': 'TAX' }, group));
  forbids(() => ask(rights, { 'members.demographic_info.identifier.type': 'TAX' }, group));
  const { filter } = ask(rights, { 'members.demographic_info.identifier.value': '9' }, group);
  const family = (type: string) => ({
    member_list: [{ demographic_info: { identifier: [{ identifier_type: type, identifier_value: '9' }] } }],
  });
  assert.equal(evaluate(filter, family('UIN')), true);
  assert.equal(evaluate(filter, family('TAX')), false);
});

test('an allowed type may be written in any case, and means the allowed one', () => {
  const { filter } = ask(UIN_ONLY, { type: 'uin', value: '9' });
  const person = (type: string) => ({ identifier: [{ identifier_type: type, identifier_value: '9' }] });
  assert.equal(evaluate(filter, person('UIN')), true);
  assert.equal(evaluate(filter, person('uin')), false);
});

test('identifiers that lie in another list of the record need their own right, and keep to the types', () => {
  const values = [...PERSON.attributes.values()];
  const own = values.filter((each) => each.path.startsWith('identifier.'));
  const households = own.map((each) => ({
    ...each,
    path: `households.${each.path}`,
    lists: ['households', 'households.identifier'],
    chains: [[{ record: 'Person', path: `households.${each.path}` }]],
  }));
  const models = new Map([['Person', makeModel('Person', 'identifier', [...values, ...households])]]);
  const asks = (query: unknown, attributes: readonly string[]) => {
    const rights = rightsOf({ Person: { attributes, fields: 'all', identifierTypes: ['UIN'] } });
    const decoded = decodeQuery(toNode(query), QUERY_LIMITS);
    return authoriseQuery({ query: decoded, sort: [], recordType: 'Person', rights, models, today: TODAY });
  };
  const value = 'households.identifier.identifier_value';
  unknown(() => asks({ [value]: '9' }, []), value);
  const { filter } = asks({ [value]: '9' }, ['households']);
  const person = (type: string) => ({
    households: [{ identifier: [{ identifier_type: type, identifier_value: '9' }] }],
  });
  assert.equal(evaluate(filter, person('UIN')), true);
  assert.equal(evaluate(filter, person('HH')), false);
  forbids(() => asks({ 'households.identifier.identifier_type': 'HH', [value]: '9' }, ['households']));
});

test('identifiers of a record that is only ever nested keep to its types as well', () => {
  const models = new Map([...MODELS].filter(([type]) => type !== 'Person'));
  const rights = rightsOf({ Member: ALL_OF_A_RECORD, Person: { ...ALL_OF_A_RECORD, identifierTypes: ['UIN'] } });
  const asks = (query: unknown) => {
    const decoded = decodeQuery(toNode(query), QUERY_LIMITS);
    return authoriseQuery({ query: decoded, sort: [], recordType: 'Member', rights, models, today: TODAY });
  };
  const { filter } = asks({ 'demographic_info.identifier.value': '9' });
  const member = (type: string) => ({
    demographic_info: { identifier: [{ identifier_type: type, identifier_value: '9' }] },
  });
  assert.equal(evaluate(filter, member('UIN')), true);
  assert.equal(evaluate(filter, member('TAX')), false);
  forbids(() => asks({ 'demographic_info.identifier.type': 'TAX' }));
});

test('a value without a type is looked for in the allowed types only, on the same row', () => {
  const { filter } = ask(UIN_ONLY, { identifier_value: '9' });
  const person = (type: string, value: string) => ({
    identifier: [
      { identifier_type: 'UIN', identifier_value: '1' },
      { identifier_type: type, identifier_value: value },
    ],
  });
  assert.equal(evaluate(filter, person('UIN', '9')), true);
  assert.equal(evaluate(filter, person('TAX', '9')), false);
});

const leaf = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('identifier_value', 'identifier_type'),
      fc.constantFrom('$eq', '$ne', '$gt', '$lte', '$startswith'),
      fc.constantFrom('UIN', 'TAX', '1', '2'),
    )
    .map(([name, operator, value]) => ({ [name]: { [operator]: value } })),
  fc
    .tuple(fc.constantFrom('identifier_value', 'identifier_type'), fc.boolean())
    .map(([name, exists]) => ({ [name]: { $exists: exists } })),
  fc
    .constantFrom('1', '2')
    .map((value) => ({ 'identifier.identifier_type': 'UIN', 'identifier.identifier_value': value })),
  fc.constantFrom('male', 'female').map((sex) => ({ sex })),
);
const tree = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map((of) => ({ $and: of })),
    fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map((of) => ({ $or: of })),
    tie('tree').map((of) => ({ $not: of })),
  ),
})).tree;
const rows = fc.array(
  fc.record({
    identifier_type: fc.constantFrom('UIN', 'TAX'),
    identifier_value: fc.option(fc.constantFrom('1', '2', 'UIN'), { nil: undefined }),
  }),
  { maxLength: 3 },
);

test('whatever is asked, the answer is as if rows of other identifier types were not there', () => {
  let answered = 0;
  fc.assert(
    fc.property(tree, rows, fc.constantFrom('male', 'female'), (query, identifier, sex) => {
      const asked = resolveFilter(decodeQuery(toNode(query), QUERY_LIMITS).raw, PERSON, { today: TODAY });
      let filter: Filter;
      try {
        ({ filter } = authorise({
          filter: asked,
          sort: [],
          recordType: 'Person',
          projection: undefined,
          rights: UIN_ONLY,
          models: MODELS,
        }));
      } catch (error) {
        if (error instanceof GatewayError) return; // names TAX
        throw error;
      }
      answered += 1;
      const visible = identifier.filter((row) => row.identifier_type === 'UIN');
      assert.equal(evaluate(filter, { sex, identifier }), evaluate(asked, { sex, identifier: visible }));
    }),
    { numRuns: runs(10_000, 1_000) },
  );
  assert.ok(answered > runs(1_000, 100));
});

test('width identifiers: look-ups only', () => {
  const rights: RegistryRights = {
    ...rightsOf({ Person: ALL_OF_A_RECORD, Member: ALL_OF_A_RECORD, Group: ALL_OF_A_RECORD }),
    width: 'identifiers',
  };
  const narrow = [
    { type: 'UIN', value: '1' },
    [
      { type: 'UIN', value: '1' },
      { type: 'UIN', value: '2' },
    ],
    { identifier_type: 'UIN', identifier_value: '1' },
    { identifier_value: { $in: ['1', '2'] } },
  ];
  for (const query of narrow) assert.ok(ask(rights, query), JSON.stringify(query));
  const wide = [
    { surname: 'Otieno' },
    { identifier_type: 'UIN' },
    { identifier_value: { $ne: '1' } },
    { identifier_value: { $gt: '1' } },
    { identifier_value: { $exists: true } },
    { identifier_value: '1', surname: 'Otieno' },
    { $or: [{ identifier_value: '1' }, { surname: 'Otieno' }] },
    { $or: [{ identifier_value: '1' }, { identifier_type: 'UIN' }] },
    { identifier_type: 'UIN', 'identifier.type': { $in: ['UIN', 'BRN'] } },
    { $not: { identifier_value: '1' } },
    { $not: { $not: { identifier_value: '1' } } },
  ];
  for (const query of wide) {
    rejects(() => ask(rights, query), 'rjct.search_criteria.invalid', 'Only identifiers may be looked up.');
  }
});

const TOO_WIDE =
  'The search is too wide: each alternative must name an identifier or another selective attribute exactly.';

test('width selective: every alternative holds a positive eq or in on a selective attribute', () => {
  const rights: RegistryRights = {
    ...rightsOf({ Person: ALL_OF_A_RECORD, Member: ALL_OF_A_RECORD, Group: ALL_OF_A_RECORD }),
    width: 'selective',
  };
  for (const query of [
    { type: 'UIN', value: '7' },
    { identifier_value: '7' },
    { surname: 'Otieno' },
    { surname: { $in: ['Otieno', 'Njoroge'] } },
    { surname: 'Otieno', age: { $gt: 17 } },
    { $or: [{ surname: 'Otieno', sex: 'male' }, { phone: '+254711' }] },
    { surname: 'Otieno', $not: { sex: 'male' } },
    { surname: 'Otieno', $or: [{ sex: 'male' }, { age: 5 }] },
  ]) {
    assert.ok(ask(rights, query), JSON.stringify(query));
  }
  for (const query of [
    { sex: 'male' },
    { age: 5 },
    { surname: 'Li' },
    { surname: { $in: ['Otieno', 'Li'] } },
    { surname: '' },
    { surname: { $startswith: 'Otieno' } },
    { surname: { $contains: 'Otieno' } },
    { surname: { $gt: 'Otieno', $lt: 'Otienp' } },
    { surname: { $ne: 'Otieno' } },
    { surname: { $exists: true } },
    { $not: { surname: 'Otieno' } },
    { $not: { $not: { surname: 'Otieno' } } },
    { $nor: [{ surname: 'Otieno' }] },
    { $or: [{ surname: 'Otieno' }, { sex: 'male' }] },
    { $or: [{ surname: 'Otieno' }, { surname: { $exists: false } }] },
    { $and: [{ $or: [{ surname: 'Otieno' }, { sex: 'male' }] }, { age: 5 }] },
    { identifier_type: 'UIN' },
  ]) {
    rejects(() => ask(rights, query), 'rjct.search_criteria.invalid', TOO_WIDE);
  }
  const everything = decodeQuery(toNode({ type: '*', value: '*' }), QUERY_LIMITS, { everything: true });
  const all = { query: everything, sort: undefined, recordType: 'Person', models: MODELS, today: TODAY };
  rejects(() => authoriseQuery({ ...all, rights }), 'rjct.search_criteria.invalid', TOO_WIDE);
  assert.ok(authoriseQuery({ ...all, rights: { ...rights, width: 'any' } }));
});

test('that a list has some item tells nothing to a partner without its attributes', () => {
  const filter: Filter = { kind: 'any', list: 'member_list', of: { kind: 'everything' } };
  const question = {
    filter,
    sort: [],
    recordType: 'Group',
    projection: undefined,
    models: new Map([['Group', GROUP]]),
  };
  unknown(() => authorise({ ...question, rights: rightsOf({ Group: ALL_OF_A_RECORD }) }), 'member_list');
});

test('a query is refused the same way whether or not the hidden attribute would match: nothing is run to find out', () => {
  const messages = ['male', 'female', 'x', 5, null].map((sex) => {
    try {
      ask(SURNAME_ONLY, { $and: [{ surname: 'Otieno' }, { sex: { $eq: sex ?? 'unknown' } }] });
      return 'accepted';
    } catch (error) {
      return error instanceof ItemRejection ? `${error.code} ${error.message}` : String(error);
    }
  });
  assert.deepEqual(new Set(messages), new Set(['rjct.search_criteria.invalid Unknown attribute "sex".']));
});
