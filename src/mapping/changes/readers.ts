/** Reads touched records again by key, and names those that are gone. */

import { ItemRejection } from '../../errors.ts';
import type { Entity, EntityKey, NativeRow } from '../../plugin.ts';
import { keyFilter } from '../key-filter.ts';
import {
  type BoundChanges,
  type CompiledSearch,
  type DciRecord,
  MAX_KEYS,
  type MappedSearch,
  type View,
} from '../mapping.ts';
import { and } from '../native-filter.ts';
import type { RecordTree } from '../tree.ts';
import type { BindChangesContext } from './bind.ts';
import { aliasOf } from './selections.ts';

type Readers = Pick<BoundChanges, 'keyColumns' | 'byKey' | 'tombstone' | 'identifiers'>;

export const createReaders = ({
  trees,
  entities,
  compile,
}: Pick<BindChangesContext, 'trees' | 'entities' | 'compile'>): Readers => {
  const placeOf = (recordType: string): { readonly tree: RecordTree; readonly entity: Entity } => {
    const tree = trees.get(recordType);
    const entity = entities.get(tree?.entity ?? '');
    if (tree === undefined || entity === undefined)
      throw new ItemRejection('rjct.search_criteria.invalid', 'The record type is unknown.');
    return { tree, entity };
  };
  const identifiers = async (recordType: string, row: NativeRow, view: View): Promise<DciRecord | undefined> => {
    const { identifiers: path } = placeOf(recordType).tree;
    if (path === undefined) return undefined;
    const search = all(recordType, view, 1);
    const record = await compile({ ...search, projection: [path] }).render(row);
    return Object.hasOwn(record, path.split('.')[0] ?? '') ? record : undefined;
  };
  return {
    keyColumns: (recordType) => placeOf(recordType).entity.key,
    byKey: (recordType, keys, view, wanted = {}) => {
      const { entity } = placeOf(recordType);
      if (keys.length > MAX_KEYS) throw new RangeError(`more than ${MAX_KEYS} keys in one search`);
      const { filter = { kind: 'everything' }, areas, subjects, projection } = wanted;
      const search = {
        ...all(recordType, view, keys.length),
        ...{ filter, subjects, projection },
        ...(areas !== undefined && { areas }),
      };
      return keyed(compile(search), entity, keys);
    },
    identifiers,
    tombstone: async (recordType, old, view) =>
      placeOf(recordType).entity.name === old.entity
        ? identifiers(recordType, rowOf(recordType, old.row), view)
        : undefined,
  };
};

const all = (recordType: string, view: View, count: number): MappedSearch => ({
  recordType,
  view,
  filter: { kind: 'everything' },
  projection: undefined,
  sort: [],
  ...{ limit: count, offset: 0, countCap: count },
});

const keyed = ({ query, render, subjectsOf }: CompiledSearch, { key }: Entity, keys: readonly EntityKey[]) => {
  const keyOf = ({ columns }: NativeRow): EntityKey => key.map((name) => columns[name] ?? null);
  if (query === undefined) return { query, render, keyOf };
  const columns = [...new Set([...query.select.columns, ...key])];
  const filter = and(query.filter, keyFilter(key, keys));
  if (filter.kind === 'none') return { query: undefined, render, keyOf };
  const read = { ...query, filter, select: { ...query.select, columns }, deleted: 'with' as const };
  return { query: read, render, keyOf, ...(subjectsOf !== undefined && { subjectsOf }) };
};

/** An old row as a search of this record would have answered it. */
const rowOf = (recordType: string, { columns, children }: NativeRow): NativeRow => {
  const prefix = aliasOf(recordType, '');
  const own = Object.entries(children).filter(([alias]) => alias.startsWith(prefix));
  return { columns, children: Object.fromEntries(own.map(([alias, rows]) => [alias.slice(prefix.length), rows])) };
};
