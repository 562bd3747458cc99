/**
 * A bound filter as SQL. `and`, `or` and plain comparisons may be unknown on NULL, which a WHERE takes for false;
 * every negation is `IS NOT TRUE` (or a two-valued NOT EXISTS, IS NULL), so it is the exact complement.
 */

import { sql } from 'kysely';
import type { BoundFilter } from './bound-filter.ts';
import type { ChildPlace, Dialect, Fragment, Ref, StoredColumn } from './dialect.ts';
import type { ModelEdge, ModelEntity } from './model.ts';

/** Makes table aliases, unique in a statement. */
export type Alias = () => string;

export const newAliases = (): Alias => {
  let count = 0;
  return () => {
    count += 1;
    return `t${count}`;
  };
};

export const ref = (alias: string, column: StoredColumn): Ref => ({
  fragment: sql.id(alias, column.name),
  column,
});

const TRUE = sql`1 = 1`;
const FALSE = sql`1 = 0`;

export const allOf = (parts: readonly Fragment[]): Fragment => joined(parts, sql` and `, TRUE);

export const anyOf = (parts: readonly Fragment[]): Fragment => joined(parts, sql` or `, FALSE);

/** SQLite nests a chain of ANDs or ORs as deep as it is long, and refuses depths over 1,000: a long one is written as a flat tree. */
const MOST_IN_A_ROW = 50;

const joined = (parts: readonly Fragment[], by: Fragment, none: Fragment): Fragment => {
  const [only] = parts;
  if (only === undefined) return none;
  if (parts.length === 1) return only;
  if (parts.length <= MOST_IN_A_ROW) return sql`(${sql.join(parts, by)})`;
  const size = Math.ceil(parts.length / Math.min(MOST_IN_A_ROW, Math.ceil(parts.length / MOST_IN_A_ROW)));
  const groups = Array.from({ length: Math.ceil(parts.length / size) }, (_, index) =>
    joined(parts.slice(index * size, (index + 1) * size), by, none),
  );
  return sql`(${sql.join(groups, by)})`;
};

export interface Place {
  /** Conditions that come before the filter's. */
  readonly further?: readonly Fragment[];
  /** The WHERE of the whole statement, or of an IN that is ANDed to it. */
  readonly outermost?: boolean;
}

/** What stands around a condition that is ANDed. */
type Surroundings = Omit<ChildPlace, 'child'>;

const INNER: Surroundings = { own: 0, outermost: false };

export class Conditions {
  readonly #dialect: Dialect;
  readonly #alias: Alias;

  constructor(dialect: Dialect, alias: Alias) {
    this.#dialect = dialect;
    this.#alias = alias;
  }

  /** The WHERE of a row source: the deadline first (a term that fails before it would skip it), what rows there are, then the filter. */
  where(entity: ModelEntity, alias: string, filters: readonly BoundFilter[], place: Place = {}): Fragment {
    const { alive } = this.#dialect;
    const { further = [], outermost = false } = place;
    const base = [...entity.base, ...filters].map((part) => this.filter(alias, part, { own: 0, outermost }));
    return allOf([...(alive ? [alive] : []), ...further, ...base]);
  }

  filter(alias: string, filter: BoundFilter, at: Surroundings = INNER): Fragment {
    switch (filter.kind) {
      case 'all':
        return TRUE;
      case 'none':
        return FALSE;
      case 'and': {
        const own = Math.max(at.own, ...filter.of.map(accessOf));
        return allOf(filter.of.map((part) => this.filter(alias, part, { ...at, own })));
      }
      case 'or':
        return anyOf(filter.of.map((part) => this.filter(alias, part)));
      case 'not':
        return this.#not(alias, filter.of);
      case 'present':
        return sql`${ref(alias, filter.column).fragment} is not null`;
      case 'compare':
        return this.#dialect.compare(ref(alias, filter.column), filter.op, filter.match, filter.values);
      case 'in':
        return this.#dialect.inList(ref(alias, filter.column), filter.values);
      case 'length':
        return sql`${this.#dialect.length(ref(alias, filter.column))} = ${filter.values[0]}`;
      case 'any':
      case 'first':
        return this.#child(alias, filter, at);
    }
  }

