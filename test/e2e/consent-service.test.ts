/** Consent that a decision service decides, on a whole gateway: what is no explicit yes is a no. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, statusMessage } from '../support/async-calls.ts';
import { searchItem } from '../support/client.ts';
import { startConsentService, type TestConsentService } from '../support/consent-service.ts';
import { type Country, consentedCountry, partnerFor, SECRET } from '../support/consented-country.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { csvForm, csvOf, fileEnvelope, postForm } from '../support/uploads.ts';

let country: Country;
let service: TestConsentService;
let gateway: RunningGateway;

const purposes = { aid: { basis: 'consent' }, audit: { basis: 'legal_obligation' } };

before(async () => {
  country = consentedCountry();
  service = await startConsentService();
  const { url, origin } = service;
  gateway = await startGateway({
    config: {
      outbound: { allow_origins: [origin], private_origins: [origin] },
      registries: {
        social: country.registry({
          service: { url, bearer: 'consent-secret', timeout: '2s', batch: 2, most: 6, cache: '0s' },
        }),
      },
      partners: {
        agency: partnerFor('agency', { purposes, default_purpose: 'aid', actions: 'all' }),
        'external-system': partnerFor('external-system', { purposes }),
        'integrating-server': partnerFor('integrating-server', { purposes }),
      },
    },
  });
});

beforeEach(() => {
  service.questions.length = 0;
  service.answer = undefined;
  service.yes.clear();
  for (const nid of ['N1', 'N4', 'N6']) service.yes.add(nid);
});

after(async () => {
  await gateway.close();
  await service[Symbol.asyncDispose]();
  country[Symbol.dispose]();
});

const ask = (query: object, criteria: Record<string, unknown> = {}) => {
  const client = gateway.client({ clientId: 'agency', clientSecret: SECRET, senderId: 'agency.example.org' });
  return client.post(client.envelope([searchItem(query, {}, criteria)]));
};

const EVERYBODY = { birth_date: { $gte: '1900-01-01' } };

const surnames = (records: readonly { readonly name?: { readonly surname: string } }[]): string[] =>
  records.map(({ name }) => name?.surname ?? '');

test('who did not consent is neither returned, sorted nor counted; persons are asked about in batches', async () => {
  const { body } = await ask(EVERYBODY, {
    sort: [{ attribute_name: 'name.surname', sort_order: 'desc' }],
    pagination: { page_size: 2, page_number: 1 },
  });
  const [item] = body.message.search_response;
  assert.deepEqual(surnames(item.data.reg_records), ['Fikre', 'Desta']);
  assert.equal(item.pagination.total_count, 3);
  assert.deepEqual(service.questions.map(({ persons }) => persons.length), [2, 2, 2]); // biome-ignore format: one look
  const [question] = service.questions;
  assert.deepEqual([question?.partner, question?.purpose, question?.legal_basis], ['agency', 'aid', 'consent']);
  assert.ok(!JSON.stringify(service.questions).includes('Abebe'), 'identifiers and nothing else');
  assert.deepEqual(body.header.meta, { enforced: [{ purpose: 'aid', legal_basis: 'consent', consent: 'service' }] });
});

test('nested persons are decided about too, and queries see the registry as if the others were not there', async () => {
  const groups = async (query: object) => {
    const { body } = await ask(query, { reg_record_type: 'Group' });
    const [item] = body.message.search_response;
    const homes: { member_list?: { demographic_info: { name: { surname: string } } }[] }[] = item.data.reg_records;
    const members = homes.map((home) => (home.member_list ?? []).map((each) => each.demographic_info.name.surname));
    return [item.pagination.total_count, members];
  };
  assert.deepEqual(await groups({ 'members.name.surname': { $eq: 'Abebe' } }), [1, [['Abebe']]]);
  assert.deepEqual(await groups({ 'members.name.surname': { $eq: 'Berta' } }), [0, []]);
  // Berta is not there for this partner: her home has members and none is called so.
  assert.deepEqual(await groups({ 'members.name.surname': { $ne: 'Berta' } }), [2, [['Abebe'], ['Desta']]]);
  assert.deepEqual(await groups({ $nor: [{ 'members.name.surname': { $eq: 'Berta' } }] }), [2, [['Abebe'], ['Desta']]]);
});

test('rows of a file find those who consented and nobody else; their persons are asked about together', async () => {
  const client = gateway.client({ clientId: 'agency', clientSecret: SECRET, senderId: 'agency.example.org' });
  const file = csvOf(['N1', 'N2', 'N9', 'N4', 'N3', 'N1', 'N6', 'N5'], 'NID');
  const id = randomUUID();
  const envelope = fileEnvelope(file, { senderId: 'agency.example.org', message: { transaction_id: id } });
  assert.equal((await postForm(client, '/search', csvForm(file, envelope))).status, 202);
  let path: string | undefined;
  for (let tries = 0; path === undefined && tries < 200; tries++) {
    await sleep(25);
    const { body } = await call(client, '/sync/txn/status', 'txn-status', statusMessage('transaction_id', id));
    path = body.header.meta?.result;
  }
  const { body } = await client.send(`/registry${path}`, {
    headers: { Authorization: `Bearer ${await client.getToken()}` },
  });
  const found = body.search_response.map((item: { data: { reg_records: [] } }) => surnames(item.data.reg_records));
  assert.deepEqual(found, [['Abebe'], [], [], ['Desta'], [], ['Abebe'], ['Fikre'], []]);
  // Six persons for the rows; the three who consented once more before their records leave, although one stands in two rows.
  assert.deepEqual(service.questions.map(({ persons }) => persons.length), [2, 2, 2, 2, 1]); // biome-ignore format: one look
});

test('nobody is asked where the legal basis needs no consent', async () => {
  const { body } = await ask(EVERYBODY, { consent: { purpose: { code: 'audit' } } });
  assert.equal(body.message.search_response[0].pagination.total_count, 6);
  assert.equal(service.questions.length, 0);
});

test('a service that is down, slow, or answers rubbish refuses the request', async () => {
  for (const [what, answer] of [
    ['an error', (response) => response.writeHead(500).end('{"consented":["0","1"]}')],
    ['created', (response) => response.writeHead(201).end('{"consented":["0","1"]}')],
    ['no JSON', (response) => response.end('yes')],
    ['no list', (response) => response.end('{"consented":true}')],
    ['a bare list', (response) => response.end('["0","1"]')],
    ['a redirect', (response) => response.writeHead(302, { location: '/consent' }).end()],
    ['nothing', (response) => response.destroy()],
    ['nothing in time', () => undefined],
  ] satisfies [string, TestConsentService['answer']][]) {
    service.answer = answer;
    const { status, body } = await ask(EVERYBODY);
    assert.equal(status, 503, what);
    assert.ok(!JSON.stringify(body).includes('reg_records'), what);
  }
});

test('answers about others, or that are no explicit yes, let nobody through', async () => {
  for (const consented of [['7', 'N1', 'x', '00'], [0, 1], [true], [null], [['0']], []]) {
    service.answer = (response) => void response.end(JSON.stringify({ consented }));
    const { status, body } = await ask(EVERYBODY);
    assert.equal(status, 200);
    assert.equal(body.message.search_response[0].pagination.total_count, 0, JSON.stringify(consented));
  }
});

test('more persons than may be asked about refuse the item, and it is not told how many there are', async () => {
  country.database.exec("insert into person values (7, null, 'N7', 'Girma', '1990-01-01', '2026-01-01 00:00:00')");
  const { body } = await ask(EVERYBODY);
  const [item] = body.message.search_response;
  assert.deepEqual([item.status, item.status_reason_code], ['rjct', 'rjct.search_criteria.invalid']);
  assert.ok(!/\d|found|record|person/i.test(item.status_reason_message), item.status_reason_message);
  assert.equal(service.questions.length, 0);
  country.database.exec('delete from person where id = 7');
});
