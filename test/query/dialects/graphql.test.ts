import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ItemRejection } from '../../../src/errors.ts';
import { type DecodedQuery, decodeQuery } from '../../../src/query/decode.ts';
import { QUERY_LIMITS } from '../../support/query-limits.ts';

const decode = (text: string): DecodedQuery => decodeQuery(text, QUERY_LIMITS);

const refused = (text: string, says: RegExp): void => {
  assert.throws(
    () => decode(text),
    (error: unknown) => {
      assert.ok(error instanceof ItemRejection, `${text.slice(0, 60)} threw ${error}`);
      assert.equal(error.code, 'rjct.search_criteria.invalid');
      assert.match(error.message, says);
      return true;
    },
    text.slice(0, 60),
  );
};

const MEMBER = `query GetMemberByIdentifier {
  member(identifier: { value: "1", type: "uin" }) {
    member_identifier { value type }
    demographic_info { name gender age }
  }
}`;

test('the published member query decodes, bare and under each wrapper', () => {
  const expected = {
    raw: { kind: 'identifier', type: 'uin', value: '1' },
    recordType: 'member',
    projection: [
      'member_identifier.value',
      'member_identifier.type',
      'demographic_info.name',
      'demographic_info.gender',
      'demographic_info.age',
    ],
  };
  assert.deepEqual(decode(MEMBER), expected);
  for (const query of [
    { expression: MEMBER },
    { type: 'ns:org:QueryType:graphql', value: { expression: MEMBER } },
    { type: 'graphql', value: MEMBER },
  ]) {
    assert.deepEqual(decodeQuery(query, QUERY_LIMITS), expected);
  }
});

test('the published birth record query decodes although it lacks the word query', () => {
  const decoded = decode('GeBirthRecordById {\n person(UIN: "1") { BRN name } }\n');
  assert.equal(decoded.recordType, 'person');
  assert.deepEqual(decoded.raw, { kind: 'compare', attribute: 'UIN', operator: 'eq', value: '1' });
  assert.deepEqual(decoded.projection, ['BRN', 'name']);
});

test('arguments are equalities, nested ones dotted names that stay together', () => {
  const { raw } = decode(
    '{ person(sex: female, name: {surname: "X", given_name: "Y"}, income: 10.50, alive: true) { sex } }',
  );
  assert.deepEqual(JSON.parse(JSON.stringify(raw)), {
    kind: 'and',
    of: [
      { kind: 'compare', attribute: 'sex', operator: 'eq', value: 'female' },
      {
        kind: 'and',
        of: [
          { kind: 'compare', attribute: 'name.surname', operator: 'eq', value: 'X' },
          { kind: 'compare', attribute: 'name.given_name', operator: 'eq', value: 'Y' },
        ],
      },
      { kind: 'compare', attribute: 'income', operator: 'eq', value: { text: '10.50' } },
      { kind: 'compare', attribute: 'alive', operator: 'eq', value: true },
    ],
  });
});

test('only the record’s own identifier is a look-up; another list keeps its name', () => {
  const { raw } = decode('{ household(member_identifier: {type: "UIN", value: "1"}) { group_size } }');
  assert.deepEqual(raw, {
    kind: 'and',
    of: [
      { kind: 'compare', attribute: 'member_identifier.type', operator: 'eq', value: 'UIN' },
      { kind: 'compare', attribute: 'member_identifier.value', operator: 'eq', value: '1' },
    ],
  });
});

test('everything outside the subset is refused', () => {
  refused('mutation { person(sex: male) { sex } }', /queries/);
  refused('subscription { person(sex: male) { sex } }', /queries/);
  refused('query { person(sex: male) { ...f } } fragment f on Person { sex }', /one query/);
  refused('query { person(sex: male) { ...f } }', /fragments/);
  refused('query { person(sex: male) { ... on Person { sex } } }', /fragments/);
  refused('query @skip(if: true) { person(sex: male) { sex } }', /directives/);
  refused('query { person(sex: male) @include(if: true) { sex } }', /directives/);
  refused('query { person(sex: male) { sex @skip(if: true) } }', /directives/);
  refused('query ($a: String) { person(sex: $a) { sex } }', /variables/);
  refused('query { person(sex: $a) { sex } }', /"sex"/);
  refused('query { person(sex: male) { sex } member(sex: male) { sex } }', /one root/);
  refused('query { a: person(sex: male) { sex } }', /aliases/);
  refused('query { person(sex: male) { x: sex } }', /aliases/);
  refused('query { person(sex: male) { phone(first: 1) } }', /"phone"/);
  refused('query { person { sex } }', /arguments/);
  refused('query { person(sex: male) }', /selection/);
  refused('query { person(sex: [male, female]) { sex } }', /"sex"/);
  refused('query { person(sex: null) { sex } }', /"sex"/);
  refused('query { person(name: {}) { sex } }', /"name"/);
  refused('query { person(sex: male, sex: female) { sex } }', /"sex".*twice/);
  refused('query { person(name: {surname: "a", surname: "b"}) { sex } }', /"surname".*twice/);
  refused('query A { person(sex: male) { sex } } query B { person(sex: male) { sex } }', /one query/);
  refused('query { person(identifier: {type: "*", value: "*"}) { sex } }', /everything/);
  refused('type Query { a: Int }', /one query|read/);
});

test('long and deep texts are refused quickly and do not overflow the stack', () => {
  const before = performance.now();
  refused('{'.repeat(5_000), /read|long/);
  refused(`query { person(a: ${'{a:'.repeat(2_600)}`, /read|long/);
  refused(`{ person(sex: male) { ${'a { '.repeat(2_000)}`, /read|long/);
  refused(`{ p(a: ${'['.repeat(5_000)}`, /read|long/);
  refused(`{${' '.repeat(2_000_000)}}`, /bytes/);
  refused(`{ person(sex: male) { ${'a '.repeat(600)} } }`, /long/);
  assert.ok(performance.now() - before < 2_000, 'bounded work');
});
