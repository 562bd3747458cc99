/** A beneficiary is a person however deep the Person lies in it, and whatever of what lies between the partner may see. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startConsentService } from '../support/consent-service.ts';
import { partnerFor, SECRET } from '../support/consented-country.ts';
import { domainDatabases } from '../support/domain-databases.ts';
import { startGateway } from '../support/gateway.ts';

const [NO, YES] = ['0205202401', '0205202402']; // by the rule, and by the service

test('who did not consent is not found as a beneficiary by partners who see no member, no person, or neither', async () => {
  using databases = domainDatabases();
  await using service = await startConsentService();
  service.yes.add(YES);
  const { benefits } = databases.registries;
  const ruled = { ...benefits, consent: { rule: { Person: { sex: { $eq: 'male' } } } } };
  const asked = { ...benefits, mounts: ['/asked/registry'], consent: { service: { url: service.url, cache: '0s' } } };
  const partner = (id: string, records: unknown) => {
    const { registries, ...more } = partnerFor(id, { purposes: { aid: { basis: 'consent' } }, default_purpose: 'aid', records }); // biome-ignore format: one look
    const { social: rights } = registries as { readonly social: object };
    return [id, { ...more, registries: { ruled: rights, asked: rights } }] as const;
  };
  const partners = [
    partner('all', 'all'),
    partner('neither', { Beneficiary: 'all' }),
    partner('member', { Beneficiary: 'all', Member: 'all' }),
    partner('person', { Beneficiary: 'all', Person: 'all' }),
  ];
  await using gateway = await startGateway({
    config: {
      outbound: { allow_origins: [service.origin], private_origins: [service.origin] },
      registries: { ruled, asked, social: undefined },
      partners: { ...Object.fromEntries(partners), 'external-system': undefined, 'integrating-server': undefined },
    } as never,
  });
  for (const [id] of partners)
    for (const mount of ['/benefits/registry', '/asked/registry']) {
      const client = gateway.client({ clientId: id, clientSecret: SECRET, senderId: `${id}.example.org`, mount, domain: 'ibr' }); // biome-ignore format: one look
      const { body } = await client.search({ type: 'UIN', value: NO }, { type: 'UIN', value: YES });
      const totals = body.message.search_response.map((each: { pagination: { total_count: number } }) => each.pagination.total_count); // biome-ignore format: one look
      assert.deepEqual(totals, [0, 1], `${id} ${mount}`);
    }
});
