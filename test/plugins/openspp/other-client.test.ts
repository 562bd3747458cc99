/** A client that others made works with the tests' Odoo server: it is no mirror of our own. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import OdooJSONRpc from '@fernandoslim/odoo-jsonrpc';
import { recordedWorld } from '../../support/odoo/openspp17.ts';
import { ODOO_LOGIN, startOdoo } from '../../support/odoo/server.ts';

const { database: db, user: username, key: apiKey } = ODOO_LOGIN;

test('it logs in, searches, reads, writes, and is told of mistakes', async () => {
  await using odoo = await startOdoo({ world: recordedWorld(40) });
  const { hostname, port } = new URL(odoo.url);
  const client = new OdooJSONRpc.default({ baseUrl: `http://${hostname}`, port: Number(port), db, username, apiKey });
  assert.deepEqual(await client.connect(), { uid: 2 });
  const domain = [
    '&',
    ['is_group', '=', false],
    '|',
    ['birthdate', '>=', '1998-01-01'],
    ['family_name', 'ilike', 'kam'],
  ];
  const found = await client.searchRead<{ id: number; family_name: string; area_id: unknown; addl_name: unknown }>(
    'res.partner',
    domain,
    ['family_name', 'area_id', 'addl_name'],
    { limit: 2, order: 'id desc' },
  );
  assert.equal(found.length, 2);
  assert.ok(found.every(({ area_id: area, addl_name: name }) => Array.isArray(area) && name === false));
  const made = await client.create('g2p.reg.id', { partner_id: 7, id_type: 1, value: 'P-77' });
  assert.deepEqual(await client.search('g2p.reg.id', [['value', '=like', 'P-7_']]), [made]);
  assert.equal(await client.update('g2p.reg.id', made, { value: 'P-78' }), true);
  const [row] = await client.read<{ value: string }>('g2p.reg.id', [made], ['value']);
  assert.equal(row?.value, 'P-78');
  assert.equal(await client.delete('g2p.reg.id', made), true);
  await assert.rejects(client.search('res.partner', [['nothing', '=', 1]]), /Invalid field res\.partner\.nothing/);
});
