/** Purposes and consent on a whole gateway, over a registry in SQLite that keeps consents in a table. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Client, searchItem } from '../support/client.ts';
import {
  CONSENT_RULE,
  type Country,
  consentedCountry,
  forPurpose,
  partnerFor,
  SECRET,
} from '../support/consented-country.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';

let country: Country;
let gateway: RunningGateway;

const purposes = {
  aid: { basis: 'consent' },
  audit: { basis: 'legal_obligation' },
  statistics: { basis: 'public_task', scopes: ['births'] },
  named: { basis: 'contract', scopes: ['names'] },
  south: { basis: 'public_task', records: { Person: { rows: { 'name.surname': { $gte: 'D' } } } } },
};

before(async () => {
  country = consentedCountry();
  gateway = await startGateway({
    config: {
      registries: { social: country.registry({ rule: CONSENT_RULE }) },
      partners: {
        agency: partnerFor('agency', { purposes }),
        usual: partnerFor('usual', { purposes, default_purpose: 'audit' }),
        narrow: partnerFor('narrow', { records: {}, scopes: ['basic'], purposes, default_purpose: 'aid' }),
        // Members without persons: consent is asked of the person all the same.
        members: partnerFor('members', { records: { Member: 'all' }, purposes, default_purpose: 'aid' }),
        'external-system': { ...partnerFor('external-system', { purposes }) },
        'integrating-server': { ...partnerFor('integrating-server', { purposes }) },
      },
    },
  });
});

after(async () => {
  await gateway.close();
  country[Symbol.dispose]();
});

const clientOf = (id: string): Client =>
  gateway.client({ clientId: id, clientSecret: SECRET, senderId: `${id}.example.org` });

const EVERYBODY = { birth_date: { $gte: '1900-01-01' } };

const ask = (id: string, query: object, criteria: Record<string, unknown> = {}, item: Record<string, unknown> = {}) => {
  const client = clientOf(id);
  return client.post(client.envelope([searchItem(query, item, criteria)]));
};

const surnames = (records: readonly { readonly name?: { readonly surname: string } }[]): string[] =>
  records.map(({ name }) => name?.surname ?? '').sort();

test('records without a consent are neither returned nor counted, and the row must say all of it', async () => {
  const { body } = await ask('agency', EVERYBODY, { consent: forPurpose('aid') });
  const [item] = body.message.search_response;
  assert.deepEqual(surnames(item.data.reg_records), ['Abebe', 'Desta']);
  assert.equal(item.pagination.total_count, 2);
  const second = await ask('agency', EVERYBODY, {
    authorize: forPurpose('aid'),
    sort: [{ attribute_name: 'name.surname', sort_order: 'desc' }],
    pagination: { page_size: 1, page_number: 2 },
  });
  const [page] = second.body.message.search_response;
  assert.deepEqual([surnames(page.data.reg_records), page.pagination.total_count], [['Abebe'], 2]);
});

test('a person without a consent is not found through a household, nor shown in it', async () => {
  const of = { reg_record_type: 'Group', consent: forPurpose('aid') };
  const through = async (surname: string) => (await ask('agency', { 'members.name.surname': { $eq: surname } }, of)).body.message.search_response[0]; // biome-ignore format: one look
  assert.equal((await through('Berta')).pagination.total_count, 0);
  const [home] = (await through('Abebe')).data.reg_records;
  const people = home.member_list.map((each: { demographic_info: object }) => each.demographic_info);
  assert.deepEqual(surnames(people), ['Abebe']);
});

test('who may see members and no persons sees members of persons with a consent only', async () => {
  const { body } = await ask('members', { 'member_identifier.identifier_value': { $in: ['N1', 'N2', 'N4', 'N5'] } }, { reg_record_type: 'Member' }); // biome-ignore format: one look
  const [item] = body.message.search_response;
  const values = item.data.reg_records.map((each: { member_identifier: { identifier_value: string }[] }) => each.member_identifier[0]?.identifier_value); // biome-ignore format: one look
  assert.deepEqual([values.sort(), item.pagination.total_count], [['N1', 'N4'], 2]);
});

test('a legal basis that needs no consent asks for none, and a purpose shows its own scope only', async () => {
  const audit = await ask('agency', EVERYBODY, { consent: forPurpose('audit') });
  assert.equal(audit.body.message.search_response[0].pagination.total_count, 6);
  const statistics = await ask('agency', EVERYBODY, { consent: forPurpose('statistics') });
  for (const record of statistics.body.message.search_response[0].data.reg_records)
    assert.deepEqual(Object.keys(record).filter((key) => !key.startsWith('@')), ['birth_date']); // biome-ignore format: one look
  assert.equal((await ask('agency', { group_size: 1 }, { reg_record_type: 'Group', consent: forPurpose('statistics') })).status, 403); // biome-ignore format: one look
  const south = await ask('agency', EVERYBODY, { consent: forPurpose('south') });
  assert.equal(south.body.message.search_response[0].pagination.total_count, 3);
});

test('an unknown purpose reads like a missing right; none is the default one, or refused', async () => {
  const unknown = await ask('agency', EVERYBODY, { consent: forPurpose('marketing') });
  const none = await ask('agency', EVERYBODY);
  const type = await ask('members', EVERYBODY, { reg_record_type: 'Group' });
  for (const refused of [unknown, none]) {
    assert.equal(refused.status, 403);
    assert.deepEqual(refused.body.errors, type.body.errors);
  }
  const usual = await ask('usual', EVERYBODY, { consent: '', authorize: '' });
  assert.equal(usual.body.message.search_response[0].pagination.total_count, 6);
});

test('the purpose stands in four places, and two that disagree are refused', async () => {
  for (const [criteria, item] of [
    [{ consent: forPurpose('aid') }, {}],
    [{ authorize: { purpose: { text: 'aid' } } }, {}],
    [{}, { consent: { purpose: 'aid' } }],
    [{ consent: '' }, { authorize: forPurpose('aid') }],
    [{ consent: forPurpose('aid') }, { authorize: forPurpose('aid') }],
  ] as const) {
    const { body } = await ask('agency', EVERYBODY, criteria, item);
    assert.equal(body.message.search_response[0].pagination.total_count, 2, JSON.stringify([criteria, item]));
  }
  const both = await ask('agency', EVERYBODY, { consent: forPurpose('aid') }, { authorize: forPurpose('audit') });
  assert.equal(both.status, 400);
  assert.equal((await ask('agency', EVERYBODY, { consent: { purpose: ['aid'] } })).status, 400);
});

test('header.meta says what was enforced, in names', async () => {
  const client = clientOf('narrow');
  const { body } = await client.post(
    client.envelope([
      searchItem({ 'name.surname': { $eq: 'Abebe' } }, { reference_id: 'one' }),
      searchItem({ 'name.surname': { $eq: 'Berta' } }, { reference_id: 'two' }, { consent: forPurpose('audit') }),
      searchItem({ type: 'NID', value: 'N1' }, { reference_id: 'three' }, { consent: forPurpose('named') }),
    ]),
  );
  assert.deepEqual(body.header.meta, {
    enforced: [
      { purpose: 'aid', legal_basis: 'consent', consent: 'rule', scopes: ['basic'], reference_ids: ['one'] },
      { purpose: 'audit', legal_basis: 'legal_obligation', consent: 'none', scopes: ['basic'], reference_ids: ['two'] },
      { purpose: 'named', legal_basis: 'contract', consent: 'none', scopes: ['basic', 'names'], reference_ids: ['three'] }, // biome-ignore format: one look
    ],
  });
  const totals = body.message.search_response.map((each: { pagination: { total_count: number } }) => each.pagination.total_count); // biome-ignore format: one look
  assert.deepEqual(totals, [1, 1, 1]);
});

test('a consent that is given or withdrawn counts at once', async () => {
  const total = async () => (await ask('agency', EVERYBODY, { consent: forPurpose('aid') })).body.message.search_response[0].pagination.total_count; // biome-ignore format: one look
  country.database.exec("insert into consent (person, purpose, status, until, partner) values (6, 'aid', 'given', '2099-01-01', 'agency')"); // biome-ignore format: one look
  assert.equal(await total(), 3);
  country.database.exec("update consent set status = 'withdrawn' where person = 6");
  assert.equal(await total(), 2);
});
