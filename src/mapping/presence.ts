/** Whether a list item is there at all: it has what it needs, and something in it has a value. */

import type { Filter } from '../dci/filter.ts';
import { ItemRejection } from '../errors.ts';
import type { NativeFilter } from '../plugin.ts';
import { ALL, NONE, or } from './native-filter.ts';
import { enter, type Place, type Sight } from './navigate.ts';
import type { ObjectNode } from './tree.ts';

/** Rows on which the item renders as something. The item's own guard and needs stand around it. */
export const itemPresent = (place: Place, sight: Sight): NativeFilter => {
  // Nobody named what is hidden here: it counts as absent.
  const rows = (node: ObjectNode): NativeFilter => (sight.hidden(node) ? NONE : sight.rows(node));
  return present(place, { ...sight, rows });
};

const present = (place: Place, sight: Sight): NativeFilter => {
  const { node, record } = place;
  if (node.kind === 'leaf') return node.leaf.present ?? unanswerable();
  if (node.kind === 'list') return NONE; // what is entered ends at items
  const inner = node.record?.type ?? record;
  const fields = [...node.fields.values()];
  const certain = fields.some((field) => field.kind === 'leaf' && field.edge === undefined && field.leaf.need);
  if (certain) return ALL; // what is needed is asked for with the item itself
  return or(
    ...fields.map((field) => enter({ node: field, record: inner }, [], sight, (found) => present(found, sight))),
  );
};

const unanswerable = (): never => {
  throw new ItemRejection(
    'rjct.search_criteria.invalid',
    'Whether this list has items cannot be asked of the registry.',
  );
};

/** Whether a filter holds only where a value is there: then the item needs no other proof of being there. */
export const needsValue = (filter: Filter): boolean => {
  switch (filter.kind) {
    case 'compare':
      return filter.operator !== 'exists' || filter.values[0] === true;
    case 'and':
      return filter.of.some(needsValue);
    case 'or':
      return filter.of.length > 0 && filter.of.every(needsValue);
    case 'any':
      return true;
    default:
      return false;
  }
};
