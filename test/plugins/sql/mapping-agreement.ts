/** What a filter compiles to, run by a database, finds the rendered records that satisfy the filter. */

import assert from 'node:assert/strict';
import type { Filter } from '../../../src/dci/filter.ts';
import { ItemRejection } from '../../../src/errors.ts';
import { evaluate } from '../../support/evaluate-filter.ts';
import fc from '../../support/fast-check.ts';
import type { MappedDatabase } from '../../support/mapped-database.ts';
import { randomFilters } from '../../support/random-filters.ts';

/** `runs` filters on every record type. */
export const agreeOnDatabase = async (database: MappedDatabase, runs: number): Promise<void> => {
  for (const [type, model] of database.mapping.records) {
    const { records: all } = await database.search(type, { kind: 'everything' });
    assert.ok(all.length > 0 && all.length < 1000, `${type} has ${all.length} records`);
    await fc.assert(
      fc.asyncProperty(randomFilters(model, all), async (filter) => {
        const found = await database.search(type, filter).catch((error: unknown) => {
          // Whether a list of computed values has items cannot be asked, and is refused.
          if (error instanceof ItemRejection) return undefined;
          throw error;
        });
        if (found === undefined) return;
        const expected = all.filter((record) => evaluate(filter, record));
        const [ours, theirs] = [found.records, expected].map((records) =>
          records.map((each) => JSON.stringify(each)).sort(),
        );
        // equal() would print all records twice
        if (JSON.stringify(ours) !== JSON.stringify(theirs))
          assert.fail(difference(type, filter, ours ?? [], theirs ?? []));
        assert.equal(found.total, expected.length);
      }),
      { numRuns: runs, endOnFailure: true },
    );
  }
};

const difference = (type: string, filter: Filter, ours: readonly string[], theirs: readonly string[]): string => {
  const shown = JSON.stringify(filter, (key, value: unknown) =>
    key === 'attribute' ? (value as { path: string }).path : value,
  );
  const extra = ours.find((each) => !theirs.includes(each));
  const lacking = theirs.find((each) => !ours.includes(each));
  return `${type} ${shown}\n  found too much: ${extra}\n  found not: ${lacking}`;
};
