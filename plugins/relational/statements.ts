/** The queries a page takes, as SQL fragments: keys (or rows at once), count, rows of keys, children of rows. */

import type { NativeOrder } from 'dci-gateway/plugin';
import { sql } from 'kysely';
import { ALL, type BoundFilter, combine, type TupleSlots } from './bound-filter.ts';
import { accessOf, allOf, Conditions, edgeOrder, keyOrder, newAliases, ref } from './condition.ts';
import type { Dialect, Fragment, Ref, StoredColumn, Value } from './dialect.ts';
import type { ModelEdge, ModelEntity } from './model.ts';

export interface OrderTerm {
  readonly column: StoredColumn;
  readonly direction: NativeOrder['direction'];
}

export interface PageStatement {
  readonly entity: ModelEntity;
  readonly filter: BoundFilter;
  readonly order: readonly OrderTerm[];
  /** What to select beside the key, when rows are read at once. */
  readonly columns: readonly StoredColumn[];
  readonly limit: Value;
  readonly offset: Value | undefined;
  /** Only rows after this one, in place of an offset. */
  readonly after?: readonly Value[] | undefined;
}

const MAX_BRANCHES = 16;

const asksChild = (filter: BoundFilter): boolean => {
  if (filter.kind === 'any' || filter.kind === 'first') return true;
  return filter.kind === 'and' && filter.of.some(asksChild);
};

/**
 * The branches of an OR over own columns and children, each with what is ANDed to it: no index serves such an OR, but
 * one serves each branch. Undefined when it is no such OR, or a branch would read everything anyway.
 */
export const unionBranches = (entity: ModelEntity, filter: BoundFilter): readonly BoundFilter[] | undefined => {
  const parts = filter.kind === 'and' ? filter.of : [filter];
  const or = parts.find((part) => part.kind === 'or' && part.of.some(asksChild));
  if (or === undefined || or.kind !== 'or' || or.of.length > MAX_BRANCHES) return undefined;
  if (!entity.nativeKey && entity.key.some((column) => column.folds)) return undefined; // UNION would drop rows whose keys fold together
  const rest = parts.filter((part) => part !== or);
  const branches = or.of.map((branch) => combine('and', [branch, ...rest]));
  return branches.every((branch) => accessOf(branch) > 0) ? branches : undefined;
};

