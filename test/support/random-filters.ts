/**
 * Random filters over a record type, with values that lie near those of given records: the same, one off, cut, in another
 * case, with blanks, accents, `%`. For property tests that hold a backend's answer against `evaluate`.
 */

import type { Attribute, RecordModel } from '../../src/dci/attribute.ts';
import type { Compare, Filter, Operator, Scalar } from '../../src/dci/filter.ts';
import type { DciRecord } from '../../src/mapping/mapping.ts';
import fc from './fast-check.ts';

/** Texts that have betrayed comparisons before. */
export const AWKWARD_TEXTS: readonly string[] = [
  ...['', ' ', 'a', 'A', 'a ', ' a', 'á', 'à', 'ab', 'aB', 'a%', '%', '_', 'a_b', 'a\\b', "a'b", 'ß', 'ss', 'null'],
  ...['0', '00', '01', '1', '1a', '12', '012', '12 ', '-1', '1.0', '1e3', 'a-b', '-', 'İ', 'ñ', 'Ñ', 'n', '😀', '￿'],
];

/** Attributes whose values are rendered, so that `evaluate` can see them. */
export const evaluable = (model: RecordModel): readonly Attribute[] => {
  const distinct = new Set(model.attributes.values());
  return [...distinct].filter((attribute) =>
    attribute.chains.every((chain) => model.fields?.has(chain.map(({ path }) => path).join('.')) ?? true),
  );
};

/** Filters of at most `depth` levels. `records`: where likely values are taken from. */
export const randomFilters = (model: RecordModel, records: readonly DciRecord[], depth = 3): fc.Arbitrary<Filter> => {
  const attributes = evaluable(model);
  const pools = new Map(attributes.map((attribute) => [attribute, poolOf(attribute, records)]));
  const compares = (within: readonly Attribute[]): fc.Arbitrary<Filter> =>
    fc.constantFrom(...within).chain((attribute) => compareOn(attribute, pools.get(attribute) ?? []));
  const tree = (within: readonly Attribute[], list: string, levels: number): fc.Arbitrary<Filter> => {
    const leaf = compares(within);
    if (levels === 0) return leaf;
    const inner = tree(within, list, levels - 1);
    const lists = [...new Set(within.flatMap((each) => each.lists))].filter(
      (each) => each !== list && isBelow(each, list),
    );
    const anys = lists.map((each) => ({
      weight: 1,
      arbitrary: tree(
        within.filter(({ path }) => path === each || isBelow(path, each)),
        each,
        levels - 1,
      ).map((of): Filter => ({ kind: 'any', list: each, of })),
    }));
    return fc.oneof(
      { weight: 4, arbitrary: leaf },
      { weight: 2, arbitrary: fc.array(inner, { maxLength: 3 }).map((of): Filter => ({ kind: 'and', of })) },
      { weight: 2, arbitrary: fc.array(inner, { maxLength: 3 }).map((of): Filter => ({ kind: 'or', of })) },
      { weight: 1, arbitrary: inner.map((of): Filter => ({ kind: 'not', of })) },
      { weight: 1, arbitrary: fc.constant<Filter>({ kind: 'everything' }) },
      ...(anys.length === 0 ? [] : [{ weight: 3, arbitrary: fc.oneof(...anys) }]),
    );
  };
  return tree(attributes, '', depth);
};

const isBelow = (path: string, list: string): boolean => list === '' || path.startsWith(`${list}.`);

/** Some of the attribute's values in the records. */
const poolOf = (attribute: Attribute, records: readonly DciRecord[]): readonly Scalar[] => {
  const paths = attribute.chains.map((chain) => chain.flatMap(({ path }) => path.split('.')));
  const values = new Set(records.flatMap((record) => paths.flatMap((path) => [...valuesAt(record, path)])));
  return [...values].slice(0, 200);
};

function* valuesAt(value: unknown, path: readonly string[]): Generator<Scalar> {
  if (Array.isArray(value)) for (const item of value) yield* valuesAt(item, path);
  else if (typeof value === 'object' && value !== null) {
    const [name, ...rest] = path;
    if (name !== undefined) yield* valuesAt((value as Record<string, unknown>)[name], rest);
  } else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') yield value;
}

