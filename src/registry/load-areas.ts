/** Reads the areas where the mapping finds areas within areas: at the first connection, and again from time to time. */

import { areasBelow, withAreas } from '../mapping/areas.ts';
import type { AreasBelow, Mapping } from '../mapping/mapping.ts';
import type { BackendPlugin, CallContext } from '../plugin.ts';

export interface MappingWithAreas {
  readonly mapping: Mapping;
  /** Reads them anew, for all who hold the mapping; where that fails those that were read stay. Undefined: it needs none. */
  readonly refresh: ((context: CallContext) => Promise<void>) | undefined;
}

/** The mapping as it is where it needs no areas. */
export const loadAreas = async (
  mapping: Mapping,
  plugin: BackendPlugin,
  context: CallContext,
): Promise<MappingWithAreas> => {
  const { locations, searchesAreas } = mapping;
  if (searchesAreas !== true || locations === undefined) return { mapping, refresh: undefined };
  const read = async (within: CallContext): Promise<AreasBelow> => {
    const { rows } = await plugin.search(locations.query, within);
    return areasBelow(rows.map((row) => locations.render(row)));
  };
  let areas = await read(context);
  return {
    mapping: withAreas(mapping, () => areas),
    refresh: async (within) => {
      areas = await read(within);
    },
  };
};
