/** The change feeds of the ready mapping, read by a consumer that restarts and loses pages while rows are written. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import type { Mapping } from '../../../src/mapping/mapping.ts';
import type { BackendPlugin } from '../../../src/plugin.ts';
import { callContext } from '../../contract/plugin.suite.ts';
import { ChangeReader, statesOf } from '../../support/change-reader.ts';
import { EXAMPLES } from '../../support/examples.ts';
import { EVERYTHING, read } from '../../support/mapping-rig.ts';
import type { OdooWorld } from '../../support/odoo/model.ts';
import { namesOf, type OpensppVersion } from '../../support/odoo/names.ts';
import { openOpenspp } from '../../support/odoo/open-plugin.ts';
import { recordedWorld } from '../../support/odoo/openspp17.ts';
import { smallWorld19 } from '../../support/odoo/openspp19.ts';
import { type OdooServer, startOdoo } from '../../support/odoo/server.ts';

const REGISTRY = parse(readFileSync(join(EXAMPLES, 'openspp/registry.yaml'), 'utf8'));
/** The sweeps look once a second here. */
const SOURCES = REGISTRY.changes.sources.map((source: { readonly sweep?: string }) =>
  source.sweep === undefined ? source : { ...source, sweep: '1s' },
);

/** Rows are read once they are two seconds old. */
const JUST_NOW_S = 3;

const PARTNER = 'res.partner';
const PERSON = 7; // head of household 19, in the registry of 12 persons
const HOUSEHOLD = 19;

const WORLDS = { 17: recordedWorld, 19: smallWorld19 } as const;
/** Labels of either world: the type of the first identifiers, the head, and a spouse. */
const LABELS = { 17: { type: 'National ID', head: 1, relation: 1 }, 19: { type: 'national_id', head: 5, relation: 8 } };