const compareOn = (attribute: Attribute, pool: readonly Scalar[]): fc.Arbitrary<Compare> =>
  fc
    .constantFrom(...attribute.operators)
    .chain((operator) =>
      valuesFor(attribute, operator, pool).map((values): Compare => ({ kind: 'compare', attribute, operator, values })),
    );

const valuesFor = (
  attribute: Attribute,
  operator: Operator,
  pool: readonly Scalar[],
): fc.Arbitrary<readonly Scalar[]> => {
  if (operator === 'exists') return fc.boolean().map((value) => [value]);
  const one = valueFor(attribute, pool);
  return operator === 'in' || operator === 'nin'
    ? fc.array(one, { minLength: 1, maxLength: 3 })
    : one.map((value) => [value]);
};

const valueFor = (attribute: Attribute, pool: readonly Scalar[]): fc.Arbitrary<Scalar> => {
  const known = pool.length > 0 ? fc.constantFrom(...pool) : valueOfType(attribute);
  const coded = attribute.codes === undefined ? [] : [fc.constantFrom(...attribute.codes.codes.keys())];
  if (attribute.type !== 'text')
    return fc.oneof(
      { weight: 3, arbitrary: known },
      { weight: 2, arbitrary: near(attribute, known) },
      valueOfType(attribute),
    );
  if (attribute.codes?.open === false) return fc.oneof(known, ...coded);
  return fc.oneof(
    { weight: 3, arbitrary: known },
    { weight: 2, arbitrary: mutated(known) },
    fc.constantFrom(...AWKWARD_TEXTS),
    ...coded,
  );
};

const mutated = (known: fc.Arbitrary<Scalar>): fc.Arbitrary<string> =>
  fc.tuple(known, fc.integer({ min: 0, max: 9 })).map(([value, kind]) => {
    const text = String(value);
    const points = Array.from(text); // half a surrogate pair is refused before there is a filter
    const [headless, tailless] = [points.slice(1).join(''), points.slice(0, -1).join('')];
    const changes = [
      ...[`${text} `, ` ${text}`, text.toUpperCase(), text.toLowerCase(), headless, tailless],
      ...[text.normalize('NFD').replace(/\p{M}/gu, ''), `0${text}`, `${text}a`, text.replace(/.$/u, '%')],
    ];
    return changes[kind] ?? text;
  });

/** A query's dates have four digits of year. */
const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59Z');

/** One step beside a known value. */
const near = (attribute: Attribute, known: fc.Arbitrary<Scalar>): fc.Arbitrary<Scalar> =>
  fc.tuple(known, fc.constantFrom(-1, 1)).map(([value, step]) => {
    if (attribute.type === 'boolean') return value !== true;
    if (typeof value === 'number') return value + step;
    const ms = Date.parse(attribute.type === 'date' ? `${value}T00:00:00Z` : String(value));
    const beside = ms + step * (attribute.type === 'date' ? 86_400_000 : 1_000);
    if (Number.isNaN(ms) || beside < FIRST || beside > LAST) return value;
    const iso = new Date(beside).toISOString();
    return attribute.type === 'date' ? iso.slice(0, 10) : `${iso.slice(0, 19)}Z`;
  });

const valueOfType = (attribute: Attribute): fc.Arbitrary<Scalar> => {
  switch (attribute.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: -3, max: 120 });
    case 'number':
      return fc.oneof(fc.integer({ min: -3, max: 120 }), fc.constantFrom(0.5, 1.25, -0.5, 45.2));
    case 'date':
      return fc.constantFrom('0001-01-01', '1899-12-31', '1950-07-12', '1990-02-28', '2020-11-02', '9999-12-31');
    case 'datetime':
      return fc.constantFrom(
        ...['0001-01-01T00:00:00Z', '1990-03-25T00:59:59Z', '1990-03-25T01:00:00Z', '1990-09-30T00:30:00.5Z'],
        ...['2020-11-02T23:00:00Z', '2020-11-02T22:59:59.999Z', '9999-12-31T23:59:59Z'],
      );
    default:
      return fc.constantFrom(...AWKWARD_TEXTS);
  }
};
