/** What a partner with few rights gets from the sample registry, beside one that may do everything. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Client, searchItem } from '../support/client.ts';
import { DEMO_PARTNER, type RunningGateway, startGateway } from '../support/gateway.ts';

const FEW = {
  ...DEMO_PARTNER,
  client_id: 'few',
  sender_ids: ['few.example.org'],
  registries: {
    social: {
      search: 'any',
      actions: ['search'],
      records: {
        Person: {
          fields: ['identifier', 'name'],
          attributes: ['name', 'birth_date'],
          identifier_types: ['urn:gov:national-id'],
          rows: { is_disabled: false },
        },
        Member: { fields: ['demographic_info'], attributes: ['demographic_info'], identifier_types: [] },
        Group: {
          fields: ['group_identifier', 'member_list'],
          attributes: ['member_list', 'group_size'],
          identifier_types: 'all',
        },
      },
    },
  },
};

const PERSONS_ONLY = {
  ...FEW,
  client_id: 'persons',
  sender_ids: ['persons.example.org'],
  registries: {
    social: {
      ...FEW.registries.social,
      search: 'selective',
      records: { Person: FEW.registries.social.records.Person },
    },
  },
};

let gateway: RunningGateway;
let all: Client;
let few: Client;
let persons: Client;

before(async () => {
  gateway = await startGateway({ config: { partners: { few: FEW, persons: PERSONS_ONLY } } });
  all = gateway.client();
  few = gateway.client({ clientId: 'few', senderId: 'few.example.org' });
  persons = gateway.client({ clientId: 'persons', senderId: 'persons.example.org' });
});

after(() => gateway.close());

const GROUP = { reg_record_type: 'Group' };
const one = async (client: Client, query: unknown, criteria: Record<string, unknown> = {}) => {
  const answer = await client.post(client.envelope([searchItem(query, {}, criteria)]));
  assert.equal(answer.status, 200, answer.text);
  return answer.body.message.search_response[0];
};
const total = async (client: Client, query: unknown, criteria: Record<string, unknown> = {}): Promise<number> => {
  const item = await one(client, query, criteria);
  assert.equal(item.status, 'succ', JSON.stringify(item));
  return item.pagination?.total_count ?? item.data?.pagination?.total_count ?? item.total_count;
};
const message = async (client: Client, query: unknown, criteria: Record<string, unknown> = {}): Promise<string> => {
  const item = await one(client, query, criteria);
  assert.equal(item.status, 'rjct', JSON.stringify(item));
  assert.equal(item.data, undefined);
  return `${item.status_reason_code} ${item.status_reason_message}`;
};

const A_NAME = { 'name.given_name': { $contains: 'a' } };

test('only the fields and identifier types of the partner come back', async () => {
  const item = await one(few, A_NAME, { pagination: { page_size: 100 } });
  const records: Record<string, unknown>[] = item.data.reg_records;
  assert.equal(records.length, 100);
  const fields = new Set(records.flatMap((record) => Object.keys(record)));
  assert.deepEqual([...fields].filter((field) => !field.startsWith('@')).sort(), ['identifier', 'name']);
  const types = records.flatMap(({ identifier = [] }) =>
    (identifier as { identifier_type: string }[]).map((each) => each.identifier_type),
  );
  assert.deepEqual([...new Set(types)], ['urn:gov:national-id']);
});

test('the total counts what the row filter leaves, and no more', async () => {
  const left = await total(all, { ...A_NAME, is_disabled: false });
  assert.ok(left < (await total(all, A_NAME)));
  assert.equal(await total(few, A_NAME), left);
});

test('an attribute without the right reads like an unknown one; age follows the birth date', async () => {
  const unknown = (name: string) => `rjct.search_criteria.invalid Unknown attribute "${name}".`;
  assert.equal(await message(few, { sex: 'male' }), unknown('sex'));
  assert.equal(await message(few, { sex: 'nonsense' }), unknown('sex'));
  assert.equal(await message(few, { is_disabled: true }), unknown('is_disabled'));
  assert.equal(await message(few, { hat_size: 5 }), unknown('hat_size'));
  assert.equal(
    await message(few, { 'member_list.demographic_info.sex': 'male' }, GROUP),
    unknown('member_list.demographic_info.sex'),
  );
  assert.equal(await message(few, { 'head.dob': '1990-05-17' }, GROUP), unknown('head.dob'));
  assert.equal(await message(few, { 'members.is_disabled': true }, GROUP), unknown('members.is_disabled'));
  const unavailable = 'rjct.search_criteria.invalid The operator is not available for attribute';
  assert.equal(await message(few, { age: { $gt: 17 } }), `${unavailable} "age".`);
  assert.equal(await message(few, { birth_date: { $lt: '1990-01-01' } }), `${unavailable} "birth_date".`);
  assert.equal((await one(few, { birth_date: '1990-05-17' })).status, 'succ');
});

test('nothing is sorted by what is hidden', async () => {
  const by = (attribute_name: string) => ({ sort: [{ attribute_name }] });
  assert.equal(
    await message(few, A_NAME, by('birth_date')),
    'rjct.sort.invalid Results cannot be sorted by "birth_date".',
  );
  assert.equal(await message(few, A_NAME, by('hat_size')), 'rjct.sort.invalid Results cannot be sorted by "hat_size".');
});

test('an identifier type that is not the partner’s forbids the whole request, in any dialect', async () => {
  const good = searchItem({ type: 'urn:gov:national-id', value: '12345678' });
  assert.equal((await few.post(few.envelope([good]))).status, 200);
  for (const query of [
    { type: 'urn:gov:passport', value: 'P1' },
    { 'identifier.identifier_type': 'urn:gov:passport' },
    [{ expression1: { attribute_name: 'identifier.type', operator: 'ne', attribute_value: 'urn:gov:passport' } }],
    '{ person(identifier: {type: "urn:gov:passport", value: "P1"}) { name } }',
  ]) {
    const answer = await few.post(few.envelope([good, searchItem(query)]));
    assert.equal(answer.status, 403, answer.text);
    assert.ok(!answer.text.includes('12345678'));
  }
});

test('a record type that is not the partner’s forbids the request wherever it is named', async () => {
  const forbidden = async (query: unknown, criteria: Record<string, unknown> = {}) => {
    const answer = await persons.post(persons.envelope([searchItem(query, {}, criteria)]));
    assert.equal(answer.status, 403, `${JSON.stringify(query)} ${answer.text}`);
  };
  await forbidden({ group_size: 5 }, GROUP);
  await forbidden({ group_size: 5 }, { response_entity: 'spdci-extensions-dci:Household' });
  await forbidden({ collection: 'Group', query: { group_size: 5 } });
  await forbidden('{ household(group_size: 5) { group_size } }');
  await forbidden({ collection: 'NoSuchRecord', query: { group_size: 5 } });
  assert.match(
    await message(persons, { collection: 'Group', query: { group_size: 5 } }, { reg_record_type: 'Person' }),
    /do not agree/,
  );
});

test('a nested person has only its own fields, and one that the row filter hides is neither shown nor found', async () => {
  const found = await one(all, { is_disabled: true, 'name.given_name': { $exists: true } });
  const person = found.data.reg_records[0];
  const id = person.identifier.find(
    (each: { identifier_type: string }) => each.identifier_type === 'urn:gov:national-id',
  );
  const query = { 'members.demographic_info.identifier.value': id.identifier_value };
  assert.equal(await total(all, query, GROUP), 1);
  assert.equal(await total(few, query, GROUP), 0);

  const everyGroup = { group_size: { $in: [1, 2, 3, 4, 5, 6, 7, 8] } };
  const page = { ...GROUP, pagination: { page_size: 100 } };
  const groups = (await one(few, everyGroup, page)).data.reg_records;
  const members = groups.flatMap((group: { member_list?: object[] }) => group.member_list ?? []);
  assert.ok(members.length > 100);
  const keys = (values: readonly object[]) =>
    [...new Set(values.flatMap((each) => Object.keys(each)))].filter((key) => !key.startsWith('@'));
  assert.deepEqual(keys(members), ['demographic_info']);
  assert.deepEqual(keys(members.map((each: { demographic_info: object }) => each.demographic_info)).sort(), [
    'identifier',
    'name',
  ]);
  assert.deepEqual(keys(groups).sort(), ['group_identifier', 'member_list']);
  assert.ok(!JSON.stringify(groups).includes(id.identifier_value));
});

test('a selection asks for fields and never for hidden ones', async () => {
  const ask = (fields: string) => `{ person(name: {given_name: "Ana"}) { ${fields} } }`;
  assert.match(await message(few, ask('name birth_date')), /Unknown attribute "birth_date"/);
  assert.match(await message(few, ask('name hat_size')), /Unknown attribute "hat_size"/);
  assert.equal((await one(few, ask('name'))).status, 'succ');
});

test('a selective partner is refused what is not selective', async () => {
  assert.match(await message(persons, A_NAME), /too wide/);
  assert.match(await message(persons, { $or: [{ birth_date: '1990-05-17' }, A_NAME] }), /too wide/);
  assert.equal((await one(persons, { birth_date: '1990-05-17', ...A_NAME })).status, 'succ');
});
