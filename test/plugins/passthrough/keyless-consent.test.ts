/** Consent on records that nothing tells apart stops the start, with the place and the way to mend it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, formatProblem } from '../../../src/config/source.ts';
import { startFakeUpstream } from '../../support/fake-upstream.ts';
import { DEMO_PARTNER, OPENSPP_PARTNER } from '../../support/gateway.ts';
import { ENTITIES, startFront } from '../../support/upstream-pair.ts';

const SERVICE = { url: 'https://consent.example.org/', records: ['Person'] };
const registries = { social: { records: 'all', purposes: { aid: { basis: 'consent' } } } };
const PARTNERS = {
  'external-system': { ...DEMO_PARTNER, registries },
  'integrating-server': { ...OPENSPP_PARTNER, registries },
};
const CONFIG = { outbound: { allow_origins: ['https://consent.example.org'] } };

const problemsOf = async (url: string, consent: object, backend: object = {}): Promise<readonly string[]> => {
  try {
    const options = { registry: { consent }, partners: PARTNERS, config: CONFIG, backend };
    await (await startFront(url, options)).close();
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(formatProblem);
  }
};

test('a service cannot be asked about records without a key, a rule cannot be held to messages that wait', async () => {
  await using fake = await startFakeUpstream();
  fake.behave = () => [];
  const [asked, ...more] = await problemsOf(fake.url, { service: SERVICE });
  assert.match(String(asked), /\.yaml:\d+:\d+ registries\.social\.consent\.service\.records\.0 cannot be decided: records of Person have no key .*Fix: give backend\.entities\.Person a key/); // biome-ignore format: one look
  assert.deepEqual(more, []);
  const [ruled] = await problemsOf(fake.url, { rule: { Person: { sex: 'male' } } });
  assert.match(String(ruled), /registries\.social\.consent\.rule\.Person cannot be decided/);
  const keyed = { entities: { Person: { ...ENTITIES.Person, key: 'UIN' } } };
  assert.deepEqual(await problemsOf(fake.url, { service: SERVICE }, keyed), []);
});
