/** A search whose conditions find more child rows than Odoo is asked for. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { searchItem } from '../../support/client.ts';
import { DEMO_PARTNER, startGateway } from '../../support/gateway.ts';
import { recordedWorld } from '../../support/odoo/openspp17.ts';
import { ODOO_LOGIN, startOdoo } from '../../support/odoo/server.ts';

test('it is refused as one item, and the others are answered', async () => {
  await using odoo = await startOdoo({ world: recordedWorld(80) });
  const { database, user, key } = ODOO_LOGIN;
  const backend = { plugin: 'openspp', url: odoo.url, database, user, key, max_joined: 20 };
  const identifier = [
    {
      each: 'identifiers',
      identifier_type: { from: 'type', need: true },
      identifier_value: { from: 'value', need: true },
    },
  ];
  const registry = { domain: 'social', mounts: ['/registry'], sample: true, backend, records: { Person: { entity: 'person', fields: { identifier } } } }; // biome-ignore format: one look
  await using gateway = await startGateway({
    config: { registries: { social: registry }, partners: { 'external-system': DEMO_PARTNER } },
  });
  const client = gateway.client();
  const many = { seq: [{ attribute: 'identifier.identifier_type', operator: 'eq', value: 'National ID' }] };
  const one = { type: 'National ID', value: 'NID00000001' };
  const items = [searchItem(many, { reference_id: 'many' }), searchItem(one, { reference_id: 'one' })];
  const { status, body, text } = await client.post(client.envelope(items));
  assert.equal(status, 200, text);
  const [refused, found] = body.message.search_response;
  assert.deepEqual([refused.status, refused.status_reason_code], ['rjct', 'rjct.search.too_many_records_found']);
  assert.equal(refused.data, undefined);
  assert.equal(found.data.reg_records.length, 1);
});
