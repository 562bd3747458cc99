/** Queries that nobody should send: random ones, and good ones with a part replaced. */
import fc from './fast-check.ts';

const NAMES = [
  'type',
  'value',
  'expression',
  'expression1',
  'expression2',
  'condition',
  'seq',
  'or',
  'query',
  'collection',
  '$and',
  '$or',
  '$not',
  '$nor',
  '$eq',
  'eq',
  '$in',
  'attribute',
  'attribute_name',
  'attribute_value',
  'operator',
  'age',
  'sex',
  'birth_date',
  'identifier',
  'identifier.value',
  'registration_date',
  'children',
  'phone',
  '__proto__',
  'seq_num',
  'gte',
];
const garbageLeaf = fc.oneof(
  fc.constantFrom(
    'range',
    'UIN',
    'and',
    'or',
    'not',
    '=',
    'in',
    'exists',
    '*',
    'age',
    'sex',
    '2000-02-30',
    '-0',
    '\u0000',
    '',
  ),
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
export const garbage = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 6, depthIdentifier: 'garbage' },
    garbageLeaf,
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...NAMES), fc.string()), tie('node'), { maxKeys: 4 }),
  ),
})).node;

export const graphqlish = fc
  .array(
    fc.constantFrom('{', '}', '(', ')', 'person', 'sex', ':', '"x"', 'query', '...', '@', '$a', '1', '[', ']', ','),
    { maxLength: 60 },
  )
  .map((words) => words.join(' '));

const lookUp = { type: 'UIN', value: '1' };
const leaf = { attribute: 'dob', operator: '>=', value: '2000-01-01' };
const expression = { attribute_name: 'gender', operator: 'eq', attribute_value: 'F' };

const GOOD: readonly unknown[] = [
  lookUp,
  [lookUp, { type: 'BRN', value: 5 }],
  [{ seq_num: 1, expression1: expression, condition: 'or', expression2: expression }, { expression1: expression }],
  { expression: { seq: [leaf, { or: [{ seq: [leaf, leaf] }, leaf] }] } },
  {
    type: 'x:expression',
    value: { expression: { collection: 'Person', query: { $and: [{ age: { $lt: 5 } }, { $not: { sex: 'M' } }] } } },
  },
  { dob: { type: 'range', gte: '2000-01-01', lt: '2001-01-01' }, phone: { $in: ['1', '2'] } },
  { 'identifier.type': 'UIN', 'identifier.value': { $ne: '1' }, surname: { $exists: true } },
];

const replaced = (value: unknown, steps: readonly number[], by: unknown): unknown => {
  const [step, ...rest] = steps;
  if (step === undefined || typeof value !== 'object' || value === null) return by;
  const entries = Object.entries(value);
  const at = step % Math.max(1, entries.length);
  const made = entries.map(([key, inner], index): [string, unknown] => [
    key,
    index === at ? replaced(inner, rest, by) : inner,
  ]);
  return Array.isArray(value) ? made.map(([, inner]) => inner) : Object.fromEntries(made);
};

export const damaged: fc.Arbitrary<unknown> = fc
  .tuple(fc.constantFrom(...GOOD), fc.array(fc.nat(9), { maxLength: 7 }), fc.oneof(garbageLeaf, garbage))
  .map(([good, steps, by]) => replaced(good, steps, by));
