/** How the plugin asks: how often, in whose name, and what it refuses rather than ask wrongly. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackendError, type NativeFilter, type RegistryQuery, type SearchPage } from '../../../src/plugin.ts';
import { callContext } from '../../contract/plugin.suite.ts';
import { openOpenspp } from '../../support/odoo/open-plugin.ts';
import { recordedWorld } from '../../support/odoo/openspp17.ts';
import { startOdoo } from '../../support/odoo/server.ts';

const child = (name: string, columns: readonly string[], children: object = {}) => ({
  [name]: { child: name, columns, children: children as RegistryQuery['select']['children'] },
});
const query = (entity: string, filter: NativeFilter, limit: number): RegistryQuery => ({
  entity,
  filter,
  select: {
    columns: ['id', 'name'],
    children: child('memberships', ['is_head'], {
      ...child('person', ['family_name'], child('phones', ['number'])),
      ...child('identifiers', ['type', 'value']),
    }),
  },
  order: [{ column: 'name', direction: 'desc' }],
  ...{ limit, offset: 0, countCap: 100 },
});
const ALL: NativeFilter = { kind: 'all' };
const isTooMany = (error: unknown) => error instanceof BackendError && error.kind === 'too_many';
const isRefused = (error: unknown) => error instanceof BackendError && error.kind === 'refused';

test('a page takes the same number of calls however many rows it has', async () => {
  await using odoo = await startOdoo({ world: recordedWorld(80) });
  const plugin = await openOpenspp(odoo.url);
  const callsOf = async (limit: number): Promise<number> => {
    odoo.calls.length = 0;
    assert.equal((await plugin.search(query('group', ALL, limit), callContext())).rows.length, limit);
    return odoo.calls.length;
  };
  await callsOf(1); // kinds of things are asked for once
  assert.equal(await callsOf(2), 6); // rows, total, memberships, persons, phones, identifiers
  assert.equal(await callsOf(15), 6);
  await plugin.close();
});

test('type and value are compared on one identifier row, which is asked for first', async () => {
  const world = recordedWorld(12);
  world.create('g2p.reg.id', { partner_id: 7, id_type: 1, value: 'NID00000001' });
  await using odoo = await startOdoo({ world });
  const plugin = await openOpenspp(odoo.url);
  const both: NativeFilter = {
    kind: 'and',
    of: [
      { kind: 'compare', column: 'type', op: 'eq', value: 'National ID' },
      { kind: 'compare', column: 'value', op: 'eq', value: 'NID00000001' },
    ],
  };
  const asked = { ...query('person', { kind: 'any', child: 'identifiers', filter: both }, 10), order: [] };
  const page = await plugin.search({ ...asked, select: { columns: ['id'], children: {} } }, callContext());
  assert.deepEqual(page.rows.map(({ columns }) => columns.id), [8]); // biome-ignore format: one look
  const identifiers = odoo.calls.filter(({ model, method }) => model === 'g2p.reg.id' && method === 'search_read');
  assert.equal(identifiers.length, 1);
  await plugin.close();
});

test('a condition on child rows that finds too many of them is refused, not cut', async () => {
  await using odoo = await startOdoo({ world: recordedWorld(80) });
  const plugin = await openOpenspp(odoo.url, { max_joined: 20 });
  const any = (filter: NativeFilter): NativeFilter => ({ kind: 'any', child: 'identifiers', filter });
  await assert.rejects(plugin.search(query('person', any(ALL), 10), callContext()), isTooMany);
  const few = any({ kind: 'compare', column: 'value', op: 'startswith', value: 'NID0000001' });
  assert.equal((await plugin.search(query('person', few, 10), callContext())).total, 10);
  const others: NativeFilter = { kind: 'not', of: few };
  assert.equal((await plugin.search(query('person', others, 10), callContext())).total, 70);
  await plugin.close();
});

test('company and language go with every call, and archived rows are asked for by name', async () => {
  await using odoo = await startOdoo({ world: recordedWorld(12) });
  const plugin = await openOpenspp(odoo.url, { company: 3, language: 'fr_FR' });
  await plugin.search(query('group', ALL, 2), callContext());
  assert.ok(odoo.calls.length > 5);
  for (const { context } of odoo.calls)
    assert.deepEqual(context, { active_test: false, lang: 'fr_FR', allowed_company_ids: [3] });
  await plugin.close();
});

test('patterns are not offered where Odoo leaves out accents, ranges of text not where the database orders by a language', async () => {
  const operatorsOn = async (settings: object): Promise<string> => {
    await using odoo = await startOdoo({ world: recordedWorld(12), ...settings });
    const plugin = await openOpenspp(odoo.url);
    const entities = await plugin.describe(callContext());
    const column = entities.find(({ name }) => name === 'person')?.columns.get('family_name');
    const contains: NativeFilter = { kind: 'compare', column: 'family_name', op: 'contains', value: 'brien' };
    if (column?.operators?.has('contains') === false)
      await assert.rejects(plugin.search(query('person', contains, 5), callContext()), isRefused);
    const nocase = (value: string): Promise<SearchPage> => {
      const lowered: NativeFilter = { kind: 'compare', column: 'family_name', op: 'eq', value, match: 'lower' };
      return plugin.search(query('person', lowered, 5), callContext());
    };
    if (column?.lowers === false) await assert.rejects(nocase("ó'brien"), isRefused);
    else assert.deepEqual([(await nocase("o'brien")).total, (await nocase("ó'brien")).total], [1, 0]);
    await plugin.close();
    return [...(column?.operators ?? [])].join(' ');
  };
  assert.equal(await operatorsOn({}), 'eq lt le gt ge contains startswith');
  assert.equal(await operatorsOn({ unaccent: true }), 'eq lt le gt ge');
  assert.equal(await operatorsOn({ collation: 'en' }), 'eq contains startswith');
  assert.equal(await operatorsOn({ forbidden: ['res.currency'] }), 'eq');
});

test('a field that is not stored is not searched by, so that Odoo drops no condition', async () => {
  const world = recordedWorld(12);
  const fields = world.model('res.partner').fields as Map<string, { type: string; required: boolean; store: boolean }>;
  fields.set('birth_place', { type: 'char', required: false, store: false });
  await using odoo = await startOdoo({ world });
  const plugin = await openOpenspp(odoo.url);
  const filter: NativeFilter = { kind: 'compare', column: 'birth_place', op: 'eq', value: 'Nowhere' };
  await assert.rejects(plugin.search(query('person', filter, 5), callContext()), isRefused);
  assert.deepEqual(odoo.dropped, []);
  await plugin.close();
});
