/** What the field writes and a tolerant reader accepts (PROTOCOL 2), sent to a whole gateway. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Client, type Envelope, makeSigningKey, searchItem, signEnvelope } from '../support/client.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';

const QUERY = { type: 'urn:gov:national-id', value: '12345678' };

let gateway: RunningGateway;
let client: Client;
const key = makeSigningKey();
const TELLING = {
  ...{ client_id: 'telling', client_secret: 'telling-secret', sender_ids: ['telling.example'] },
  keys: [{ key_id: key.keyId, jwk: key.publicJwk }],
  registries: { social: { actions: ['receive'] } },
};

before(async () => {
  gateway = await startGateway({ config: { partners: { telling: TELLING } } });
  client = gateway.client();
});

after(() => gateway.close());

interface Changes {
  readonly header?: Record<string, unknown>;
  readonly message?: Record<string, unknown>;
  readonly item?: Record<string, unknown>;
  readonly criteria?: Record<string, unknown>;
  readonly query?: unknown;
}

/** Sends one search and answers its item, which must have succeeded with the guide's person. */
const finds = async ({ header, message, item, criteria, query = QUERY }: Changes, what: string) => {
  const answer = await client.post(client.envelope([searchItem(query, item, criteria)], header, message));
  assert.equal(answer.status, 200, `${what}: ${answer.text}`);
  const [only] = answer.body.message.search_response;
  assert.equal(only.status, 'succ', `${what}: ${JSON.stringify(only)}`);
  assert.equal(only.pagination.total_count, 1, what);
  return { only, body: answer.body };
};

test('empty texts stand for what is absent', async () => {
  await finds(
    { header: { meta: '', sender_uri: '' }, criteria: { consent: '', authorize: '' }, item: { locale: '' } },
    '""',
  );
  const predicate = [
    {
      seq_num: '',
      expression1: { attribute_name: 'identifier.identifier_value', operator: 'eq', attribute_value: '12345678' },
      condition: '',
      expression2: '',
    },
  ];
  await finds({ query: predicate }, 'predicate list with empty texts');
});

test('numbers may be text, a transaction id may be a number and comes back as text', async () => {
  await finds(
    { header: { total_count: '1' }, criteria: { pagination: { page_size: '20', page_number: '1' } } },
    'numbers as text',
  );
  const { body } = await finds({ message: { transaction_id: 4711 } }, 'number as transaction_id');
  assert.equal(body.message.transaction_id, '4711');
  await finds({ query: { type: 'urn:gov:national-id', value: 12345678 } }, 'number as identifier');
});

test('one object stands for a list, pagination stands beside the criteria, timestamps are misspelt', async () => {
  await finds({ message: { search_request: searchItem(QUERY) } }, 'one object');
  const { only } = await finds({ item: { pagination: { page_size: 7 } } }, 'pagination beside');
  assert.equal(only.pagination.page_size, 7);
  await finds({ item: { timestamp: undefined, timesatmp: '2024-01-15T10:30:00' } }, 'timesatmp');
  await finds({ header: { message_ts: '2024-01-15T10:30:00.123456' } }, 'no zone');
});

test('reg_type, record type, version and receiver may be absent or in any spelling', async () => {
  await finds({ header: { version: undefined, receiver_id: undefined } }, 'absent');
  for (const reg_type of [
    'ns:org:RegistryType:Social',
    'SOCIAL_REGISTRY',
    'SR',
    'social',
    'SPP:RegistryType:Individual',
  ]) {
    await finds({ criteria: { reg_type } }, reg_type);
  }
  for (const reg_record_type of ['Person', 'SRPerson', 'PERSON', 'spdci-extensions-dci:Person', '']) {
    const { only } = await finds({ criteria: { reg_record_type } }, reg_record_type);
    assert.equal(only.data.reg_record_type, 'Person');
  }
  const household = { query: { type: 'urn:gov:household', value: 'nothing' } };
  for (const criteria of [
    { reg_record_type: 'Household' },
    { response_entity: 'Family' },
    { reg_type: 'SPP:RegistryType:Group' },
  ]) {
    const answer = await client.post(client.envelope([searchItem(household.query, {}, criteria)]));
    assert.equal(answer.body.message.search_response[0].data?.reg_record_type, 'Group', answer.text);
  }
});

