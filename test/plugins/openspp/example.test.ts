/** The gateway on config/examples/openspp.yaml, in front of an OpenSPP server of each kind. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RunningExample } from '../../support/examples.ts';
import { recordedWorld } from '../../support/odoo/openspp17.ts';
import { emptyWorld19 } from '../../support/odoo/openspp19.ts';
import { type OdooServer, startOdoo } from '../../support/odoo/server.ts';
import { startOpensppExample } from '../../support/openspp-example.ts';

describe('config/examples/openspp.yaml on OpenSPP 17', () => {
  let odoo: OdooServer;
  let example: RunningExample;
  before(async () => {
    odoo = await startOdoo({ world: recordedWorld(80) });
    example = await startOpensppExample(odoo);
  });
  after(async () => {
    await example?.[Symbol.asyncDispose]();
    await odoo?.[Symbol.asyncDispose]();
  });

  test('a person is found by an identifier, with what OpenSPP knows', async () => {
    const { records, total } = await example.search({ type: 'National ID', value: 'NID00000001' });
    assert.equal(total, 1);
    const { '@context': _, '@type': __, last_updated: ___, ...fields } = records[0];
    assert.deepEqual(fields, {
      identifier: [{ identifier_type: 'National ID', identifier_value: 'NID00000001' }],
      name: { surname: 'Okafor', given_name: 'Lucía' },
      sex: 'female',
      birth_date: '1972-10-21',
      birth_place: 'Capital City',
      address: [{ locality: 'District 1-2', sub_region_code: 'DISTRICT_0102', region_code: 'REGION_01' }],
      phone_number: ['+254700000001'],
      email: ['p1@example.org'],
      households: [
        {
          name: 'Household 00000',
          identifier: [{ identifier_type: 'National ID', identifier_value: 'HH000000' }],
          is_head: false,
        },
      ],
      registration_date: '2024-01-15T00:00:00Z',
    });
    assert.equal((await example.search({ type: 'Passport', value: 'NID00000001' })).total, 0);
  });

  test('type and value of one person on different identifiers find nobody, and a group shows its live members', async () => {
    const { records, total } = await example.search(
      { type: 'National ID', value: 'HH000001' },
      { reg_record_type: 'Group' },
    );
    assert.equal(total, 1);
    assert.equal(records[0].group_size, 4);
    assert.equal(records[0].group_type, 'Family');
    assert.deepEqual(records[0].geographical_location, { name: 'District 1-2', code: 'DISTRICT_0102' });
    const identifiers = (member: { member_identifier: readonly { identifier_value: string }[] }) =>
      member.member_identifier.map((each) => each.identifier_value);
    assert.deepEqual(records[0].member_list.map(identifiers), [['NID00000004'], ['NID00000005'], ['NID00000006'], ['NID00000007']]); // biome-ignore format: one look
    assert.deepEqual(identifiers(records[0].group_head_info), ['NID00000004']);
    assert.equal(records[0].group_head_info.demographic_info.sex, 'male');

    odoo.world.write('res.partner', [12], { active: false });
    odoo.world.write('g2p.group.membership', [7], { is_ended: true });
    const after = await example.search({ type: 'National ID', value: 'HH000001' }, { reg_record_type: 'Group' });
    assert.equal(after.records[0].group_size, 2);
    assert.deepEqual(after.records[0].member_list.map(identifiers), [['NID00000004'], ['NID00000007']]); // biome-ignore format: one look
    assert.equal((await example.search({ type: 'National ID', value: 'NID00000005' })).total, 0, 'archived');
  });

  test('persons are found by what hangs on them, sorted and counted', async () => {
    const is = (attribute: string, value: unknown, operator = 'eq') => ({ seq: [{ attribute, operator, value }] });
    const born = { seq: [...is('birth_date', '1972-10-21').seq, { or: [is('sex', 'male'), is('sex', 'female')] }] };
    assert.equal((await example.search(born)).total, 1);
    const area = { seq: [...is('name.surname', 'Okafor').seq, ...is('area_id.code', 'REGION_01').seq] };
    const sort = [{ attribute_name: 'birth_date', sort_order: 'desc' }];
    const { records, total } = await example.search(area, { sort, pagination: { page_size: 2, page_number: 1 } });
    assert.equal(records.length, 2);
    assert.ok(total > 2 && records[0].birth_date >= records[1].birth_date);
    const everyone = await example.search(is('name.surname', 'Okafor'));
    assert.ok(total < everyone.total);
    assert.equal((await example.search(is('name.surname', 'okafor'))).total, 0, 'text compares exactly');
    assert.equal((await example.search(is('phone_number', '+254700000001'))).total, 1);
  });

  test('the areas are locations', async () => {
    const response = await fetch(`${example.url}/.well-known/locations.json`);
    const { locations } = (await response.json()) as { locations: readonly Record<string, unknown>[] };
    assert.equal(locations.length, 15);
    const district = locations.find(({ id }) => id === 'DISTRICT_0101');
    assert.equal(district?.name, 'District 1-1');
    assert.equal(district?.parent_id, 'REGION_01');
  });
});

describe('config/examples/openspp.yaml on OpenSPP 19', () => {
  test('the same mapping answers over /json/2', async () => {
    const world = emptyWorld19();
    world.create('res.currency', { name: 'USD', active: false });
    for (const code of ['national_id', '2', 'head']) world.create('spp.vocabulary.code', { code });
    const person = {
      is_registrant: true,
      is_group: false,
      family_name: 'Okafor',
      given_name: 'Lucía',
      birthdate: '1972-10-21',
    };
    world.create('res.partner', { ...person, gender_id: 2 });
    world.create('res.partner', { is_registrant: true, is_group: true, name: 'Household 1' });
    world.create('spp.registry.id', { partner_id: 1, id_type_id: 1, value: 'N-1' });
    world.create('spp.registry.id', { partner_id: 2, id_type_id: 1, value: 'H-1' });
    world.create('spp.group.membership', { group: 2, individual: 1, membership_type_ids: [3], is_ended: false });
    await using odoo = await startOdoo({ world, version: 19 });
    await using example = await startOpensppExample(odoo);
    const { records } = await example.search({ type: 'national_id', value: 'N-1' });
    assert.deepEqual(records[0].name, { surname: 'Okafor', given_name: 'Lucía' });
    assert.equal(records[0].sex, 'female');
    const group = await example.search({ type: 'national_id', value: 'H-1' }, { reg_record_type: 'Group' });
    assert.equal(group.records[0].group_head_info.member_identifier[0].identifier_value, 'N-1');
    assert.deepEqual(odoo.logins, [], 'no login: the key goes as bearer token');
  });
});
