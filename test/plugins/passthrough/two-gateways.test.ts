/** A gateway in front of another one: partners get what they would get from the upstream itself, within their rights. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asyncConfig, call, searchMessage } from '../../support/async-calls.ts';
import { startReceiver } from '../../support/callback-receiver.ts';
import { type Answer, type Client, makeSigningKey, searchItem, verifyAnswer } from '../../support/client.ts';
import { clientOf, FRONT_SENDER, type Pair, partnerWith, startPair } from '../../support/upstream-pair.ts';

const PERSON = { fields: 'all', attributes: 'all', identifier_types: 'all' };

const PARTNERS = {
  shy: partnerWith('shy', {
    search: 'any',
    records: {
      Person: {
        fields: ['identifier', 'name.surname'],
        attributes: ['identifier', 'birth_date'],
        identifier_types: ['urn:gov:national-id'],
      },
    },
  }),
  regional: partnerWith('regional', {
    search: 'any',
    records: { Person: { ...PERSON, rows: { 'address.region_code': { $eq: 'REGION_02' } } } },
  }),
};

const key = makeSigningKey('open-1');
const keys = [{ key_id: key.keyId, jwk: key.publicJwk }];

let pair: Pair;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
before(async () => {
  receiver = await startReceiver();
  const { outbound, partners } = asyncConfig(receiver.origin);
  pair = await startPair({
    config: { outbound },
    backend: { forward: 'unrestricted' },
    partners: { ...partners, ...PARTNERS, open: partnerWith('open', { search: 'any', records: 'all' }, { keys }) },
    upstream: {
      partner: { signature: { require: 'required' }, sender_ids: [FRONT_SENDER, 'open.example.org'], keys },
      partners: { direct: partnerWith('direct', { search: 'any', records: 'all' }) },
    },
  });
});
after(async () => {
  await pair[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

const NATIONAL_ID = { type: 'urn:gov:national-id', value: '12345678' };
const is = (attribute: string, operator: string, value: unknown) => ({ attribute, operator, value });

const post = (client: Client, query: unknown, criteria: Record<string, unknown> = {}): Promise<Answer> =>
  client.post(client.envelope([searchItem(query, {}, criteria)]));

const itemOf = ({ status, text, body }: Answer) => {
  assert.equal(status, 200, text);
  return body.message.search_response[0];
};

test('what the front answers is what the upstream answers, signed by the front', async () => {
  const front = pair.front.client();
  const direct = pair.upstream.client({ clientId: 'direct', senderId: 'direct.example.org' });
  const jwks = (await front.send('/.well-known/jwks.json', {})).body;
  const queries = [
    NATIONAL_ID,
    { seq: [is('birth_date', 'ge', '1990-01-01'), is('sex', 'ne', 'female')] },
    { seq: [is('name.surname', 'eq', 'nunez pena')] },
  ];
  for (const query of queries) {
    const page = { query_type: 'predicate', pagination: { page_size: 150, page_number: 1 } }; // mislabelled: it is read leniently
    const [answer, original] = await Promise.all([post(front, query, page), post(direct, query, page)]);
    assert.ok(verifyAnswer(answer.body, jwks));
    assert.ok(itemOf(original).pagination.total_count > 0);
    assert.deepEqual(itemOf(answer).pagination, itemOf(original).pagination);
    assert.deepEqual(itemOf(answer).data.reg_records, itemOf(original).data.reg_records);
  }
  const [maria] = itemOf(await post(front, NATIONAL_ID)).data.reg_records;
  assert.equal(maria.name.maiden_name, 'García Ibáñez');
  assert.equal(maria.address[0].geo_location.plus_code.geometry.location.latitude, -7.9842);
  assert.deepEqual(maria.households[0].identifier[1], {
    identifier_type: 'urn:gov:programme',
    identifier_value: '00008826',
  });
  assert.equal(maria.last_updated, '2024-03-03T15:59:18Z');
});

test('pages are sorted by the upstream and do not overlap', async () => {
  const client = pair.front.client();
  const query = { seq: [is('address.region_code', 'eq', 'REGION_01')] };
  const page = async (page_number: number): Promise<readonly string[]> =>
    itemOf(
      await post(client, query, {
        pagination: { page_size: 30, page_number },
        sort: [{ attribute_name: 'birth_date', sort_order: 'desc' }],
      }),
    ).data.reg_records.map(
      (each: { birth_date: string; identifier: unknown }) => `${each.birth_date} ${JSON.stringify(each.identifier)}`,
    );
  const both = [...(await page(1)), ...(await page(2))];
  assert.equal(new Set(both).size, 60);
  const days = both.map((each) => each.slice(0, 10)).filter((day) => /^\d/.test(day));
  assert.deepEqual(days, days.toSorted().reverse());
  const unsorted = itemOf(await post(client, query, { sort: [{ attribute_name: 'sex', sort_order: 'asc' }] }));
  assert.equal(unsorted.status_reason_code, 'rjct.sort.invalid');
});

test('a partner with few fields gets no other, and no identifier of another type', async () => {
  const shy = clientOf(pair.front, 'shy');
  const answer = await shy.search(NATIONAL_ID);
  const [record] = itemOf(answer).data.reg_records;
  assert.deepEqual(record.identifier, [{ identifier_type: NATIONAL_ID.type, identifier_value: NATIONAL_ID.value }]);
  assert.deepEqual(record.name, { surname: 'Núñez Peña' });
  assert.ok(!/1990-05-17|María|SR-000001|HH-00001/.test(answer.text));
  const hidden = itemOf(await shy.search({ seq: [is('sex', 'eq', 'female')] }));
  assert.equal(hidden.status, 'rjct');
  assert.equal((await shy.search({ type: 'UIN', value: '012345678901' })).status, 403);
});

test('a row filter goes upstream with the query, and a person outside of it is not found', async () => {
  const regional = clientOf(pair.front, 'regional');
  assert.equal(itemOf(await regional.search(NATIONAL_ID)).pagination.total_count, 0, 'María lives in another region');
  const all = itemOf(
    await post(regional, { seq: [is('birth_date', 'ge', '1900-01-01')] }, { pagination: { page_size: 100 } }),
  );
  const regions = new Set(
    all.data.reg_records.map((each: { address: { region_code: string }[] }) => each.address[0]?.region_code),
  );
  assert.deepEqual([...regions], ['REGION_02']);
  const open = itemOf(
    await pair.front
      .client()
      .search({ seq: [is('address.region_code', 'eq', 'REGION_02'), is('birth_date', 'ge', '1900-01-01')] }),
  );
  assert.equal(all.pagination.total_count, open.pagination.total_count);
});

test('an asynchronous search runs on the gateway, by the synchronous search of the upstream', async () => {
  const message = searchMessage();
  assert.equal((await call(pair.front.client(), '/search', 'search', message)).status, 202);
  const { body } = await receiver.next(({ path }) => path.endsWith('/on-search'));
  assert.equal(body.message.transaction_id, message.transaction_id);
  assert.equal(body.message.search_response[0].data.reg_records[0].name.given_name, 'María');
  assert.equal(body.header.sender_id, 'front.example.org');
});

test('where the upstream encrypts for our keys, a search that could go on as it is is written anew and opened for the partner', async () => {
  const open = clientOf(pair.front, 'open', { key });
  const answer = await post(open, NATIONAL_ID, {
    reg_record_type: 'Person',
    pagination: { page_size: 10, page_number: 1 },
  });
  const [record] = itemOf(answer).data.reg_records;
  assert.equal(record.name.given_name, 'María');
  assert.equal(answer.body.header.sender_id, FRONT_SENDER);
  assert.equal(answer.body.header.is_msg_encrypted, false);
  assert.ok(verifyAnswer(answer.body, (await open.send('/.well-known/jwks.json', {})).body));
});
