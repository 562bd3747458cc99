/** Reads the areas where the mapping finds areas within areas: once, at the first connection. */

import { areasBelow, withAreas } from '../mapping/areas.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { BackendPlugin, CallContext } from '../plugin.ts';

/** The mapping as it is where it needs no areas. */
export const loadAreas = async (mapping: Mapping, plugin: BackendPlugin, context: CallContext): Promise<Mapping> => {
  const { locations, searchesAreas } = mapping;
  if (searchesAreas !== true || locations === undefined) return mapping;
  const { rows } = await plugin.search(locations.query, context);
  return withAreas(mapping, areasBelow(rows.map((row) => locations.render(row))));
};
