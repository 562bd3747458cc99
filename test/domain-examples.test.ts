/** config/examples/domains.yaml: four registries of other domains in one gateway, with the special endpoints of two of them. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { call } from './support/async-calls.ts';
import { type Answer, type Client, createClient, searchItem } from './support/client.ts';
import { type DomainDatabases, domainDatabases } from './support/domain-databases.ts';
import { type ExamplePartner, type RunningExample, startExample } from './support/examples.ts';
import { type SpecDomain, specialAnswerProblems } from './support/spec-check.ts';

const SECRET = 'example-secret-1234567890';
const SOCIAL: ExamplePartner = { clientId: 'social', clientSecret: SECRET, senderId: 'social.gov.example' };
const TRANSPORT: ExamplePartner = { clientId: 'transport', clientSecret: SECRET, senderId: 'transport.example' };

let databases: DomainDatabases;
let example: RunningExample;

before(async () => {
  databases = domainDatabases();
  const env = { ...databases.env, SOCIAL_SECRET: SECRET, TRANSPORT_SECRET: SECRET };
  example = await startExample('domains.yaml', env, SOCIAL);
});
after(async () => {
  await example?.[Symbol.asyncDispose]();
  databases[Symbol.dispose]();
});

const id = (type: string, value: string) => ({ type, value });
const valuesOf = (list: readonly { identifier_value: string }[]) => list.map((each) => each.identifier_value);
const client = (domain: SpecDomain, mount: string, partner = SOCIAL) =>
  createClient({ url: example.url, domain, mount, ...partner });
const civil = () => client('crvs', '/civil/registry');
const disability = (partner = SOCIAL) => client('dr', '/disability/registry', partner);
const benefits = () => client('ibr', '/benefits/registry');
const itemOf = async (from: Client, query: unknown, criteria: Record<string, unknown> = {}) => {
  const { body } = await from.post(from.envelope([searchItem(query, {}, criteria)]));
  return body.message.search_response[0];
};
const found = async (from: Client, query: unknown, criteria: Record<string, unknown> = {}) => {
  const { reg_records: records } = (await itemOf(from, query, criteria)).data;
  return Array.isArray(records) ? records : [records];
};

test('a citizen comes with the numbers of its acts, its places and its parents; cancelled and struck out rows do not', async () => {
  const [elena] = await found(civil(), id('UIN', '197382465'));
  assert.deepEqual(valuesOf(elena.identifier), ['197382465', 'B-1980-00417', 'M-2010-00102']);
  assert.equal(elena['@context'], 'https://schema.spdci.org/extensions/crvs/v1/data/CRVSPerson.jsonld');
  assert.deepEqual(elena.parent1_identifier, { identifier_type: 'UIN', identifier_value: '537564821' });
  assert.equal(elena.marriage_date, '2010-06-12');
  assert.equal('divorce_date' in elena, false, 'that act was struck out');
  assert.deepEqual(elena.birth_place.geo, { latitude: 9.5604, longitude: 100.0245 });
  const [iker] = await found(civil(), id('UIN', '197382466'));
  assert.equal('parent1_identifier' in iker, false);
  assert.equal('geo' in iker.birth_place, false);
  assert.deepEqual(await found(civil(), id('UIN', '999999999')), []);
  assert.equal((await found(civil(), id('BRN', 'B-1980-00417')))[0].name.given_name, 'Elena');
});

test("a citizen is found by the queries of the standard's own examples", async () => {
  const selection = '{ BRN name gender birthDate birthPlace parents }';
  const graphql = { type: 'ns:org:QueryType:graphql', value: { expression: `GeBirthRecordById { person(UIN: "197382465") ${selection} }` } }; // biome-ignore format: one look
  const [shown, ...more] = await found(civil(), graphql, { query_type: 'graphql' });
  assert.deepEqual(more, []);
  assert.deepEqual(Object.keys(shown).filter((key) => !key.startsWith('@')).sort(), ['birth_date', 'birth_place', 'identifier', 'name', 'parent1_identifier', 'parent2_identifier', 'sex']); // biome-ignore format: one look
  assert.deepEqual(shown.identifier[1], { identifier_type: 'BRN', identifier_value: 'B-1980-00417' });
  const predicate = (attribute_name: string, operator: string, attribute_value: unknown) => ({ attribute_name, operator, attribute_value }); // biome-ignore format: one look
  const numbers = async (...list: object[]) => (await found(civil(), list.map((expression1, n) => ({ seq_num: n + 1, expression1 })))).map((each) => each.identifier[0].identifier_value); // biome-ignore format: one look
  assert.deepEqual(await numbers(predicate('UIN', 'eq', '197382465')), ['197382465']);
  assert.deepEqual(await numbers(predicate('UIN', 'in', ['197382465', '197382466']), predicate('YOB', 'eq', '1980')), ['197382465']); // biome-ignore format: one look
  assert.deepEqual(await numbers(predicate('UIN', 'eq', 'B-1980-00417')), [], 'the number of an act is none');
  assert.deepEqual(await numbers(predicate('UIN', 'eq', '999999999')), [], 'cancelled');
});

test('an act is a record of its own, with whom it is about', async () => {
  const marriage = await found(civil(), id('MRN', 'M-2010-00102'), { reg_record_type: 'crvs:VitalEvent' });
  assert.deepEqual(
    marriage.map((each) => [each.event_type, each.event_date, each.person.name.given_name]),
    [
      ['marriage', '2010-06-12', 'Elena'],
      ['marriage', '2010-06-12', 'Iker'],
    ],
  );
  assert.deepEqual(await found(civil(), id('MRN', 'B-1980-00417'), { reg_record_type: 'VitalEvent' }), []);
});

test('a farmer comes with person, household, land, crops, animals and machines in the standard’s codes', async () => {
  const farmers = client('fr', '/farmers/registry');
  const [farmer] = await found(farmers, id('urn:gov:farmer', 'F-1001'));
  assert.equal(farmer.famer_personal_details.demographic_info.name.surname, 'Doe');
  assert.equal(farmer.family_details.group_size, 2);
  assert.equal(farmer.family_details.group_head_info.demographic_info.name.given_name, 'John');
  const [field] = farmer.farm_details;
  assert.equal(field.place.name, 'Koh Samui');
  const [{ crop_production: crops, animal_production: animals }] = field.farming_activities;
  assert.deepEqual(crops[1], { activity_group: '011', crop_type: '1', season: 'summer', end_use: ['1', '2'], irrigation: false }); // biome-ignore format: one look
  assert.deepEqual(animals, [{ type: '2', count: 10, livestock_system: '4' }]);
  assert.deepEqual(farmer.machineries_details, [{ type: '32', count: 2, equipement_source: '5' }]);
  assert.deepEqual(await found(farmers, id('NationalID', 'M200000')), [], 'gave up');
  const byCrop = { seq: [{ attribute: 'farm_details.farming_activities.crop_production.crop_type', operator: 'eq', value: 'Cereals' }] }; // biome-ignore format: one look
  assert.equal((await itemOf(farmers, byCrop)).status, 'rjct', 'this partner searches selectively');
});

test('whether somebody is disabled is told by an approved assessment alone, and to who may ask for nothing else', async () => {
  const asked = async (value: string, partner?: ExamplePartner) => {
    const criteria = { query_type: 'expression', query: { 'member.member_identifier': { eq: value } } };
    const answer = await call(disability(partner), '/sync/disabled', 'search', { transaction_id: 't', disabled_criteria: criteria }); // biome-ignore format: one look
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(specialAnswerProblems('dr', '/sync/disabled', answer.body), []);
    return answer.body.message.disabled_response.map((each: { disabled_status: string }) => each.disabled_status);
  };
  assert.deepEqual(await asked('ABC451123'), ['yes']);
  assert.deepEqual(await asked('ABC451124'), ['no'], 'pending');
  assert.deepEqual(await asked('ABC451126'), ['no'], 'closed');
  assert.deepEqual(await asked('nobody'), ['no']);
  assert.deepEqual(await asked('ABC451123', TRANSPORT), ['yes']);
  assert.deepEqual(await asked('ABC451124', TRANSPORT), ['no']);
  const record = await itemOf(disability(TRANSPORT), id('UIN', 'ABC451123'));
  assert.deepEqual(Object.keys(record.data.reg_records).sort(), ['@context', '@type']);
});

test('details and support are lists of what is known of whoever was found', async () => {
  const asked = async (path: string, partner?: ExamplePartner) => {
    const message = { transaction_id: 't', disabled_criteria: { query: id('UIN', 'ABC451123') } };
    const answer = await call(disability(partner), path, 'search', message);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(specialAnswerProblems('dr', path, answer.body), []);
    return answer.body.message.search_response[0];
  };
  const [details] = (await asked('/sync/get-disability-details')).data.reg_records;
  const shown = ['@context', '@type', 'disability_details', 'disability_level', 'disability_status', 'identifier'];
  assert.deepEqual(Object.keys(details).sort(), shown);
  assert.equal(details.disability_details.length, 2);
  const [support] = (await asked('/sync/get-disability-support')).data.reg_records;
  assert.deepEqual(
    support.map((each: object) => Object.keys(each)),
    [['human_assistance'], ['assistive_technology'], ['housing_support']],
  );
  for (const path of ['/sync/get-disability-details', '/sync/get-disability-support']) {
    const refused = await asked(path, TRANSPORT);
    assert.equal(refused.status_reason_code, 'rjct.search_criteria.invalid');
    assert.equal('data' in refused, false);
  }
});

test('enrolled is who is active in the programme that was asked for', async () => {
  const asked = async (query: object, path = '/sync/enrolled') => {
    const criteria = { query_type: 'expression', response_entity: 'Member', query };
    const answer = await call(benefits(), path, 'search', { transaction_id: 't', enrolled_criteria: criteria });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(specialAnswerProblems('ibr', path, answer.body), []);
    return answer.body.message.enrolled_response[0].enrolled_status;
  };
  const who = (value: string) => ({ person_identifier: { eq: value } });
  const programme = (value: string) => ({ 'programme_identifier.program.programme_identifier': { eq: value } });
  assert.equal(await asked({ ...who('0205202401'), ...programme('DCI001') }), 'yes');
  assert.equal(await asked({ ...who('0205202401'), ...programme('DCI001') }, '/enrolled'), 'yes');
  assert.equal(
    await asked({ ...who('0205202402'), ...programme('DCI001') }),
    'no',
    'graduated there, active elsewhere',
  );
  assert.equal(await asked({ ...who('0205202402'), ...programme('DCI002') }), 'yes');
  assert.equal(await asked(who('0205202402')), 'yes');
  assert.equal(await asked(who('0205202403')), 'no', 'known, never enrolled');
  assert.equal(await asked(who('0205202404')), 'no', 'left the register');
  const [member] = await found(benefits(), id('UIN', '0205202402'), { reg_record_type: 'Member' });
  assert.deepEqual(
    member.programme_identifier.map((each: { enrolment_status: string }) => each.enrolment_status),
    ['3', '1'],
  );
});

test('enrollment updates become rows of the inbox, once; what is refused keeps nothing else out', async () => {
  const member = (value: string, enrolment: object | undefined) => ({
    member: {
      member_identifier: [{ identifier_type: 'UIN', identifier_value: value }],
      ...(enrolment !== undefined && { programme_identifier: enrolment }),
    },
  });
  const enrolment = {
    programme: { programme_identifier: 'DCI001', programme_name: 'Test Programme' },
    ...{ enrolment_date: '2026-01-01', enrolment_status: '1' },
  };
  const send = async (
    transaction: string,
    beneficiaries: readonly object[],
    name = 'enrolled_updates',
    path = '/sync/enrollment/updates',
  ) => {
    const message = { transaction_id: transaction, [name]: { receipt_type: 'enrolled', beneficiaries } };
    const answer = await call(benefits(), path, 'notify', message, { total_count: undefined, status: 'succ' });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(specialAnswerProblems('ibr', path, answer.body), []);
    assert.equal(answer.body.header.action, 'on-notify');
    return answer.body;
  };
  const statuses = (body: Answer['body']) =>
    body.message.enrolled_response.map((each: { status: string }) => each.status);
  const good = member('700000001', enrolment);
  assert.deepEqual(statuses(await send('t1', [good])), ['succ']);
  assert.deepEqual(statuses(await send('t1', [good], 'receipt_information', '/enrollments/updates')), ['succ']);
  const mixed = await send('t2', [member('700000002', undefined), member('700000003', enrolment)]);
  assert.deepEqual(statuses(mixed), ['rjct', 'succ']);
  assert.equal(mixed.header.status, 'succ');
  const [refused] = mixed.message.enrolled_response;
  assert.match(refused.status_reason_message, /programme_identifier is missing/);
  assert.doesNotMatch(JSON.stringify(mixed), /70000000/);
  assert.deepEqual(
    databases.read(
      'ibr',
      'select partner, national_id, programme, status, enrolled_on from enrolment_inbox order by national_id',
    ),
    ['700000001', '700000003'].map((national_id) => ({
      ...{ partner: 'social-protection', national_id, programme: 'DCI001', status: 'A', enrolled_on: '2026-01-01' },
    })),
  );
  await send('t3', [good]);
  assert.equal(databases.read('ibr', 'select 1 from enrolment_inbox').length, 3, 'said again in another transaction');
  using store = new DatabaseSync(join(example.store, 'gateway.sqlite'), { readOnly: true });
  const entries = store.prepare('SELECT document FROM doc_audit').all().map(({ document }) => JSON.parse(String(document))); // biome-ignore format: one look
  assert.deepEqual(
    entries
      .filter(({ action }) => action === 'enrollment-updates')
      .map(({ partner, transaction, outcome, count, tried }) => [partner, transaction, outcome, count, tried]),
    [
      ['social-protection', 't1', 'succ', 1, 1],
      ['social-protection', 't1', 'succ', 1, 1],
      ['social-protection', 't2', 'part', 1, 2],
      ['social-protection', 't3', 'succ', 1, 1],
    ],
  );
});
