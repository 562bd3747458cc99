/** Every example and every generated registry, `runs` filters on every record type of each. */

import { after, test } from 'node:test';
import { openExample, openShared } from '../../support/mapped-database.ts';
import { startMariadb, startPostgres } from '../../support/servers.ts';
import { agreeOnDatabase } from './mapping-agreement.ts';

/** By registry: what to replace in its script, for one that is larger or smaller. */
type Scales = Readonly<Record<'composite' | 'openmrs', Readonly<Record<string, string>>>>;

export const agreeOnDatabases = async (runs: number, scales: Scales): Promise<void> => {
  const [mariadb, postgres] = await Promise.all([startMariadb(), startPostgres()]);
  after(async () => {
    await mariadb?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });

  for (const [name, server] of [
    ['composite', mariadb],
    ['openmrs', mariadb],
    ['postgres', postgres],
    ['sqlite', undefined],
  ] as const) {
    const skip = name !== 'sqlite' && server === undefined;
    test(`filters on the example ${name} find the records that satisfy them`, { skip }, async () => {
      const database = await openExample(name, server);
      try {
        await agreeOnDatabase(database, runs);
      } finally {
        await database.close();
      }
    });
  }

  for (const name of ['composite', 'openmrs'] as const) {
    test(`filters on the generated registry ${name} find the records that satisfy them`, {
      skip: mariadb === undefined,
    }, async (t) => {
      const database = mariadb && (await openShared(name, mariadb, scales[name]));
      if (database === undefined) return t.skip('its script is not here');
      try {
        await agreeOnDatabase(database, runs);
      } finally {
        await database.close();
      }
    });
  }
};
