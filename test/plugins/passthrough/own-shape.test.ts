/** An upstream whose records have a shape of their own is mapped like any registry. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFakeUpstream } from '../../support/fake-upstream.ts';
import { startFront } from '../../support/upstream-pair.ts';

const RECORD = {
  ...{ givenName: 'Awa', familyName: 'Diallo', birthDate: '1990-05-17T00:00:00', gender: 'F', internal: 'secret' },
  identifier: [{ name: 'UIN', identifier: 'P1' }],
  home: { city: 'Puerto' },
};

test('columns, lists and nested objects are named once, in both directions', async () => {
  await using fake = await startFakeUpstream();
  await using front = await startFront(fake.url, {
    backend: {
      queries: ['idtype-value', 'predicate'],
      entities: {
        registrant: {
          record_type: 'SPP:RegistryType:Individual',
          columns: { givenName: 'text', familyName: 'text', birthDate: 'date', gender: 'text' },
          children: { identifier: { entity: 'registrant.identifier' }, home: { entity: 'registrant.home', one: true } },
          identifiers: { list: 'identifier', type: 'name', value: 'identifier' },
          attributes: { birthDate: { name: 'birth_date', operators: ['eq', 'ge'] } },
        },
        'registrant.identifier': { columns: { name: 'text', identifier: 'text' } },
        'registrant.home': { columns: { city: 'text' } },
      },
    },
    registry: {
      records: {
        Person: {
          entity: 'registrant',
          fields: {
            identifier: [{ each: 'identifier', identifier_type: 'name', identifier_value: 'identifier' }],
            name: { surname: 'familyName', given_name: 'givenName' },
            sex: { from: 'gender', codes: { F: 'female', M: 'male' } },
            birth_date: 'birthDate',
            address: [{ first: 'home', locality: 'city' }],
          },
        },
      },
    },
  });
  fake.behave = () => [RECORD];
  const client = front.client();
  const found = async (query: unknown) => (await client.search(query)).body.message.search_response[0];
  const { data } = await found({ type: 'UIN', value: 'P1' });
  const [{ '@context': _, '@type': __, ...record }] = data.reg_records;
  assert.deepEqual(record, {
    identifier: [{ identifier_type: 'UIN', identifier_value: 'P1' }],
    name: { surname: 'Diallo', given_name: 'Awa' },
    ...{ sex: 'female', birth_date: '1990-05-17', address: [{ locality: 'Puerto' }] },
  });
  const criteria = () => fake.calls.at(-1)?.body.message.search_request[0].search_criteria;
  assert.equal(criteria().reg_record_type, 'SPP:RegistryType:Individual');
  const born = await found({ seq: [{ attribute: 'birth_date', operator: 'ge', value: '1990-01-01' }] });
  assert.equal(born.data.reg_records.length, 1);
  const expression1 = { attribute_name: 'birth_date', operator: 'ge', attribute_value: '1990-01-01' };
  assert.deepEqual(criteria().query, [{ seq_num: 1, expression1 }]);
  assert.equal((await found({ seq: [{ attribute: 'sex', operator: 'eq', value: 'female' }] })).status, 'rjct');
});
