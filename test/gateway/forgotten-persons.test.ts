/** Persons about whose consent nobody would be asked stop the start: they would be shown whoever consented. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, formatProblem } from '../../src/config/source.ts';
import { partnerFor } from '../support/consented-country.ts';
import { domainDatabases } from '../support/domain-databases.ts';
import { startGateway } from '../support/gateway.ts';

const SERVICE = { url: 'https://consent.example.org/' };
const RULE = { sex: { $eq: 'male' } };

test('a disabled person is one although its Person lies in a table of its own; a beneficiary is held on its row', async () => {
  using databases = domainDatabases();
  const problemsOf = async (id: string, consent: object): Promise<readonly string[]> => {
    const { registries } = partnerFor('agency', { purposes: { aid: { basis: 'consent' } } });
    const agency = { ...partnerFor('agency', {}), registries: { [id]: (registries as { social: object }).social } };
    const config = {
      outbound: { allow_origins: ['https://consent.example.org'] },
      registries: { [id]: { ...databases.registries[id], consent }, social: undefined },
      partners: { agency, 'external-system': undefined, 'integrating-server': undefined },
    };
    try {
      await (await startGateway({ config: config as never })).close();
      return [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.problems.map(formatProblem);
    }
  };
  const [asked, ...more] = await problemsOf('disability', { service: SERVICE });
  assert.match(String(asked), /\.yaml:\d+:\d+ registries\.disability\.consent\.service\.records leaves out DisabledPerson: .*Fix: add DisabledPerson/); // biome-ignore format: one look
  assert.deepEqual(more, []);
  const [ruled] = await problemsOf('disability', { rule: { Person: RULE } });
  assert.match(String(ruled), /registries\.disability\.consent\.rule leaves out DisabledPerson/);
  const every = { Person: RULE, DisabledPerson: { disability_status: { $eq: '0' } } };
  const [ofPurpose] = await problemsOf('disability', { rule: every, purposes: { aid: { Person: RULE } } });
  assert.match(String(ofPurpose), /registries\.disability\.consent\.purposes\.aid leaves out DisabledPerson/);
  assert.deepEqual(await problemsOf('disability', { rule: every }), []);
  assert.deepEqual(await problemsOf('benefits', { rule: { Person: RULE } }), []);
});
