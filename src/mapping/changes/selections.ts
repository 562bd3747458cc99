/** What of a row is compared with the last look, and what of it identifies its records. */

import type { Entity, Selection } from '../../plugin.ts';
import type { RecordView, View } from '../mapping.ts';
import type { RecordTree } from '../tree.ts';
import type { BindChangesContext } from './bind.ts';

const ALL_OF_IT: RecordView = { shows: () => true, showsIdentifier: () => true, rows: undefined };
/** Feeds look at records as they are; rights come when they are sent. */
const EVERYTHING: View = { of: () => ALL_OF_IT };

type Touched = ReadonlyMap<string, readonly string[]>;

/** Children of several record types in one selection: their aliases must not meet. */
export const aliasOf = (recordType: string, alias: string): string => `${recordType} ${alias}`;

/** All that the touched records on this entity show, and the columns of the others' keys; the whole row where none lies on it. */
export const compared = (touches: Touched, entity: Entity, context: BindChangesContext): Selection => {
  const own = ownTrees(touches, entity, context);
  const merged = merge(own, undefined, context);
  const plain = own.length > 0 ? [] : [...entity.columns.values()].filter(({ type }) => type !== 'other');
  const columns = [...merged.columns, ...plain.map(({ name }) => name), ...[...touches.values()].flat()];
  return { columns: [...new Set(columns)].filter((name) => entity.columns.has(name)), children: merged.children };
};

/** What the identifiers of the touched records on this entity are made of. */
export const identifying = (touches: Touched, entity: Entity, context: BindChangesContext): Selection =>
  merge(
    ownTrees(touches, entity, context).filter(({ identifiers }) => identifiers !== undefined),
    (tree) => [tree.identifiers ?? ''],
    context,
  );

const ownTrees = (touches: Touched, entity: Entity, { trees }: BindChangesContext): readonly RecordTree[] =>
  [...touches.keys()].map((type) => trees.get(type)).filter((tree) => tree?.entity === entity.name) as RecordTree[];

const merge = (
  trees: readonly RecordTree[],
  projectionOf: ((tree: RecordTree) => readonly string[]) | undefined,
  { compile }: BindChangesContext,
): Selection => {
  const selections = trees.map((tree) => {
    const { query } = compile({
      recordType: tree.type,
      filter: { kind: 'everything' },
      view: EVERYTHING,
      projection: projectionOf?.(tree),
      sort: [],
      ...{ limit: 1, offset: 0, countCap: 1 },
    });
    return { type: tree.type, select: query?.select ?? { columns: [], children: {} } };
  });
  return {
    columns: [...new Set(selections.flatMap(({ select }) => select.columns))],
    children: Object.fromEntries(
      selections.flatMap(({ type, select }) =>
        Object.entries(select.children).map(([alias, child]) => [aliasOf(type, alias), child] as const),
      ),
    ),
  };
};
