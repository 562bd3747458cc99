import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Filter, Operator, RawCompare, RawFilter } from '../../src/dci/filter.ts';
import type { JsonNode } from '../../src/dci/json-node.ts';
import { GatewayError, ItemRejection } from '../../src/errors.ts';
import { countIdentifiers, decodeQuery } from '../../src/query/decode.ts';
import { resolveFilter } from '../../src/query/resolve.ts';
import { authoriseQuery } from '../../src/registry/authorise-query.ts';
import { evaluate } from '../support/evaluate-filter.ts';
import fc from '../support/fast-check.ts';
import { damaged, garbage, graphqlish } from '../support/garbage.ts';
import { GROUP, MODELS } from '../support/models.ts';
import { QUERY_LIMITS } from '../support/query-limits.ts';
import { rightsOf } from '../support/rights.ts';
import { runs } from '../support/runs.ts';
import { toNode } from '../support/to-node.ts';

const TODAY = '2026-11-22';
const OPERATORS = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'contains', 'startswith'] as const satisfies readonly Operator[];

const record = <Value extends object>(model: { [K in keyof Value]: fc.Arbitrary<Value[K]> }): fc.Arbitrary<Value> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<Value>;

const leafOf = (names: readonly string[], values: readonly string[]): fc.Arbitrary<RawCompare> =>
  fc.oneof(
    record({
      kind: fc.constant('compare' as const),
      attribute: fc.constantFrom(...names),
      operator: fc.constantFrom<Operator>(...OPERATORS),
      value: fc.constantFrom<JsonNode>(...values),
    }),
    record({
      kind: fc.constant('compare' as const),
      attribute: fc.constantFrom(...names),
      operator: fc.constantFrom<Operator>('in', 'nin'),
      value: fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 3 }),
    }),
    record({
      kind: fc.constant('compare' as const),
      attribute: fc.constantFrom(...names),
      operator: fc.constant<Operator>('exists'),
      value: fc.boolean(),
    }),
  );

/** Trees as every dialect keeps them: at least two branches, `kinds` as the dialect has. */
const treeOf = (leaf: fc.Arbitrary<RawCompare>, negation: boolean): fc.Arbitrary<RawFilter> =>
  fc.letrec<{ tree: RawFilter }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'tree' },
      leaf,
      record({ kind: fc.constant('and' as const), of: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }) }),
      record({ kind: fc.constant('or' as const), of: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }) }),
      ...(negation ? [record({ kind: fc.constant('not' as const), of: tie('tree') })] : []),
    ),
  })).tree;

const anyLeaf = leafOf(['name', 'a.b', 'dob'], ['x', '', '%', 'ü']);

const asSeq = (raw: RawFilter): unknown => {
  if (raw.kind === 'compare') return { attribute: raw.attribute, operator: raw.operator, value: raw.value };
  if (raw.kind === 'and') return { seq: raw.of.map(asSeq) };
  return raw.kind === 'or' ? { or: raw.of.map(asSeq) } : assert.fail();
};

const asMongo = (raw: RawFilter): unknown => {
  if (raw.kind === 'compare') return { [raw.attribute]: { [`$${raw.operator}`]: raw.value } };
  if (raw.kind === 'not') return { $not: asMongo(raw.of) };
  if (raw.kind === 'and') return { $and: raw.of.map(asMongo) };
  return raw.kind === 'or' ? { $or: raw.of.map(asMongo) } : assert.fail();
};

test('a tree written as seq/or or as Mongo decodes to the same tree', () => {
  fc.assert(
    fc.property(treeOf(anyLeaf, false), (raw) => {
      const wrapped = { expression: raw.kind === 'compare' ? { seq: [asSeq(raw)] } : asSeq(raw) };
      assert.deepEqual(decodeQuery(toNode(wrapped), QUERY_LIMITS).raw, raw);
    }),
  );
  fc.assert(
    fc.property(treeOf(anyLeaf, true), (raw) => {
      assert.deepEqual(decodeQuery(toNode({ query: asMongo(raw) }), QUERY_LIMITS).raw, raw);
    }),
  );
});

