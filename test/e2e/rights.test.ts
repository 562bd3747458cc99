/** Ways around a partner's rights, tried on a whole gateway over the sample. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Client, searchItem } from '../support/client.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';

const SECRET = 'a-secret-somebody-typed';
const PERSON = {
  fields: ['identifier', 'name'],
  attributes: ['identifier', 'name', 'birth_date'],
  identifier_types: ['urn:gov:national-id'],
};

const partner = (id: string, rights: object) => ({
  client_id: id,
  client_secret: SECRET,
  sender_ids: [`${id}.example.org`],
  signature: { require: 'optional' },
  registries: { social: rights },
});

let gateway: RunningGateway;
const clientOf = (id: string): Client =>
  gateway.client({ clientId: id, clientSecret: SECRET, senderId: `${id}.example.org` });

before(async () => {
  gateway = await startGateway({
    config: {
      partners: {
        narrow: partner('narrow', { search: 'any', records: { Person: PERSON } }),
        family: partner('family', { search: 'any', records: { Group: 'all', Member: 'all', Person: PERSON } }),
        identifiers: partner('identifiers', { search: 'identifiers', records: { Person: 'all' } }),
        region: partner('region', {
          search: 'any',
          records: {
            Person: {
              ...PERSON,
              fields: 'all',
              attributes: 'all',
              identifier_types: 'all',
              rows: { sex: { $eq: 'female' } },
            },
          },
        }),
        minors: partner('minors', {
          search: 'any',
          records: {
            Person: {
              ...PERSON,
              fields: 'all',
              attributes: 'all',
              rows: { age: { $lt: 18 }, disability_level: { $in: [1, 2, 3] } },
            },
          },
        }),
      },
    },
  });
});

after(() => gateway.close());

const KNOWN = { type: 'urn:gov:national-id', value: '12345678' };

test('fields outside the rights do not come back, identifiers of other types neither', async () => {
  const { body } = await clientOf('narrow').search(KNOWN);
  const [person] = body.message.search_response[0].data.reg_records;
  const shown = Object.keys(person).filter((key) => !key.startsWith('@'));
  assert.deepEqual(shown.sort(), ['identifier', 'name']);
  for (const each of person.identifier) assert.equal(each.identifier_type, 'urn:gov:national-id');
});

test('age does not tell a birth date that is hidden, and nothing is sorted by what is hidden', async () => {
  const narrow = clientOf('narrow');
  const age = [{ expression1: { attribute_name: 'age', operator: 'gt', attribute_value: 30 } }];
  const { body } = await narrow.search(age, { birth_date: { $gt: '1990-01-01' } });
  for (const item of body.message.search_response)
    assert.equal(item.status_reason_code, 'rjct.search_criteria.invalid');
  const exact = await narrow.search({ birth_date: { $eq: '1990-05-17' } });
  assert.equal(exact.body.message.search_response[0].status, 'succ');
  const sorted = await narrow.post(
    narrow.envelope([searchItem(KNOWN, {}, { sort: [{ attribute_name: 'birth_date', sort_order: 'asc' }] })]),
  );
  assert.equal(sorted.body.message.search_response[0].status_reason_code, 'rjct.sort.invalid');
});

test('a hidden attribute reads exactly like one that does not exist', async () => {
  const messages = await Promise.all(
    ['phone_number', 'shoe_size___'].map(async (name) => {
      const { body } = await clientOf('narrow').search({ [name]: { $eq: '1' } });
      return body.message.search_response[0].status_reason_message.replace(name, 'NAME');
    }),
  );
  assert.equal(messages[0], messages[1]);
});

test('a record type named anywhere in the request is the one that rights are checked on', async () => {
  const narrow = clientOf('narrow');
  const query = { type: 'urn:gov:national-id', value: '12345678' };
  for (const criteria of [
    { reg_record_type: 'Group' },
    { response_entity: 'Member' },
    { reg_type: 'SPP:RegistryType:Group' },
  ]) {
    assert.equal(
      (await narrow.post(narrow.envelope([searchItem(query, {}, criteria)]))).status,
      403,
      JSON.stringify(criteria),
    );
  }
  const collection = { type: 'x', value: { expression: { collection: 'Group', query: { group_size: { $gte: 1 } } } } };
  assert.equal((await narrow.search(collection)).status, 403);
  assert.equal((await narrow.search('{ Group(group_size: 3) { group_size } }')).status, 403);
});

test('a person nested in a household shows no more than a person by itself', async () => {
  const family = clientOf('family');
  const item = searchItem({ group_size: { $gte: 1 } }, {}, { reg_record_type: 'Group', pagination: { page_size: 20 } });
  const { body } = await family.post(family.envelope([item]));
  const groups = body.message.search_response[0].data.reg_records;
  assert.ok(groups.length > 0);
  const people = groups.flatMap(
    (group: { member_list?: { demographic_info?: object }[]; group_head_info?: { demographic_info?: object } }) =>
      [...(group.member_list ?? []), group.group_head_info ?? {}].map(({ demographic_info }) => demographic_info ?? {}),
  );
  assert.ok(people.some((person: object) => 'name' in person));
  for (const person of people) {
    for (const key of Object.keys(person)) assert.ok(['@type', '@context', 'identifier', 'name'].includes(key), key);
  }
});

test('a partner that may look identifiers up may not search by anything else', async () => {
  const { body } = await clientOf('identifiers').search(KNOWN, { birth_date: { $eq: '1990-05-17' } });
  const [found, refused] = body.message.search_response;
  assert.equal(found.pagination.total_count, 1);
  assert.equal(refused.status, 'rjct');
});

test('rows outside the filter are neither returned nor counted', async () => {
  const query = { birth_date: { $gte: '1990-01-01', $lte: '1990-12-31' } };
  const count = async (client: Client) => {
    const { body } = await client.search(query);
    return body.message.search_response[0];
  };
  const all = await count(gateway.client());
  const women = await count(clientOf('region'));
  assert.ok(women.pagination.total_count > 0);
  assert.ok(women.pagination.total_count < all.pagination.total_count);
  for (const { sex } of women.data.reg_records) assert.equal(sex, 'female');
});

test('an identifier matches by type and value of one identifier, not of two', async () => {
  const { body } = await gateway.client().search({ type: 'urn:gov:passport', value: '12345678' }, KNOWN);
  const [crossed, right] = body.message.search_response;
  assert.equal(crossed.pagination.total_count, 0);
  assert.equal(right.pagination.total_count, 1);
});

test('a row filter that names what is not there stops the start and says so', async () => {
  const wrong = partner('wrong', {
    search: 'any',
    records: { Person: { ...PERSON, rows: { shoe_size: { $eq: '1' } } } },
  });
  await assert.rejects(startGateway({ config: { partners: { wrong } } }), /partners\.wrong.*Person\.rows.*shoe_size/);
});

test('a row filter of the YAML compares with numbers', async () => {
  const everybody = { 'name.surname': { $exists: true } };
  const totalOf = async (client: Client, query: object): Promise<number> =>
    (await client.search(query)).body.message.search_response[0].pagination.total_count;
  const expected = await totalOf(gateway.client(), {
    ...everybody,
    age: { $lt: 18 },
    disability_level: { $gte: 1, $lte: 3 },
  });
  assert.ok(expected > 0);
  assert.equal(await totalOf(clientOf('minors'), everybody), expected);
});
