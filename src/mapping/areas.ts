/** Areas within areas: "in this region" finds what lies in its districts too. */

import type { Attribute } from '../dci/attribute.ts';
import { ItemRejection } from '../errors.ts';
import type { AreasBelow, LocationEntry, Mapping } from './mapping.ts';
import type { Areas } from './sight.ts';

/** A condition on more areas than this is refused. */
const MAX_AREAS = 5_000;

/**
 * The ids of an area and of all areas below it, from all locations; of more than can be asked for only so many that it shows. A circle among
 * them ends where it closes.
 */
export const areasBelow = (locations: readonly LocationEntry[]): AreasBelow => {
  const children = new Map<string, string[]>();
  for (const { id, parent } of locations) {
    if (parent === undefined) continue;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [id]);
    else siblings.push(id);
  }
  return (id) => {
    const found = new Set([id]);
    for (const area of found) {
      for (const child of children.get(area) ?? []) found.add(child);
      if (found.size > MAX_AREAS) break;
    }
    return [...found];
  };
};

/** The mapping with the areas as they were read last, for every search. */
export const withAreas = (mapping: Mapping, areas: () => AreasBelow): Mapping => {
  const { changes } = mapping;
  return {
    ...mapping,
    compile: (search) => mapping.compile({ ...search, areas: areas() }),
    ...(changes !== undefined && {
      changes: {
        ...changes,
        byKey: (recordType, keys, view, wanted) => changes.byKey(recordType, keys, view, { ...wanted, areas: areas() }),
      },
    }),
  };
};

/** Widens the values of these attributes to the areas below them; all others stay. */
export const createAreas =
  (attributes: ReadonlySet<Attribute>, below: AreasBelow | undefined): Areas =>
  (attribute, values) => {
    if (!attributes.has(attribute)) return values;
    if (below === undefined)
      throw new ItemRejection(
        'rjct.search_criteria.invalid',
        `${attribute.path} cannot be searched: the areas are not known.`,
      );
    const found = new Set(values.flatMap((value) => below(String(value))));
    if (found.size > MAX_AREAS)
      throw new ItemRejection('rjct.search_criteria.invalid', `${attribute.path} names too many areas.`);
    return [...found];
  };