test('a predicate list decodes to its items, ANDed', () => {
  const expression = ({ attribute, operator, value }: RawCompare) => ({
    attribute_name: attribute,
    operator,
    attribute_value: value,
  });
  const item = fc.oneof(
    anyLeaf.map((leaf) => ({ raw: leaf as RawFilter, item: { expression1: expression(leaf) } })),
    fc.tuple(anyLeaf, anyLeaf, fc.constantFrom('and', 'or', 'not')).map(([one, two, condition]) => ({
      raw: (condition === 'or'
        ? { kind: 'or', of: [one, two] }
        : { kind: 'and', of: [one, condition === 'not' ? { kind: 'not', of: two } : two] }) as RawFilter,
      item: { expression1: expression(one), condition, expression2: expression(two) },
    })),
  );
  fc.assert(
    fc.property(fc.array(item, { minLength: 2, maxLength: 6 }), (items) => {
      const list = items.map((each, index) => ({ ...each.item, seq_num: index + 1 }));
      const turned = list.toReversed();
      assert.deepEqual(decodeQuery(toNode(turned), QUERY_LIMITS).raw, {
        kind: 'and',
        of: items.map((each) => each.raw),
      });
    }),
  );
});

/** Each comparison on its own: no two speak of the same item. What grouping must never find more than. */
const apart = (raw: RawFilter): Filter => {
  if (raw.kind === 'and' || raw.kind === 'or') return { kind: raw.kind, of: raw.of.map(apart) };
  if (raw.kind === 'not') return { kind: 'not', of: apart(raw.of) };
  return resolveFilter(raw, GROUP, { today: TODAY });
};

const listLeaf = leafOf(
  [
    'member_list.demographic_info.name.surname',
    'member_list.demographic_info.address.locality',
    'member_list.demographic_info.address.region_code',
    'member_list.demographic_info.phone_number',
    'member_list.member_identifier.identifier_type',
    'member_list.member_identifier.identifier_value',
    'group_identifier.identifier_value',
    'group_type',
  ],
  ['a', 'b', 'c'],
);
const value = fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined });
const identifiers = fc.array(record({ identifier_type: value, identifier_value: value }), { maxLength: 3 });
const group = fc.record({
  group_type: value,
  group_identifier: identifiers,
  member_list: fc.array(
    fc.record({
      member_identifier: identifiers,
      demographic_info: record({
        name: fc.record({ surname: value }),
        address: fc.array(fc.record({ locality: value, region_code: value }), { maxLength: 2 }),
        phone_number: fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
      }),
    }),
    { maxLength: 3 },
  ),
});

test('grouping by item never finds a record that the comparisons apart would not, under any nesting of not', () => {
  let narrowed = 0;
  fc.assert(
    fc.property(treeOf(listLeaf, true), group, (raw, record) => {
      const together = evaluate(resolveFilter(raw, GROUP, { today: TODAY }), record);
      const separately = evaluate(apart(raw), record);
      if (together) assert.ok(separately, JSON.stringify({ raw, record }));
      if (separately && !together) narrowed += 1;
    }),
    { numRuns: runs(20_000, 10_000) },
  );
  assert.ok(narrowed > 0, `grouping made a difference ${narrowed} times`);
});

test('garbage and damaged queries are refused or understood, never a fault, and never leave the rights', () => {
  const rights = rightsOf({
    Person: { attributes: ['birth_date', 'sex', 'name.surname'], fields: ['birth_date'], identifierTypes: ['UIN'] },
  });
  const allowed = ['birth_date', 'sex', 'name.surname', 'identifier.identifier_type', 'identifier.identifier_value'];
  const asked = (filter: Filter): readonly string[] =>
    filter.kind === 'compare' ? [filter.attribute.path] : 'of' in filter ? [filter.of].flat().flatMap(asked) : [];
  let understood = 0;
  fc.assert(
    fc.property(fc.oneof(damaged, garbage, graphqlish), garbage, (query, sort) => {
      try {
        const decoded = decodeQuery(toNode(query), QUERY_LIMITS);
        countIdentifiers(decoded.raw);
        const known = { query: decoded, recordType: 'Person', rights, models: MODELS, today: TODAY };
        const { filter } = authoriseQuery({ ...known, sort: undefined });
        evaluate(filter, {});
        for (const path of asked(filter)) assert.ok(allowed.includes(path), path);
        understood += 1;
        authoriseQuery({ ...known, sort: toNode(sort) });
      } catch (error) {
        if (error instanceof ItemRejection || error instanceof GatewayError) assert.ok(error.message.length < 500);
        else throw error;
      }
    }),
    { numRuns: runs(15_000, 2_000) },
  );
  assert.ok(understood > runs(50, 5), `${understood} of them were understood`);
});