test('ids are any text: ours is used only where the caller has none', async () => {
  const { body } = await finds(
    { header: { message_id: 'ß ✓ 1' }, message: { transaction_id: 'T/1?&', correlation_id: 'C 1' } },
    'ids',
  );
  assert.equal(body.message.transaction_id, 'T/1?&');
  assert.equal(body.message.correlation_id, 'C 1');
  const first = await finds({}, 'no correlation id');
  const second = await finds({}, 'no correlation id');
  assert.ok(first.body.message.correlation_id !== second.body.message.correlation_id);
  assert.notEqual(first.body.header.message_id, second.body.header.message_id);
});

test('the action may be spelt in another case, a locale carries a region, unknown keys are passed over', async () => {
  await finds({ header: { action: 'Search' } }, 'action');
  const { only } = await finds({ item: { locale: 'en-GB' } }, 'locale');
  assert.equal(only.locale, 'eng');
  await finds(
    {
      header: { future: { a: 1 } },
      message: { future: [] },
      item: { x: 1 },
      criteria: { query_type: 'mislabelled', result_type: 'x' },
    },
    'unknown keys',
  );
});

test('what is told may have null in place of a message, and is signed so', async () => {
  const teller = gateway.client({ clientId: 'telling', clientSecret: 'telling-secret' });
  const Authorization = `Bearer ${await teller.getToken()}`;
  const header = {
    message_id: 'm-1',
    message_ts: '2026-01-15T10:30:00Z',
    action: 'on-search',
    sender_id: 'telling.example',
  };
  const made = { header, message: null } as unknown as Envelope;
  const told = async (sent: object): Promise<number> => {
    const body = JSON.stringify({ signature: signEnvelope(made, 'telling.example', key), ...sent });
    const headers = { 'Content-Type': 'application/json', Authorization };
    return (await teller.send('/registry/on-search', { method: 'POST', headers, body })).status;
  };
  assert.equal(await told(made), 202);
  assert.equal(await told({ ...made, message: {} }), 401, 'another message than was signed');
  assert.equal(await told({ header }), 401);
});

test('a bare locale and rubbish for a time are refused at once', async () => {
  for (const item of [{ locale: 'en' }, { locale: 'ENG' }, { timestamp: 'tomorrow' }]) {
    const answer = await client.post(client.envelope([searchItem(QUERY), searchItem(QUERY, item)]));
    assert.equal(answer.status, 400);
  }
});

test('a query is never widened by what is not understood in it', async () => {
  const base = { attribute_name: 'identifier.identifier_value', operator: 'eq', attribute_value: '12345678' };
  for (const query of [
    [{ expression1: base, condition: 'or' }],
    [{ expression1: base, expression3: base }],
    [{ expression1: { ...base, comment: 'x' } }],
    { ...QUERY, also: 'x' },
    { $and: [{ birth_date: { $gte: '1990-01-01' } }], $comment: 'x' },
  ]) {
    const { body } = await client.search(query);
    assert.equal(body.message.search_response[0].status, 'rjct', JSON.stringify(query));
  }
});

test('a code may be named by its label or by the registry’s own code, in any case', async () => {
  const totals: number[] = [];
  for (const sex of ['female', 'FEMALE', 'F', 'f']) {
    const { body } = await client.search({ sex });
    totals.push(body.message.search_response[0].pagination?.total_count);
  }
  assert.ok(Number(totals[0]) > 0);
  assert.equal(new Set(totals).size, 1, String(totals));
});
