import type { YamlPath } from '../report.ts';
import type { BindChangesContext } from './bind.ts';
import { identifying } from './selections.ts';

interface OldSpec {
  readonly entity: string;
  readonly columns: Readonly<Record<string, string>>;
}

/** Old values must be of the entity's columns, and all that the identifiers of its records are made of: half of them name nobody, or somebody else. */
export const checkOld = ({ entity: name, columns }: OldSpec, source: YamlPath, context: BindChangesContext): void => {
  const { entities, trees, report } = context;
  const path = [...source, 'old'];
  const entity = entities.get(name);
  if (entity === undefined) {
    report.unknown([...source, 'entity'], 'the entity', name, entities.keys());
    return;
  }
  for (const column of Object.keys(columns))
    if (!entity.columns.has(column))
      report.unknown([...path, column], `of ${name} the column`, column, entity.columns.keys());
  for (const tree of trees.values()) {
    if (tree.entity !== name || tree.identifiers === undefined) continue;
    const needed = identifying(new Map([[tree.type, []]]), entity, context).columns;
    const missing = needed.filter((column) => !Object.hasOwn(columns, column));
    if (missing.length > 0)
      report.add(path, `lacks ${missing.join(', ')}, of which the identifiers of ${tree.type} are made`, 'add it');
  }
};
