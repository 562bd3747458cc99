/**
 * Which comparisons speak of the same item of a list (PROTOCOL 6).
 *
 * Comparisons that one `and` of the query holds side by side, on members of the items of one list (identifiers,
 * addresses, a group's members), mean one item that satisfies all of them. That narrows: "one item with A and B" implies
 * "an item with A and an item with B". Hence the rules here:
 *
 * - Only comparisons that an item can satisfy by itself join: not `ne`, `nin` and `exists false`, which speak of the
 *   whole list ("there are values and none is"). Bound to one item they would let records through whose other
 *   items hold the excluded value.
 * - Nothing joins under an odd number of `not`: there a narrower inside is a wider outside. "Not (city A and
 *   region B)" keeps meaning "not both somewhere", which excludes more than "no address with both".
 * - Two nested `and`s are two items: `and(and(type X, value 1), and(type Y, value 2))` is a person with both papers.
 * - Lists of plain values (`phone_number`) have no members: each comparison finds its own item.
 * - An `or` of such comparisons joins as one with several values would: "type X and (value 1 or value 2)" is one row.
 * - Comparisons that one predicate became (an age's two ends, a day's) always stay on one item.
 */

import type { Attribute } from '../dci/attribute.ts';
import type { Filter } from '../dci/filter.ts';

/** A positive condition on one item of the innermost of `lists`, or on the record itself when there is none. */
export interface ItemCondition {
  readonly kind: 'item';
  /** Object lists that the attribute lies in, outermost first. */
  readonly lists: readonly string[];
  readonly filter: Filter;
}

export type Condition = ItemCondition | { readonly kind: 'whole'; readonly filter: Filter };

/** Lists of objects that an attribute lies in; several sources (`any`) are no one item's members. */
export const objectLists = (attribute: Attribute): readonly string[] =>
  attribute.chains.length > 1 ? [] : attribute.lists.filter((list) => list !== attribute.path);

/**
 * The conditions ANDed. `bound` is the list whose item an enclosing `any` looks at already; `join` whether neighbours
 * share an item (false under an odd number of `not`).
 */
export const andConditions = (conditions: readonly Condition[], bound: string | undefined, join: boolean): Filter => {
  const items = conditions.filter((each) => each.kind === 'item');
  const groups = join ? [items] : items.map((each) => [each]);
  return allOf([
    ...groups.flatMap((group) => byItem(group, bound)),
    ...conditions.filter((each) => each.kind === 'whole').map((each) => each.filter),
  ]);
};

/** One of the conditions: where each speaks of an item of the same list, all of them may be met by that one, as the values of an `in` are. */
export const orConditions = (conditions: readonly Condition[], bound: string | undefined, join: boolean): Condition => {
  const items = conditions.filter((each) => each.kind === 'item');
  const [first] = items;
  const same = first !== undefined && items.every(({ lists }) => lists.join('\n') === first.lists.join('\n'));
  if (join && same && first.lists.length > 0 && items.length === conditions.length)
    return { kind: 'item', lists: first.lists, filter: { kind: 'or', of: items.map(({ filter }) => filter) } };
  const of = conditions.map((each) => andConditions([each], bound, join));
  return { kind: 'whole', filter: { kind: 'or', of } };
};

/** One `any` per list; one comparison alone says "some item" by itself. */
const byItem = (conditions: readonly ItemCondition[], bound: string | undefined): readonly Filter[] => {
  const nextList = ({ lists }: ItemCondition): string | undefined =>
    lists[bound === undefined ? 0 : lists.indexOf(bound) + 1];
  const groups = Map.groupBy(conditions, nextList);
  return [...groups].flatMap(([list, group]) => {
    if (list === undefined) return group.map((each) => each.filter);
    const [first] = group;
    if (group.length === 1 && first?.filter.kind === 'compare') return [first.filter];
    return [{ kind: 'any', list, of: allOf(byItem(group, list)) }];
  });
};

/** Flat: an `and` within an `and` says nothing more once items are bound. */
export const allOf = (filters: readonly Filter[]): Filter => {
  const of = filters.flatMap((each) => (each.kind === 'and' ? each.of : [each]));
  const [only] = of;
  return only !== undefined && of.length === 1 ? only : { kind: 'and', of };
};
