/** DCI filters to native ones (MAPPING "What it means, exactly"). What cannot be expressed is refused, never widened. */

import type { Attribute } from '../dci/attribute.ts';
import type { Compare, Filter, Scalar } from '../dci/filter.ts';
import { ItemRejection } from '../errors.ts';
import type { NativeFilter } from '../plugin.ts';
import type { ValueOperator } from './column-value.ts';
import type { Leaf } from './leaf.ts';
import { ALL, and, NONE, not, or } from './native-filter.ts';
import { type Place, type Sight, someItem, someValue } from './navigate.ts';
import { itemPresent, needsValue } from './presence.ts';

/** The record, or the list item that an enclosing `any` looks at. */
export interface Scope {
  readonly place: Place;
  /** Dotted path of the place from the searched record; '' is the record. */
  readonly path: string;
}

export const compileFilter = (filter: Filter, scope: Scope, sight: Sight): NativeFilter => {
  switch (filter.kind) {
    case 'everything':
      return ALL;
    case 'and':
      return and(...filter.of.map((each) => compileFilter(each, scope, sight)));
    case 'or':
      return or(...filter.of.map((each) => compileFilter(each, scope, sight)));
    case 'not':
      return not(compileFilter(filter.of, scope, sight));
    case 'any':
      return someItem(scope.place, below(scope, filter.list), sight, (place) => {
        const inner = compileFilter(filter.of, { place, path: filter.list }, sight);
        if (inner.kind === 'none' || needsValue(filter.of)) return inner;
        return and(itemPresent(place, sight), inner);
      });
    case 'compare':
      return compileCompare(filter, scope, sight);
  }
};

/** The rest of a path below the scope. */
const below = (scope: Scope, path: string): readonly string[] => {
  if (scope.path === '') return path.split('.');
  if (path === scope.path) return [];
  if (path.startsWith(`${scope.path}.`)) return path.slice(scope.path.length + 1).split('.');
  throw new ItemRejection('rjct.search_criteria.invalid', 'A condition on a list item names something outside of it.');
};

const compileCompare = (filter: Compare, scope: Scope, sight: Sight): NativeFilter => {
  const { attribute, operator } = filter;
  if (!attribute.operators.has(operator)) throw unsupported(filter);
  const values = sight.areas(attribute, filter.values);
  const path = below(scope, placeOf(attribute));
  const some = (condition: (leaf: Leaf) => NativeFilter): NativeFilter =>
    someValue(scope.place, path, sight, condition);
  const equal = (leaf: Leaf): NativeFilter => or(...values.map((value) => leaf.compare('eq', value)));
  switch (operator) {
    case 'exists':
      return values[0] === true ? some(presentOf) : not(some(presentOf));
    case 'eq':
    case 'in':
      return some(equal);
    case 'ne':
    case 'nin':
      // One value: it is there and differs. A list: it has values and none is equal.
      return isSingle(filter, scope)
        ? some((leaf) => and(presentOf(leaf), not(equal(leaf))))
        : and(some(presentOf), not(some(equal)));
    default:
      return some((leaf) => compareWith(leaf, operator, values[0], filter));
  }
};

/** Where its one source lies, whatever it is called: an area is asked of the address that an enclosing `any` looks at. */
const placeOf = ({ chains, path }: Attribute): string => {
  const [chain] = chains;
  return chain === undefined || chains.length > 1 ? path : chain.map((step) => step.path).join('.');
};

const compareWith = (leaf: Leaf, operator: ValueOperator, value: Scalar | undefined, filter: Compare): NativeFilter => {
  if (value === undefined) throw unsupported(filter);
  if (leaf.operators.has(operator)) return leaf.compare(operator, value);
  throw unsupported(filter);
};

/** Without lists in between, and from one source, there is at most one value. */
const isSingle = ({ attribute }: Compare, scope: Scope): boolean =>
  attribute.chains.length === 1 &&
  attribute.lists.every((list) => list === scope.path || scope.path.startsWith(`${list}.`)) &&
  (attribute.lists.length === 0 || scope.path !== '');

const presentOf = (leaf: Leaf): NativeFilter => leaf.present ?? NONE;

const unsupported = ({ attribute, operator, written }: Compare): ItemRejection =>
  new ItemRejection(
    'rjct.search_criteria.invalid',
    `${written ?? attribute.path} cannot be searched with ${operator}.`,
  );
