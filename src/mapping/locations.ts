/** `locations: {entity, id, name, type, parent}`: the areas of the registry, for locations.json. */

import type { Entity, NativeRow, NativeValue } from '../plugin.ts';
import type { LocationSource } from './mapping.ts';
import { present } from './native-filter.ts';
import type { Report } from './report.ts';
import type { LocationsDefinition } from './spec.ts';

/** More areas than any country has. */
const MAX_LOCATIONS = 200_000;

export const bindLocations = (
  { path, entity: name, columns }: LocationsDefinition,
  entities: ReadonlyMap<string, Entity>,
  report: Report,
): LocationSource | undefined => {
  const entity = entities.get(name);
  if (entity === undefined) {
    report.unknown([...path, 'entity'], 'the entity', name, entities.keys());
    return undefined;
  }
  for (const [key, column] of Object.entries(columns)) {
    if (!entity.columns.has(column))
      report.unknown([...path, key], `of ${name} the column`, column, entity.columns.keys());
  }
  const { id, name: nameColumn, type, parent } = columns;
  return {
    query: {
      entity: name,
      filter: present(id),
      select: { columns: [...new Set(Object.values(columns))], children: {} },
      order: [{ column: id, direction: 'asc' }],
      limit: MAX_LOCATIONS,
      offset: 0,
      countCap: MAX_LOCATIONS,
    },
    render: ({ columns: cells }: NativeRow) => {
      const key = String(cells[id]);
      return {
        id: key,
        name: textOf(cells[nameColumn]) ?? key,
        type: type === undefined ? undefined : textOf(cells[type]),
        parent: parent === undefined ? undefined : textOf(cells[parent]),
      };
    },
  };
};

const textOf = (value: NativeValue | undefined): string | undefined =>
  value === null || value === undefined || value === '' ? undefined : String(value);