export class Statements {
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** Key columns (then `columns`) of one page, in order. */
  page(page: PageStatement): Fragment {
    const { entity, filter } = page;
    const aliases = newAliases();
    const conditions = new Conditions(this.#dialect, aliases);
    const branches = page.columns.length === 0 ? unionBranches(entity, filter) : undefined;
    if (branches === undefined) {
      const alias = aliases();
      const at = (column: StoredColumn) => ref(alias, column);
      const after = this.#after(page, at);
      const selected = [...entity.key, ...page.columns].map((column) => at(column).fragment);
      return sql`select ${sql.join(selected)} from ${entity.source} ${sql.id(alias)} where ${conditions.where(entity, alias, [filter], { further: after, outermost: true })} ${this.#tail(page, at)}`;
    }
    const sorted = [...new Set([...entity.key, ...page.order.map(({ column }) => column)])];
    const selects = branches.map((branch) => {
      const alias = aliases();
      const selected = sorted.map((column, n) => sql`${ref(alias, column).fragment} as ${sql.id(`c${n}`)}`);
      const after = this.#after(page, (column) => ref(alias, column));
      return sql`select ${sql.join(selected)} from ${entity.source} ${sql.id(alias)} where ${conditions.where(entity, alias, [branch], { further: after, outermost: true })}`;
    });
    const at = (column: StoredColumn): Ref => ({ fragment: sql.id('u', `c${sorted.indexOf(column)}`), column });
    const keys = entity.key.map((column) => at(column).fragment);
    return sql`select ${sql.join(keys)} from (${sql.join(selects, sql` union `)}) ${sql.id('u')} ${this.#tail(page, at)}`;
  }

  /** How many rows satisfy the filter, at most `cap`. */
  count(entity: ModelEntity, filter: BoundFilter, cap: Value): Fragment {
    const aliases = newAliases();
    const conditions = new Conditions(this.#dialect, aliases);
    const branches = unionBranches(entity, filter);
    const selects = (branches ?? [filter]).map((branch) => {
      const alias = aliases();
      const selected = branches
        ? sql.join(entity.key.map((column) => ref(alias, column).fragment))
        : sql`1 as ${sql.id('one')}`;
      return sql`select ${selected} from ${entity.source} ${sql.id(alias)} where ${conditions.where(entity, alias, [branch], { outermost: true })}`;
    });
    return sql`select count(*) from (${sql.join(selects, sql` union `)} ${this.#dialect.limit(cap, undefined)}) ${sql.id('u')}`;
  }

  /** Key columns, then `columns`, of the rows with these keys. */
  rows(entity: ModelEntity, columns: readonly StoredColumn[], keys: TupleSlots): Fragment {
    const at = (column: StoredColumn) => ref('r', column);
    const selected = [...entity.key, ...columns].map((column) => at(column).fragment);
    const found = this.#dialect.inTuples(entity.key.map(at), keys.values, keys.many);
    // A key is unique among the rows that the entity has, not among all of its source (history copies).
    const where = new Conditions(this.#dialect, newAliases()).where(entity, 'r', [], { further: [found] });
    return sql`select ${sql.join(selected)} from ${entity.source} ${sql.id('r')} where ${where}`;
  }

  /** The `on` columns, then `columns`, of the children of several rows, in the edge's order. */
  children(
    edge: ModelEdge,
    columns: readonly StoredColumn[],
    parents: TupleSlots,
    kept: ChildFilters,
    cap: Value,
  ): Fragment {
    const aliases = newAliases();
    const conditions = new Conditions(this.#dialect, aliases);
    const alias = aliases();
    const at = (column: StoredColumn) => ref(alias, column);
    const on = edge.on.map(({ theirs }) => theirs);
    const ofParents = this.#dialect.inTuples(on.map(at), parents.values, parents.many);
    const order = sql.join(edgeOrder(this.#dialect, edge, at));
    const limit = this.#dialect.limit(cap, undefined);
    const from = (filters: readonly BoundFilter[]) =>
      sql`from ${edge.child.source} ${sql.id(alias)} where ${conditions.where(edge.child, alias, [...edge.where, ...filters], { further: [ofParents] })}`;
    const selected = [...on, ...columns];
    if (kept.first === undefined && edge.max === undefined)
      return sql`select ${sql.join(selected.map((column) => at(column).fragment))} ${from([kept.filter])} order by ${order} ${limit}`;
    const names = selected.map((_, n) => sql.id(`c${n}`));
    const values = selected.map((column, n) => sql`${at(column).fragment} as ${sql.id(`c${n}`)}`);
    const numbered = sql`row_number() over (partition by ${sql.join(on.flatMap((column) => this.#dialect.exact(at(column))))} order by ${order}) as ${sql.id('n')}`;
    const place = sql`row_number() over (order by ${order}) as ${sql.id('o')}`;
    const fits = sql`case when ${kept.first === undefined ? allOf([]) : conditions.filter(alias, kept.filter)} then 1 else 0 end as ${sql.id('f')}`;
    const inner = sql`select ${sql.join([...values, numbered, place, fits])} ${from([kept.first ?? kept.filter])}`;
    const last = sql.lit(kept.first === undefined ? (edge.max ?? 1) : 1);
    return sql`select ${sql.join(names)} from (${inner}) ${sql.id('w')} where ${sql.id('n')} <= ${last} and ${sql.id('f')} = 1 order by ${sql.id('o')} ${limit}`;
  }

  #tail(page: PageStatement, at: (column: StoredColumn) => Ref): Fragment {
    const terms = [
      ...page.order.map(({ column, direction }) => this.#dialect.order(at(column), direction, false)),
      ...keyOrder(this.#dialect, page.entity, at),
    ];
    return sql`order by ${sql.join(terms)} ${this.#dialect.limit(page.limit, page.offset)}`;
  }

  /** `a >= x AND (a > x OR (b > y …))`: the bare first part lets the index in. */
  #after(page: PageStatement, at: (column: StoredColumn) => Ref): readonly Fragment[] {
    const { after, entity } = page;
    if (after === undefined) return [];
    const terms = keysetTerms(entity, page.order);
    const parts = terms.map(({ column, direction, native }, n) => {
      const left = this.#dialect.sortable(at(column), native);
      const right = this.#dialect.boundary(column, native, after[n] ?? null);
      return { left, right, beyond: direction === 'asc' ? sql`>` : sql`<` };
    });
    const [first] = parts;
    if (first === undefined) return [];
    const strict = parts.reduceRight<Fragment | undefined>((rest, { left, right, beyond }) => {
      const further = sql`${left} ${beyond} ${right}`;
      return rest === undefined ? further : sql`(${further} or (${left} = ${right} and ${rest}))`;
    }, undefined);
    const bare = sql`${first.left} ${first.beyond}= ${first.right}`;
    return strict === undefined || parts.length === 1
      ? [sql`${first.left} ${first.beyond} ${first.right}`]
      : [bare, strict];
  }
}

export interface ChildFilters {
  readonly filter: BoundFilter;
  /** Only the first of these, if it satisfies `filter` too. */
  readonly first: BoundFilter | undefined;
}

export const NO_CHILD_FILTERS: ChildFilters = { filter: ALL, first: undefined };

/** The sort columns and then the key, as a total order. */
export const keysetTerms = (entity: ModelEntity, order: readonly OrderTerm[]) => [
  ...order.map((term) => ({ ...term, native: false })),
  ...entity.key.map((column) => ({ column, direction: 'asc' as const, native: entity.nativeKey })),
];
