/** Persons that lie in an upstream's records are asked about one by one, and shown where they consented. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startConsentService } from '../../support/consent-service.ts';
import { startFakeUpstream } from '../../support/fake-upstream.ts';
import { DEMO_PARTNER } from '../../support/gateway.ts';
import { startFront } from '../../support/upstream-pair.ts';

const identified = (field: string, value: string) => ({ [field]: [{ identifier_type: 'NationalID', identifier_value: value }] }); // biome-ignore format: one look
const member = (value: string, surname: string) => ({
  ...identified('member_identifier', value),
  demographic_info: { ...identified('identifier', value), name: { surname } },
});
const FARMER = {
  ...identified('identifier', 'N1'),
  famer_personal_details: member('N1', 'Abebe'),
  family_details: { group_size: 3, member_list: [member('N1', 'Abebe'), member('N2', 'Berta'), member('N3', 'Chala')] },
};

test('of a family those who consented are shown, whichever record they lie in', async () => {
  await using service = await startConsentService();
  await using fake = await startFakeUpstream();
  fake.behave = () => [FARMER];
  const consented = ['N1', 'N3'];
  service.answer = (response, { persons }) => {
    const yes = persons.filter(({ identifiers }) =>
      consented.some((each) => JSON.stringify(identifiers).includes(each)),
    );
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ consented: yes.map(({ id }) => id) }));
  };
  const key = 'NationalID';
  const rights = { search: 'any', records: 'all', purposes: { aid: { basis: 'consent' } }, default_purpose: 'aid' };
  await using front = await startFront(fake.url, {
    backend: { entities: { Farmer: { key }, Member: { key }, Person: { key }, Group: {} } },
    registry: { domain: 'fr', consent: { service: { url: service.url, cache: '0s', records: ['Farmer', 'Member', 'Person'] } } }, // biome-ignore format: one look
    config: { outbound: { allow_origins: [service.origin], private_origins: [service.origin] } },
    partners: {
      'external-system': { ...DEMO_PARTNER, registries: { social: rights } },
      'integrating-server': undefined,
    },
  });
  const { body } = await front.client({ domain: 'fr' }).search({ type: key, value: 'N1' });
  const [farmer] = body.message.search_response[0].data.reg_records;
  const surnameOf = (each: ReturnType<typeof member>) => each.demographic_info.name.surname;
  assert.equal(surnameOf(farmer.famer_personal_details), 'Abebe');
  assert.deepEqual(farmer.family_details.member_list.map(surnameOf), ['Abebe', 'Chala']);
  consented.pop();
  const { text } = await front.client({ domain: 'fr' }).search({ type: key, value: 'N1' });
  assert.match(text, /Abebe/);
  assert.doesNotMatch(text, /"(Berta|N2|Chala|N3)"/);
});