const feedsOf = (version: OpensppVersion): void => {
  const names = namesOf(version);
  const labels = LABELS[version];
  let odoo: OdooServer;
  let world: OdooWorld;
  let plugin: BackendPlugin;
  let mapping: Mapping;
  let folder: string;
  /** Of the plugin: what it remembers of looks. */
  let state: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'dci-openspp-'));
  });
  beforeEach(async () => {
    world = WORLDS[version](12);
    if (version === 17) world.create('g2p.relationship', { name: 'Spouse' });
    world.now = () => ago(JUST_NOW_S);
    odoo = await startOdoo({ world, version });
    state = mkdtempSync(join(folder, 'state-'));
    plugin = await openOpenspp(odoo.url, {}, state);
    const changes = { overlap: '60s', sources: SOURCES };
    mapping = read(stringify({ records: REGISTRY.records, changes })).bind(await plugin.describe(callContext()));
  });
  afterEach(async () => {
    await plugin.close();
    await odoo.close();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const startReading = async (begin: 'now' | 'all' = 'now'): Promise<ChangeReader> => {
    const reader = new ChangeReader(mapping, begin);
    await reader.poll(plugin);
    return reader;
  };
  /** So many seconds ago by the server's clock. */
  const ago = (seconds: number, micro = '123456'): string =>
    `${new Date(Date.now() + odoo.ahead - seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')}.${micro}`;
  /** Two seconds pass on the server. */
  const later = async () => {
    odoo.ahead += 2_000;
    await plugin.health(callContext());
  };
  /** Keys of a type that are told two seconds later. */
  const told = async (reader: ChangeReader, type: string): Promise<readonly number[]> => {
    await later();
    reader.told.length = 0;
    await reader.poll(plugin);
    const keys = reader.told.flatMap(({ touches }) => touches[type] ?? []);
    return [...new Set(keys.map(([key]) => Number(key)))].sort((a, b) => a - b);
  };
  const stateOf = (reader: ChangeReader, type: string, id: number) => reader.known.get(`${type} [${id}]`) ?? '';

  test('nothing speaks against the sources; a snapshot and a column that is not there do', async () => {
    assert.deepEqual(await plugin.checkChanges?.(mapping.changes?.sources ?? [], callContext()), []);
    const wrong = { sources: [{ entity: 'person', snapshot: '1s', touches: { Person: 'id' } }] };
    const { changes } = read(stringify({ records: REGISTRY.records, changes: wrong })).bind(
      await plugin.describe(callContext()),
    );
    const [problem] = (await plugin.checkChanges?.(changes?.sources ?? [], callContext())) ?? [];
    assert.match(problem?.problem ?? '', /kind that OpenSPP does not tell/);
  });

  test('whatever hangs on a registrant tells it: identifiers, phones, memberships, and its group', async () => {
    const reader = await startReading();
    assert.deepEqual(await told(reader, 'Person'), [], 'nothing changed yet');

    world.write(PARTNER, [PERSON], { family_name: 'Achieng' });
    assert.deepEqual(await told(reader, 'Person'), [PERSON]);
    assert.match(stateOf(reader, 'Person', PERSON), /Achieng/);
    assert.match(stateOf(reader, 'Group', HOUSEHOLD), /Achieng/, 'its group shows it too');

    world.create(names.identifier, { partner_id: PERSON, ...names.kind(1), value: 'P-1' });
    assert.deepEqual(await told(reader, 'Person'), [PERSON]);
    assert.match(stateOf(reader, 'Person', PERSON), /P-1/);
    world.write(names.phone, [1], { disabled: ago(5) });
    assert.deepEqual(await told(reader, 'Person'), [PERSON]);
    assert.doesNotMatch(stateOf(reader, 'Person', PERSON), /254700000000/);
    world.create(names.identifier, { partner_id: HOUSEHOLD, ...names.kind(1), value: 'HH-1' });
    assert.deepEqual(await told(reader, 'Group'), [HOUSEHOLD]);

    world.write(names.membership, [2], { is_ended: true });
    assert.deepEqual(await told(reader, 'Group'), [HOUSEHOLD]);
    assert.match(stateOf(reader, 'Group', HOUSEHOLD), /"group_size":3/);
    assert.doesNotMatch(stateOf(reader, 'Group', HOUSEHOLD), /NID00000001/);

    const ends = { source: PERSON, destination: 9, ...names.relates(labels.relation) };
    const relation = world.create(names.relation, ends);
    assert.deepEqual(await told(reader, 'Group'), [HOUSEHOLD]);
    assert.match(stateOf(reader, 'Group', HOUSEHOLD), /"relationship_type":"SPS"/);
    world.write(names.relation, [relation], { end_date: ago(1) });
    assert.deepEqual(await told(reader, 'Group'), [HOUSEHOLD]);
    assert.doesNotMatch(stateOf(reader, 'Group', HOUSEHOLD), /SPS/, 'it ended');
  });

  const archivedMembership = async () => {
    const reader = await startReading();
    world.write(names.membership, [2], { active: false });
    assert.deepEqual(await told(reader, 'Group'), [HOUSEHOLD]);
    assert.deepEqual(
      reader.told.flatMap(({ touches }) => touches.Person ?? []),
      [[8]],
    );
    assert.match(stateOf(reader, 'Group', HOUSEHOLD), /"group_size":3/);
    assert.doesNotMatch(stateOf(reader, 'Person', 8), /households/);
  };
  // On 17 it has no `active`.
  if (version === 19) test('a membership that is archived is told to its group and its person', archivedMembership);

  test('two changes within a second are both told, and the same one once', async () => {
    const reader = await startReading();
    const second = ago(JUST_NOW_S, '').slice(0, 19);
    world.write(PARTNER, [PERSON], { family_name: 'One' }, `${second}.100000`);
    assert.deepEqual(await told(reader, 'Person'), [PERSON]);
    world.write(PARTNER, [PERSON], { family_name: 'Two' }, `${second}.100001`);
    assert.deepEqual(await told(reader, 'Person'), [PERSON]);
    assert.match(stateOf(reader, 'Person', PERSON), /Two/);
    assert.deepEqual(await told(reader, 'Person'), []);
  });

  test('what was committed late, with a time that was passed over, is told', async () => {
    const reader = await startReading();
    world.write(PARTNER, [8], { family_name: 'Early' });
    await told(reader, 'Person');
    world.write(PARTNER, [PERSON], { family_name: 'Late' }, ago(12));
    assert.deepEqual(await told(reader, 'Person'), [PERSON]);
  });

  test('an archived and a disabled person are told as deleted, with what identified them', async () => {
    const reader = await startReading();
    world.write(PARTNER, [PERSON], { active: false });
    world.write(PARTNER, [8], { disabled: ago(5) });
    assert.deepEqual(await told(reader, 'Person'), [PERSON, 8]);
    assert.equal(stateOf(reader, 'Person', PERSON), 'deleted');
    assert.equal(stateOf(reader, 'Person', 8), 'deleted');
    assert.match(stateOf(reader, 'Group', HOUSEHOLD), /"group_size":2/);
    const { query } = reader.changes.byKey('Person', [[PERSON]], EVERYTHING);
    const { rows } = await plugin.search(query ?? assert.fail('no query'), callContext());
    assert.equal(rows[0]?.live, false);
    const named = await reader.changes.identifiers('Person', rows[0] ?? assert.fail('no row'), EVERYTHING);
    assert.deepEqual(named?.identifier, [{ identifier_type: labels.type, identifier_value: 'NID00000000' }]);
  });

  test('a row that is gone is found by the next look, and told to what it touched', async () => {
    const reader = await startReading();
    await sleep(1_100);
    world.unlink(PARTNER, [PERSON]);
    world.unlink(names.identifier, [5]);
    world.unlink(names.phone, [6]);
    world.unlink(names.membership, [7]);
    assert.deepEqual(await told(reader, 'Person'), [PERSON, 11, 12, 13]);
    assert.doesNotMatch(stateOf(reader, 'Person', 11), /NID00000004/);
    assert.doesNotMatch(stateOf(reader, 'Person', 12), /254700000005/);
    assert.doesNotMatch(stateOf(reader, 'Person', 13), /households/);
    assert.match(stateOf(reader, 'Group', HOUSEHOLD + 1), /"group_size":3/);
    assert.equal(stateOf(reader, 'Person', PERSON), 'deleted');
    assert.match(stateOf(reader, 'Group', HOUSEHOLD), /"group_size":3/, 'its membership went with it');
  });

  test('rows of one moment fill many pages, and each is told once', async () => {
    const moment = ago(40);
    for (let n = 0; n < 13; n += 1)
      world.create(PARTNER, { is_registrant: true, is_group: false, family_name: `F${n}` }, moment);
    const reader = new ChangeReader(mapping, 'all');
    const source = reader.changes.sources.find(({ id }) => id === 'person.write_date') ?? assert.fail('no source');
    for (let n = 0; n < 40 && (await reader.page(plugin, source, 5)); n += 1);
    const keys = reader.told.flatMap(({ touches }) => touches.Person ?? []).map(([key]) => key);
    assert.equal(keys.length, 12 + 13);
    assert.equal(new Set(keys).size, keys.length);
  });

  test('whatever is written while a reader restarts and loses pages: each record ends as it is', async () => {
    const reader = new ChangeReader(mapping, 'all');
    const random = (below: number) => Math.floor(Math.random() * below);
    const person = () => PERSON + random(12);
    const writes = [
      () => world.write(PARTNER, [person()], { given_name: `G${random(1_000)}` }, ago(JUST_NOW_S + random(9))),
      () => world.write(PARTNER, [person()], { active: random(2) === 0 }),
      () =>
        world.create(names.identifier, {
          partner_id: person(),
          ...names.kind(1 + random(4)),
          value: `V${random(1_000)}`,
        }),
      () =>
        world.write(names.identifier, [1 + random(15)], { value: `W${random(1_000)}` }, ago(JUST_NOW_S + random(9))),
      () => world.write(names.membership, [1 + random(12)], { is_ended: random(2) === 0 }),
      () => world.write(names.membership, [1 + random(12)], names.member(random(2) === 0 ? [labels.head] : [])),
      () => world.unlink(names.phone, [1 + random(12)]),
    ];
    for (let round = 0; round < 30; round += 1) {
      for (let n = 0; n < 4; n += 1) writes[random(writes.length)]?.();
      if (random(2) === 0) await later();
      const source = reader.changes.sources[random(reader.changes.sources.length)];
      if (source !== undefined) await reader.page(plugin, source, 3 + random(20), random(3) > 0);
      if (round % 9 === 8) {
        await plugin.close();
        plugin = await openOpenspp(odoo.url, {}, state); // a start
      }
    }
    await sleep(1_100);
    await later();
    await reader.poll(plugin);
    for (const [type, first, count] of [
      ['Person', PERSON, 12],
      ['Group', HOUSEHOLD, 3],
    ] as const) {
      const keys = Array.from({ length: count }, (_, n) => [first + n]);
      for (const [record, state] of await statesOf(reader.changes, plugin, type, keys))
        assert.equal(reader.known.get(record), state, record);
    }
  });
};

for (const version of [17, 19] as const) describe(`change feeds of OpenSPP ${version}`, () => feedsOf(version));
