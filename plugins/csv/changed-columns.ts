import type { ConfigProblem, Entity } from 'dci-gateway/plugin';

/** Columns that the mapping in use knows and that are gone, or hold something else, in the new files. */
export const changedColumns = (before: readonly Entity[], after: readonly Entity[]): readonly ConfigProblem[] =>
  before.flatMap(({ name, columns }) => {
    const now = after.find((entity) => entity.name === name)?.columns;
    return [...columns.values()]
      .filter((column) => now?.get(column.name)?.type !== column.type)
      .map((column) => {
        const type = now?.get(column.name)?.type;
        const what = type === undefined ? 'is gone' : `was ${column.type} and is ${type} now`;
        return {
          path: ['entities', name],
          problem: `column ${column.name} ${what}`,
          fix: 'restart the gateway to use it',
        };
      });
  });
