/** Each domain answers in its own shape, by default with its own record type. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { searchItem } from '../support/client.ts';
import { startGateway } from '../support/gateway.ts';
import type { SpecDomain } from '../support/spec-check.ts';
import { switchableRegistry } from '../support/switchable-registry.ts';

const DEFAULT_RECORD: Readonly<Record<SpecDomain, string>> = {
  social: 'Person',
  crvs: 'Person',
  fr: 'Farmer',
  dr: 'DisabledPerson',
  ibr: 'Beneficiary',
};

const IDENTIFIER = [{ identifier_type: { const: 'UIN' }, identifier_value: { from: 'id', need: true } }];

for (const [domain, record] of Object.entries(DEFAULT_RECORD) as [SpecDomain, string][]) {
  test(`a ${domain} registry answers a ${record} in the shape of its specification`, async () => {
    using registry = switchableRegistry('up', {
      domain,
      records: { [record]: { entity: 'person', fields: { identifier: IDENTIFIER } } },
    });
    await using gateway = await startGateway({ config: { registries: registry.registries } });
    const client = gateway.client({ domain });
    const one = { type: 'UIN', value: 'P1' };
    const { body } = await client.search(one, [one, { type: 'UIN', value: 'P2' }], { type: 'UIN', value: 'none' });
    const [single, both, none] = body.message.search_response;
    assert.equal(single.data.reg_record_type, record);
    assert.match(single.data.reg_type, /^ns:org:RegistryType:/);
    assert.equal(both.pagination.total_count, 2);
    if (domain === 'dr') {
      assert.ok(!Array.isArray(single.data.reg_records));
      assert.equal(both.data.reg_records['@graph'].length, 2);
      assert.deepEqual(none.data.reg_records, { '@graph': [] });
    } else {
      assert.equal(single.data.reg_records.length, 1);
      assert.equal(both.data.reg_records.length, 2);
      assert.deepEqual(none.data.reg_records, []);
    }
  });
}

test('a request that names the reg_type of another domain is refused by item', async () => {
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({ config: { registries: registry.registries } });
  const client = gateway.client();
  const { body } = await client.post(
    client.envelope([searchItem({ type: 'UIN', value: 'P1' }, {}, { reg_type: 'ns:org:RegistryType:Civil' })]),
  );
  assert.equal(body.message.search_response[0].status_reason_code, 'rjct.search_criteria.invalid');
});
