/** The gateway on config/examples/openspp.yaml, in front of an OpenSPP server of each kind. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RunningExample, startExample } from '../../support/examples.ts';
import { recordedWorld } from '../../support/odoo/openspp17.ts';
import { ODOO_LOGIN, type OdooServer, startOdoo } from '../../support/odoo/server.ts';

const SECRET = 'example-secret-1234567890';
const SOCIAL = { clientId: 'social', clientSecret: SECRET, senderId: 'social.gov.example' };

const env = (odoo: OdooServer) => ({
  OPENSPP_URL: odoo.url,
  OPENSPP_DATABASE: ODOO_LOGIN.database,
  OPENSPP_USER: ODOO_LOGIN.user,
  OPENSPP_KEY: ODOO_LOGIN.key,
  SOCIAL_SECRET: SECRET,
});

describe('config/examples/openspp.yaml on OpenSPP 17', () => {
  let odoo: OdooServer;
  let example: RunningExample;
  before(async () => {
    odoo = await startOdoo({ world: recordedWorld(80) });
    example = await startExample('openspp.yaml', env(odoo), SOCIAL);
  });
  after(async () => {
    await example?.[Symbol.asyncDispose]();
    await odoo?.[Symbol.asyncDispose]();
  });

  test('a person is found by an identifier, with what OpenSPP knows', async () => {
    const { records, total } = await example.search({ type: 'National ID', value: 'NID00000001' });
    assert.equal(total, 1);
    const { '@context': _, '@type': __, last_updated: ___, ...fields } = records[0];
    assert.deepEqual(fields, {
      identifier: [{ identifier_type: 'National ID', identifier_value: 'NID00000001' }],
      name: { surname: 'Okafor', given_name: 'Lucía' },
      sex: 'female',
      birth_date: '1972-10-21',
      birth_place: 'Capital City',
      address: [{ locality: 'District 1-2', sub_region_code: 'DISTRICT_0102', region_code: 'REGION_01' }],
      phone_number: ['+254700000001'],
      email: ['p1@example.org'],
      households: [
        {
          name: 'Household 00000',
          identifier: [{ identifier_type: 'National ID', identifier_value: 'HH000000' }],
          is_head: false,
        },
      ],
      registration_date: '2024-01-15T00:00:00Z',
    });
    assert.equal((await example.search({ type: 'Passport', value: 'NID00000001' })).total, 0);
  });
});
