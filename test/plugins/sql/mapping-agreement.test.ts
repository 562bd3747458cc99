import { after, test } from 'node:test';
import { openExample, openShared } from '../../support/mapped-database.ts';
import { startMariadb, startPostgres } from '../../support/servers.ts';
import { agreeOnDatabase } from './mapping-agreement.ts';

const RUNS = 100;

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
      await agreeOnDatabase(database, RUNS);
    } finally {
      await database.close();
    }
  });
}

const SCALES = {
  composite: { '10': '2', '25': '2', '1000': '7' },
  openmrs: { '1000000': '150' },
} as const;

for (const name of ['composite', 'openmrs'] as const) {
  test(`filters on the generated registry ${name} find the records that satisfy them`, {
    skip: mariadb === undefined,
  }, async (t) => {
    const database = mariadb && (await openShared(name, mariadb, SCALES[name]));
    if (database === undefined) return t.skip('its script is not here');
    try {
      await agreeOnDatabase(database, RUNS);
    } finally {
      await database.close();
    }
  });
}
