import { DatabaseSync } from 'node:sqlite';
import type { ConfigProblem } from 'dci-gateway/plugin';
import type { FilePlan, LoadPlan } from './config.ts';
import { quoteName } from './quote-name.ts';

/**
 * Files that had rows in the database before and have none in the new one: an export that broke off behind its header looks like
 * this, and every record would be told as deleted.
 */
export const emptiedFiles = (
  { files, mayBeEmpty }: LoadPlan,
  before: string,
  after: string,
): readonly ConfigProblem[] => {
  const bound = files.filter(({ table }) => !mayBeEmpty.includes(table));
  const [had, has] = [withRows(bound, before), withRows(bound, after)];
  return bound
    .filter(({ table }) => had.has(table) && !has.has(table))
    .map(({ table, shown }) => ({
      path: ['files', table],
      problem: `${shown} has no row any more`,
      fix: 'write may_be_empty: true for the file, or restart the gateway, if that is meant',
    }));
};

const withRows = (files: readonly FilePlan[], path: string): ReadonlySet<string> => {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const found = files.filter(
      ({ table }) => database.prepare(`SELECT 1 FROM ${quoteName(table)} LIMIT 1`).get() !== undefined,
    );
    return new Set(found.map(({ table }) => table));
  } finally {
    database.close();
  }
};
