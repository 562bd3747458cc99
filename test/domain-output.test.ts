/** The special endpoints of a disability registry for a partner that reads camelCase records and labels. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outputPolicy } from '../src/dci/output/policy.ts';
import { call } from './support/async-calls.ts';
import { createClient } from './support/client.ts';
import { domainDatabases } from './support/domain-databases.ts';
import { startExample } from './support/examples.ts';

const PARTNER = { clientId: 'social', clientSecret: 'example-secret-1234567890', senderId: 'social.gov.example' };

test('details and support are written as the partner reads them, and the yes stays a yes', async () => {
  using databases = domainDatabases();
  const env = { ...databases.env, SOCIAL_SECRET: PARTNER.clientSecret };
  const output = outputPolicy({ profile: 'openspp', values: 'labels' });
  await using example = await startExample('domains.yaml', env, PARTNER, 0, { 'social-protection': output });
  const client = createClient({ url: example.url, mount: '/disability/registry', ...PARTNER });
  const asked = async (path: string) => {
    const message = { transaction_id: 't', disabled_criteria: { query: { type: 'UIN', value: 'ABC451123' } } };
    const answer = await call(client, path, 'search', message);
    assert.equal(answer.status, 200, answer.text);
    return answer.body.message;
  };
  const [details] = (await asked('/sync/get-disability-details')).search_response[0].data.reg_records;
  assert.deepEqual(Object.keys(details).sort(), ['disabilityDetails', 'disabilityLevel', 'disabilityStatus', 'identifier']); // biome-ignore format: one look
  assert.equal(details.disabilityStatus, 'Approved');
  assert.equal(details.disabilityDetails.length, 2);
  const [support] = (await asked('/sync/get-disability-support')).search_response[0].data.reg_records;
  assert.deepEqual(support.map(Object.keys), [['humanAssistance'], ['assistiveTechnology'], ['housingSupport']]);
  const [{ disabled_status: status }] = (await asked('/sync/disabled')).disabled_response;
  assert.equal(status, 'yes');
});
