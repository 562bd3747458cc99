/** Mistakes in `entities` that show without asking the registry. */

import type { ConfigProblem } from 'dci-gateway/plugin';
import { type ChildConfig, type EntityConfig, type EntityConfigs, keyOf } from './entities.ts';
import { type SqlWriting, selectProblem } from './select-text.ts';

type Path = readonly (string | number)[];

const sourceProblems = (path: Path, entity: EntityConfig, writing: SqlWriting): ConfigProblem[] => {
  const given = (['table', 'view', 'select'] as const).filter((kind) => entity[kind] !== undefined);
  if (given.length !== 1)
    return [
      {
        path: given[1] === undefined ? path : [...path, given[1]],
        problem:
          given.length === 0 ? 'has no source of rows' : `has ${given.join(' and ')}, but rows come from one source`,
        fix: 'write one of table, view and select',
      },
    ];
  const wrong = entity.select === undefined ? undefined : selectProblem(entity.select, writing);
  return wrong === undefined ? [] : [{ path: [...path, 'select'], ...wrong }];
};

const childProblems = (path: Path, child: ChildConfig, entities: EntityConfigs): ConfigProblem[] => {
  const problems: ConfigProblem[] = [];
  if (!Object.hasOwn(entities, child.entity))
    problems.push({
      path: [...path, 'entity'],
      problem: `names the entity ${child.entity}, which is not configured`,
      fix: `use one of ${Object.keys(entities).join(', ')}`,
    });
  const columns = (child.order ?? []).map((each) => each.replace(/^-/, ''));
  const doubled = columns.findIndex((column, index) => columns.indexOf(column) !== index);
  if (doubled >= 0)
    problems.push({
      path: [...path, 'order', doubled],
      problem: `orders by ${columns[doubled]} twice`,
      fix: 'remove one',
    });
  return problems;
};

/** Every mistake of every entity; paths start with `entities`. */
export const checkEntities = (entities: EntityConfigs, writing: SqlWriting = 'standard'): readonly ConfigProblem[] =>
  Object.entries(entities).flatMap(([name, entity]) => {
    const path = ['entities', name];
    const keys = keyOf(entity).some((column) => column === '') ? [{ path: [...path, 'key'], problem: 'is empty' }] : [];
    const children = Object.entries(entity.children ?? {}).flatMap(([child, config]) =>
      childProblems([...path, 'children', child], config, entities),
    );
    return [...sourceProblems(path, entity, writing), ...keys, ...children];
  });
