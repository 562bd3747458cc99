/** A native filter in the upstream's terms: dotted paths and DCI operators. What has no such form has none: nothing is left out. */
import type { Entity, NativeCompare, NativeFilter, NonNullValue } from 'dci-gateway/plugin';
import type { Operator, RecordType } from './config.ts';
import { pathOf } from './paths.ts';
import { KEY } from './records.ts';

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | Test
  /** One item of this list satisfies it. */
  | { readonly kind: 'item'; readonly list: string; readonly of: Condition };

export interface Test {
  readonly kind: 'test';
  readonly path: string;
  readonly operator: Operator;
  /** One value; several with `in` and `nin`. */
  readonly values: readonly NonNullValue[];
}

/** The smallest and largest days there are: the mapping writes them beside comparisons of dates. */
const EVERY_DAY: readonly (readonly [string, NonNullValue])[] = [
  ['ge', '0001-01-01'],
  ['le', '9999-12-31'],
];

/** Undefined: it cannot be said. `'everything'`: it says nothing. */
export const conditionOf = (
  filter: NativeFilter,
  type: RecordType,
  entities: ReadonlyMap<string, Entity>,
): Condition | 'everything' | undefined => translate(filter, { type, entity: type.entity, prefix: '', entities });

interface Place {
  /** That is searched. */
  readonly type: RecordType;
  readonly entity: Entity;
  readonly prefix: string;
  readonly entities: ReadonlyMap<string, Entity>;
}

type Translated = Condition | 'everything' | undefined;

const translate = (filter: NativeFilter, place: Place): Translated => {
  const { type, entity, prefix, entities } = place;
  const test = (column: string, operator: Operator, values: readonly NonNullValue[]): Test => ({
    ...{ kind: 'test', path: pathOf(prefix, column, entity), operator, values },
  });
  switch (filter.kind) {
    case 'all':
      return 'everything';
    case 'none':
    case 'length':
      return undefined;
    case 'and':
      return all(withNegations(withoutBounds(filter.of, entity)), place, test);
    case 'or': {
      const of = filter.of.map((each) => translate(each, place));
      if (of.includes('everything')) return 'everything';
      return of.every(isCondition) ? joined('or', of) : undefined;
    }
    case 'not': {
      // Records have no empty texts: they are absent.
      if (filter.of.kind === 'compare' && filter.of.op === 'eq' && filter.of.value === '') return 'everything';
      const of = translate(filter.of, place);
      return isCondition(of) ? { kind: 'not', of } : undefined;
    }
    case 'compare':
      if (filter.column === KEY) return keyed(filter.op === 'eq' ? [filter.value] : [], type);
      if (isBound(filter, entity)) return test(filter.column, 'exists', [true]);
      return test(filter.column, filter.op, [filter.value]);
    case 'in':
      if (filter.column === KEY) return keyed(filter.values, type);
      return test(filter.column, 'in', filter.values);
    case 'present':
      return test(filter.column, 'exists', [true]);
    case 'any':
    case 'first': {
      const edge = entity.children.get(filter.child);
      const target = entities.get(edge?.entity ?? '');
      if (edge === undefined || target === undefined) return undefined;
      const one = edge.max === 1;
      if (filter.kind === 'first' && !one) return undefined;
      const inner: NativeFilter =
        filter.kind === 'any' ? filter.filter : { kind: 'and', of: [filter.among, filter.filter] };
      const path = `${prefix}${filter.child}`;
      const of = translate(inner, { type, entity: target, prefix: `${path}.`, entities });
      if (!isCondition(of)) return undefined; // "has such an item" is no question that upstreams are asked
      return one ? of : { kind: 'item', list: path, of };
    }
  }
};

const all = (
  filters: readonly (NativeFilter | Different)[],
  place: Place,
  test: (column: string, operator: Operator, values: readonly NonNullValue[]) => Test,
): Translated => {
  const of = filters.map((each) =>
    each.kind === 'different'
      ? test(each.column, each.values.length > 1 ? 'nin' : 'ne', each.values)
      : translate(each, place),
  );
  if (of.includes(undefined)) return undefined;
  // A partner's identifier types stand beside those it named.
  const known = [...new Map(of.filter(isCondition).map((each) => [JSON.stringify(each), each])).values()];
  return known.length === 0 ? 'everything' : joined('and', known);
};

/** A value that is there and is none of these: `ne`, `nin`. */
interface Different {
  readonly kind: 'different';
  readonly column: string;
  readonly values: readonly NonNullValue[];
}

const withNegations = (filters: readonly NativeFilter[]): readonly (NativeFilter | Different)[] => {
  const present = new Set(filters.flatMap((each) => (each.kind === 'present' ? [each.column] : [])));
  const different = filters.flatMap((each) => differentOf(each)).filter(({ column }) => present.has(column));
  if (different.length === 0) return filters;
  const columns = new Set(different.map(({ column }) => column));
  return [
    ...filters.filter(
      (each) =>
        !(each.kind === 'present' && columns.has(each.column)) && !columns.has(differentOf(each)[0]?.column ?? ''),
    ),
    ...different,
  ];
};

const differentOf = (filter: NativeFilter): readonly Different[] => {
  if (filter.kind !== 'not') return [];
  const { of } = filter;
  if (of.kind === 'in') return [{ kind: 'different', column: of.column, values: of.values }];
  if (of.kind !== 'compare' || of.op !== 'eq' || of.value === '') return [];
  return [{ kind: 'different', column: of.column, values: [of.value] }];
};

const joined = (kind: 'and' | 'or', of: readonly Condition[]): Condition => {
  const [only] = of;
  return only !== undefined && of.length === 1 ? only : { kind, of };
};

const isCondition = (each: Translated): each is Condition => each !== undefined && each !== 'everything';

/** Records of these keys: their identifiers of the key's type. */
const keyed = (values: readonly NonNullValue[], { identifiers, key }: RecordType): Condition | undefined => {
  if (identifiers === undefined || key === undefined || values.length === 0) return undefined;
  const { list, type, value } = identifiers;
  const test = (column: string, operator: Operator, of: readonly NonNullValue[]): Test => ({
    ...{ kind: 'test', path: `${list}.${column}`, operator, values: of },
  });
  return { kind: 'item', list, of: { kind: 'and', of: [test(type, 'eq', [key]), test(value, 'in', values)] } };
};

/** A comparison that every day satisfies. */
type Bound = NativeCompare & { readonly op: 'ge' | 'le' };

const isBound = (filter: NativeFilter, entity: Entity): filter is Bound =>
  filter.kind === 'compare' &&
  entity.columns.get(filter.column)?.type === 'date' &&
  EVERY_DAY.some(([op, value]) => filter.op === op && filter.value === value);

/** Beside another comparison of the column bounds say nothing; alone they say that it has a value. */
const withoutBounds = (filters: readonly NativeFilter[], entity: Entity): readonly NativeFilter[] => {
  const bounds = filters.filter((each) => isBound(each, entity));
  if (bounds.length === 0) return filters;
  const others = filters.filter((each) => !isBound(each, entity));
  const compared = new Set(
    others.flatMap((each) => (each.kind === 'compare' || each.kind === 'in' ? [each.column] : [])),
  );
  const columns = new Set(bounds.map(({ column }) => column).filter((column) => !compared.has(column)));
  return [...others, ...[...columns].map((column): NativeFilter => ({ kind: 'present', column }))];
};
