/** What the ready mapping tells of relations between persons, on OpenSPP of each kind. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Selection } from '../../../src/plugin.ts';
import { callContext } from '../../contract/plugin.suite.ts';
import type { RunningExample } from '../../support/examples.ts';
import type { OdooWorld } from '../../support/odoo/model.ts';
import { namesOf, type OpensppVersion } from '../../support/odoo/names.ts';
import { openOpenspp } from '../../support/odoo/open-plugin.ts';
import { recordedWorld } from '../../support/odoo/openspp17.ts';
import { smallWorld19 } from '../../support/odoo/openspp19.ts';
import { type OdooServer, startOdoo } from '../../support/odoo/server.ts';
import { startOpensppExample } from '../../support/openspp-example.ts';

interface Labels {
  readonly version: OpensppVersion;
  readonly identifier: string;
  /** Numbers of kinds of relations; no code of the standard stands for the last one. */
  readonly kinds: Readonly<Record<'spouse' | 'sibling' | 'guardian', number>>;
  readonly world: () => OdooWorld;
}

const world17 = (): OdooWorld => {
  const world = recordedWorld(12);
  for (const name of ['Spouse', 'Sibling', 'Guardian']) world.create('g2p.relationship', { name });
  return world;
};
const world19 = () => smallWorld19(12);

const KINDS: readonly Labels[] = [
  { version: 17, identifier: 'National ID', kinds: { spouse: 1, sibling: 2, guardian: 3 }, world: world17 },
  { version: 19, identifier: 'national_id', kinds: { spouse: 8, sibling: 9, guardian: 10 }, world: world19 },
];

const PERSON = 7; // head of the first household: NID00000000, the next ones are 8, 9, …
const nid = (id: number): string => `NID${String(id - PERSON).padStart(8, '0')}`;
const is = (attribute: string, value: unknown) => ({ attribute, operator: 'eq', value });
const MEMBER = { reg_record_type: 'Member' };

for (const { version, identifier, kinds, world: make } of KINDS)
  describe(`relations on OpenSPP ${version}`, () => {
    const names = namesOf(version);
    const { spouse, sibling, guardian } = kinds;
    let odoo: OdooServer;
    let example: RunningExample;

    const at = (seconds: number): string =>
      new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
    const relate = (destination: number, label: number, more: object = {}, source = PERSON): number =>
      odoo.world.create(names.relation, { source, destination, ...names.relates(label), ...more });
    const other = (id: number) => ({
      '@type': 'Member',
      member_identifier: [{ identifier_type: identifier, identifier_value: nid(id) }],
    });
    const relationsOf = async (id: number, criteria: object = MEMBER) => {
      const { records } = await example.search({ type: identifier, value: nid(id) }, { ...criteria });
      assert.equal(records.length, 1);
      return records[0].related_person;
    };

    before(async () => {
      odoo = await startOdoo({ world: make(), version });
      example = await startOpensppExample(odoo);
      odoo.world.write('res.partner', [PERSON], { family_name: 'First' });
      odoo.world.write('res.partner', [8], { family_name: 'Second' });
      relate(8, spouse);
      relate(11, sibling, { start_date: at(-9_999), end_date: at(86_400) });
      relate(9, sibling, { end_date: at(-60) });
      relate(10, sibling, { disabled: at(-60) });
      relate(13, sibling);
      odoo.world.write('res.partner', [13], { active: false });
      relate(14, sibling);
      odoo.world.write('res.partner', [14], { disabled: at(-60) });
      const alone = { id: 40, is_registrant: true, is_group: false, family_name: 'Alone' };
      odoo.world.create('res.partner', alone);
      relate(40, sibling, {}, 8);
      relate(PERSON, guardian, {}, 8);
    });
    after(async () => {
      await example?.[Symbol.asyncDispose]();
      await odoo?.close();
    });

    test('a member shows its relations that have not ended, to persons who are still there, from its side', async () => {
      const expected = [
        { relationship_type: 'SPS', related_member: other(8) },
        { relationship_type: 'SIB', related_member: other(11) },
      ];
      assert.deepEqual(await relationsOf(PERSON), expected);
      assert.equal(await relationsOf(11), undefined);
    });

    test('a person without a group is told of by the kind of relation alone, a kind without a code by the person', async () => {
      assert.deepEqual(await relationsOf(8), [{ relationship_type: 'SIB' }, { related_member: other(PERSON) }]);
    });

    test('a group shows the relations of each member', async () => {
      const { records } = await example.search({ type: identifier, value: 'HH000000' }, { reg_record_type: 'Group' });
      const kinds = records[0].member_list.map(
        (member: { related_person?: readonly { relationship_type?: string }[] }) =>
          member.related_person?.map(({ relationship_type: kind }) => kind),
      );
      assert.deepEqual(kinds, [['SPS', 'SIB'], ['SIB', undefined], undefined, undefined]);
      assert.deepEqual(records[0].group_head_info.related_person[0].related_member, other(8));
    });

    test('members are found by their relations, of which one satisfies all that is asked', async () => {
      const found = async (surname: string, ...seq: readonly object[]): Promise<boolean> => {
        const named = is('demographic_info.name.surname', surname);
        const { records, status } = await example.search({ seq: [named, ...seq] }, MEMBER);
        assert.equal(status, 'succ');
        return records.length > 0;
      };
      const [kind, value] = ['related_person.relationship_type', 'related_person.related_member.member_identifier.identifier_value'] as const; // biome-ignore format: one look
      for (const written of ['SPS', 'spouse', 'Spouse']) assert.equal(await found('First', is(kind, written)), true);
      assert.equal(await found('Second', is(kind, 'spouse')), false);
      assert.equal(await found('Second', is(kind, 'sibling')), true);
      assert.equal(await found('First', is(kind, 'sibling'), is(value, nid(11))), true);
      assert.equal(await found('First', is(kind, 'spouse'), is(value, nid(11))), false, 'of two relations');
      assert.equal(await found('First', is(value, nid(9))), false, 'it ended');
    });

    test('a mapping of one’s own has the relations of a person, whether the other is in a group or not', async () => {
      const plugin = await openOpenspp(odoo.url);
      const select = (child: string, columns: readonly string[], children: Selection['children'] = {}) => ({
        [child]: { child, columns, children },
      });
      const others = { ...select('other', ['family_name']), ...select('identifiers', ['value']) };
      const { rows } = await plugin.search(
        {
          ...{ entity: 'person', filter: { kind: 'compare', column: 'id', op: 'eq', value: 8 } },
          select: { columns: ['id'], children: select('relations', ['kind'], others) },
          ...{ order: [], limit: 10, offset: 0, countCap: 10 },
        },
        callContext(),
      );
      await plugin.close();
      const told = rows[0]?.children.relations?.map(({ columns, children }) => [
        String(columns.kind).toLowerCase(),
        children.other?.map((each) => each.columns.family_name),
        children.identifiers?.map((each) => each.columns.value),
      ]);
      assert.deepEqual(told, [
        ['sibling', ['Alone'], []],
        ['guardian', ['First'], [nid(PERSON)]],
      ]);
    });

    test('a relation that ends is gone at the next search', async () => {
      const id = relate(12, sibling);
      assert.equal((await relationsOf(PERSON)).length, 3);
      odoo.world.write(names.relation, [id], { end_date: at(-1) });
      assert.equal((await relationsOf(PERSON)).length, 2);
    });
  });
