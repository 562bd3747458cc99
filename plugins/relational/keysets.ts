/**
 * Sequential pages without OFFSET. A query says only how many rows to pass over; whoever asked for the page before
 * left its last row here, so the next page starts after that row. The answer is the same (the order is total)
 * except that rows written in between do not shift it. A page that nobody led up to uses OFFSET.
 */

import type { NativeValue, RegistryQuery } from 'dci-gateway/plugin';
import type { Binder } from './bound-filter.ts';
import type { RawRow } from './database.ts';
import type { Dialect, Param, StoredColumn } from './dialect.ts';
import type { ModelEntity } from './model.ts';
import type { FoundRow } from './search.ts';
import type { OrderTerm } from './statements.ts';

const MAX_BOUNDARIES = 500;
const KEPT_MS = 300_000;
/** A query with more values than this (a list of a thousand identifiers) is not remembered. */
const MAX_PLACE = 4000;

export type Keyset = {
  /** Remembers the last row of the page that was read. */
  close(count: number, lastKey: RawRow | undefined, lastRow: FoundRow | undefined): void;
} & ({ readonly kind: 'start' | 'offset' } | { readonly kind: 'after'; readonly values: readonly Param[] });

export class Keysets {
  readonly #dialect: Dialect;
  readonly #boundaries = new Map<string, { readonly params: readonly Param[]; readonly until: number }>();

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** `binder` has bound the query's filter and order, nothing else yet. */
  open(entity: ModelEntity, order: readonly OrderTerm[], query: RegistryQuery, binder: Binder): Keyset {
    // NULLs come last in both directions and floats may not survive the way out and in again: no boundary for them.
    const exact = order.every(({ column }) => !column.nullable && column.type !== 'float');
    const [shape, values] = [binder.shape, [...binder.values]];
    const place = (offset: number) => `${offset}|${shape}|${JSON.stringify(values, bigintAsText)}`;
    const known = exact && query.offset > 0 ? this.#boundaries.get(place(query.offset)) : undefined;
    const close: Keyset['close'] = (count, lastKey, lastRow) => {
      if (!exact || count < query.limit || lastKey === undefined || lastRow === undefined) return;
      const params = [
        ...order.map(({ column }) => this.#param(column, lastRow.values[column.name])),
        ...entity.key.map((column, n) => this.#param(column, this.#dialect.read(column, lastKey[n]))),
      ];
      if (params.every((param) => param !== undefined)) this.#remember(place(query.offset + count), params);
    };
    if (known !== undefined && known.until > performance.now()) return { kind: 'after', values: known.params, close };
    return { kind: query.offset === 0 ? 'start' : 'offset', close };
  }

  #param(column: StoredColumn, value: NativeValue | undefined): Param | undefined {
    return value === undefined || value === null ? undefined : this.#dialect.coerce(column, value);
  }

  #remember(place: string, params: readonly Param[]): void {
    if (place.length > MAX_PLACE) return;
    this.#boundaries.delete(place);
    this.#boundaries.set(place, { params, until: performance.now() + KEPT_MS });
    const [oldest] = this.#boundaries.keys();
    if (this.#boundaries.size > MAX_BOUNDARIES && oldest !== undefined) this.#boundaries.delete(oldest);
  }
}

const bigintAsText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
