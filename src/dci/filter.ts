/**
 * The one form that every query dialect becomes (PROTOCOL 6): a tree of `and / or / not / compare / any`.
 *
 * `RawFilter` is what a dialect's decoder makes: names and values as the caller wrote them.
 * `Filter` is the same after names were resolved against the record type and values coerced to the attribute's type.
 */

import type { Attribute } from './attribute.ts';
import type { JsonNode } from './json-node.ts';

export type Operator = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le' | 'in' | 'nin' | 'contains' | 'startswith' | 'exists';

export type RawFilter =
  | { readonly kind: 'and'; readonly of: readonly RawFilter[] }
  | { readonly kind: 'or'; readonly of: readonly RawFilter[] }
  | { readonly kind: 'not'; readonly of: RawFilter }
  | RawCompare
  /** One item of the list satisfies the whole filter; names inside are relative to the item. */
  | { readonly kind: 'any'; readonly list: string; readonly of: RawFilter }
  /** The identifier dialect: one identifier row of this type (when given) and value. */
  | { readonly kind: 'identifier'; readonly type: string | undefined; readonly value: string }
  /** Every record of the type: `{"type":"*","value":"*"}` of subscriptions. */
  | { readonly kind: 'everything' };

export interface RawCompare {
  readonly kind: 'compare';
  /** As written: `dob`, `demographic_info.birth_date`. */
  readonly attribute: string;
  readonly operator: Operator;
  /** A list for `in` and `nin`, a boolean for `exists`. */
  readonly value: JsonNode;
}

/** A value in the attribute's type; dates are `YYYY-MM-DD`, datetimes `YYYY-MM-DDTHH:MM:SS[.f…]Z`, integers and numbers are JavaScript numbers. */
export type Scalar = string | number | boolean;

export type Filter =
  | { readonly kind: 'and'; readonly of: readonly Filter[] }
  | { readonly kind: 'or'; readonly of: readonly Filter[] }
  | { readonly kind: 'not'; readonly of: Filter }
  | Compare
  /** One item of `list` (a full dotted path from the searched record) satisfies the whole filter; attributes inside keep their full paths. */
  | { readonly kind: 'any'; readonly list: string; readonly of: Filter }
  | { readonly kind: 'everything' };

/**
 * An attribute against values. An absent value satisfies no comparison but `exists false`; `ne` and `nin` need a value too.
 * On an attribute in a list: `eq … contains` mean "some item"; `ne` and `nin` mean "it has items and none is".
 */
export interface Compare {
  readonly kind: 'compare';
  readonly attribute: Attribute;
  readonly operator: Operator;
  /** One value, or several for `in` and `nin`; `[true]` or `[false]` for `exists`. */
  readonly values: readonly Scalar[];
  /** The name as the caller wrote it (`dob`, `age`), for messages only: a hidden attribute must read like an unknown one. */
  readonly written?: string;
}