  #not(alias: string, filter: BoundFilter): Fragment {
    switch (filter.kind) {
      case 'and':
        return anyOf(filter.of.map((part) => this.#not(alias, part)));
      case 'or':
        return allOf(filter.of.map((part) => this.#not(alias, part)));
      case 'not':
        return this.filter(alias, filter.of);
      case 'present':
        return sql`${ref(alias, filter.column).fragment} is null`;
      case 'any':
      case 'first':
        return sql`not ${this.#exists(alias, filter)}`;
      default:
        return sql`(${this.filter(alias, filter)}) is not true`;
    }
  }

  #child(alias: string, filter: ChildFilter, at: Surroundings): Fragment {
    if (!this.#dialect.childIn({ ...at, child: accessOf(filter.filter) })) return this.#exists(alias, filter);
    const child = this.#alias();
    const pairs = filter.edge.on.map((pair) => this.#dialect.pairs(ref(alias, pair.ours), ref(child, pair.theirs)));
    const ours = pairs.flatMap((pair) => pair.ours);
    const theirs = pairs.flatMap((pair) => pair.theirs);
    const left = ours.length === 1 ? sql.join(ours) : sql`(${sql.join(ours)})`;
    return sql`${left} in (select ${sql.join(theirs)} from ${filter.edge.child.source} ${sql.id(child)} where ${this.#childWhere(child, filter, { outermost: at.outermost })})`;
  }

  #exists(alias: string, filter: ChildFilter): Fragment {
    const child = this.#alias();
    const join = filter.edge.on.map(({ ours, theirs }) => this.#dialect.same(ref(child, theirs), ref(alias, ours)));
    return sql`exists (select 1 from ${filter.edge.child.source} ${sql.id(child)} where ${this.#childWhere(child, filter, { further: join })})`;
  }

  #childWhere(child: string, filter: ChildFilter, place: Place): Fragment {
    const { edge } = filter;
    if (filter.kind === 'any') return this.where(edge.child, child, [...edge.where, filter.filter], place);
    const earlier = this.#alias();
    const rows = [...edge.where, filter.among];
    const siblings = edge.on.map(({ theirs }) => this.#dialect.same(ref(earlier, theirs), ref(child, theirs)));
    const isFirst = this.#dialect.firstByLimit
      ? this.#isFirstFound(edge, child, earlier, this.where(edge.child, earlier, rows, { further: siblings }))
      : sql`not exists (select 1 from ${edge.child.source} ${sql.id(earlier)} where ${this.where(edge.child, earlier, rows, { further: [...siblings, this.#before(edge, earlier, child)] })})`;
    return sql`${this.where(edge.child, child, [...rows, filter.filter], place)} and ${isFirst}`;
  }

  #isFirstFound(edge: ModelEdge, child: string, earlier: string, where: Fragment): Fragment {
    const { key, nativeKey } = edge.child;
    const exactly = (at: Ref) => (nativeKey ? [at.fragment] : this.#dialect.exact(at));
    const keysOf = (alias: string) => sql.join(key.flatMap((column) => exactly(ref(alias, column))));
    const order = sql.join(edgeOrder(this.#dialect, edge, (column) => ref(earlier, column)));
    return sql`(${keysOf(child)}) = (select ${keysOf(earlier)} from ${edge.child.source} ${sql.id(earlier)} where ${where} order by ${order} limit 1)`;
  }

  /** Whether row `left` of an edge comes before row `right`: its order, NULLs last, then the key. */
  #before(edge: ModelEdge, left: string, right: string): Fragment {
    const terms = [
      ...edge.order.map(({ column, direction }) => ({ column, direction, native: false })),
      ...edge.child.key.map((column) => ({ column, direction: 'asc' as const, native: edge.child.nativeKey })),
    ];
    return terms.reduceRight<Fragment>((rest, { column, direction, native }, index) => {
      const [l, r] = [left, right].map((alias) => this.#dialect.sortable(ref(alias, column), native));
      const [lNull, rNull] = [left, right].map((alias) => ref(alias, column).fragment);
      const less = direction === 'asc' ? sql`${l} < ${r}` : sql`${l} > ${r}`;
      const smaller = column.nullable ? sql`(${less} or (${lNull} is not null and ${rNull} is null))` : less;
      if (index === terms.length - 1) return smaller;
      const equal = column.nullable ? sql`(${l} = ${r} or (${lNull} is null and ${rNull} is null))` : sql`${l} = ${r}`;
      return sql`(${smaller} or (${equal} and ${rest}))`;
    }, FALSE);
  }
}

/** ORDER BY of child rows: the edge's order, then the key. */
export const edgeOrder = (
  dialect: Dialect,
  edge: ModelEdge,
  at: (column: StoredColumn) => Ref,
): readonly Fragment[] => [
  ...edge.order.map(({ column, direction }) => dialect.order(at(column), direction, false)),
  ...keyOrder(dialect, edge.child, at),
];

export const keyOrder = (
  dialect: Dialect,
  entity: ModelEntity,
  at: (column: StoredColumn) => Ref,
): readonly Fragment[] => entity.key.map((column) => dialect.order(at(column), 'asc', entity.nativeKey));

type ChildFilter = Extract<BoundFilter, { readonly kind: 'any' | 'first' }>;

/** How good a way in the filter offers by an equality: 3 unique, 2 indexed, 0 none. */
export const accessOf = (filter: BoundFilter): number => {
  switch (filter.kind) {
    case 'and':
      return Math.max(...filter.of.map(accessOf));
    case 'or':
      return Math.min(...filter.of.map(accessOf));
    case 'compare':
      return filter.op === 'eq' && filter.match === 'exact' ? filter.column.access : 0;
    case 'in':
      return filter.column.access;
    case 'any':
    case 'first':
      return accessOf(filter.filter);
    default:
      return 0;
  }
};
