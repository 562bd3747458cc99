/** Operators by every name they have in the field (PROTOCOL 6). */

import type { Operator } from '../dci/filter.ts';

const NAMES: Readonly<Record<Operator, readonly string[]>> = {
  eq: ['eq', '=', '=='],
  ne: ['ne', '!=', '<>'],
  gt: ['gt', '>'],
  ge: ['ge', 'gte', '>='],
  lt: ['lt', '<'],
  le: ['le', 'lte', '<='],
  in: ['in'],
  nin: ['nin'],
  contains: ['contains', 'like', 'ilike'],
  startswith: ['startswith'],
  exists: ['exists'],
};

const isOperator = (name: string): name is Operator => Object.hasOwn(NAMES, name);

const BY_NAME: ReadonlyMap<string, Operator> = new Map(
  Object.entries(NAMES).flatMap(([operator, names]) =>
    isOperator(operator) ? names.map((name): [string, Operator] => [name, operator]) : [],
  ),
);

/** `>=`, `GTE`, `like` → our operator; undefined for a name that is none. `like` and `ilike` mean contains, `%` is a plain character. */
export const operatorOf = (name: string): Operator | undefined => BY_NAME.get(name.toLowerCase());

/** The same with Mongo's `$` in front: `$gte`, `gte`. */
export const dollarOperatorOf = (name: string): Operator | undefined =>
  operatorOf(name.startsWith('$') ? name.slice(1) : name);
