/** An audit table that is there already, over composite keys and entities that are SELECTs: the example of a registry on MariaDB. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { createConnection } from 'mysql2/promise';
import { parse, stringify } from 'yaml';
import sqlPlugin from '../../../plugins/sql/index.ts';
import { callContext } from '../../contract/plugin.suite.ts';
import { ChangeReader } from '../../support/change-reader.ts';
import { EVERYTHING, read } from '../../support/mapping-rig.ts';
import { startMariadb } from '../../support/servers.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const server = await startMariadb();
after(() => server?.[Symbol.asyncDispose]());

const EXAMPLES = new URL('../../../config/examples/', import.meta.url);

const AUDIT = `create table persona_aud (aud_id bigint auto_increment primary key, accion enum('I','U','D'),
  prov char(2), dist char(2), hh int unsigned, mem tinyint unsigned, fecha datetime)`;

const CHANGES = {
  overlap: '1m',
  sources: [
    {
      ...{ log: 'persona_aud', seq: 'aud_id' },
      op: { from: 'accion', codes: { I: 'created', U: 'updated', D: 'deleted' } },
      touches: { Person: ['prov', 'dist', 'hh', 'mem'], Group: ['prov', 'dist', 'hh'] },
    },
    { entity: 'hogar', sweep: '1s', touches: { Group: ['prov', 'dist', 'hh'] } },
  ],
};

interface Example {
  readonly registries: { readonly reg: { readonly backend: { readonly entities: object }; readonly records: object } };
}

test('composite keys: an audit table touches a person and its household, and both are read again by all parts', async (t) => {
  if (server === undefined) return t.skip('there is no MariaDB');
  const url = await server.createDatabase([], 'character set latin1 collate latin1_swedish_ci');
  const connection = await createConnection({ uri: url, multipleStatements: true });
  await connection.query(readFileSync(new URL('sql/composite.sql', EXAMPLES), 'utf8'));
  await connection.query(AUDIT);
  const { backend, records } = (parse(readFileSync(new URL('composite.yaml', EXAMPLES), 'utf8')) as Example).registries
    .reg;
  const { entities } = backend;
  await using folder = await temporaryFolder();
  const silent = () => undefined;
  const plugin = await sqlPlugin.create(
    { client: 'mariadb', url, entities } as Parameters<typeof sqlPlugin.create>[0],
    {
      ...{ registry: 'test', baseFolder: folder.folder, stateFolder: folder.folder, progress: silent },
      log: { debug: silent, info: silent, warn: silent, error: silent },
    },
  );
  try {
    const mapping = read(stringify({ records, changes: CHANGES }), { timezone: 'America/Lima', entities });
    const reader = new ChangeReader(mapping.bind(await plugin.describe(callContext())), 'now');
    assert.deepEqual(await plugin.checkChanges?.(reader.changes.sources, callContext()), []);
    await reader.poll(plugin);
    const [rows] = await connection.query(
      'select prov, dist, hh, mem from persona where baja = 0 order by 1, 2, 3, 4 limit 2',
    );
    const [first, second] = rows as { prov: string; dist: string; hh: number; mem: number }[];
    if (first === undefined || second === undefined) assert.fail('the example has too few persons');
    const keyOf = ({ prov, dist, hh, mem }: typeof first) => [prov, dist, hh, mem];
    const fits = 'where prov = ? and dist = ? and hh = ? and mem = ?';
    await connection.query(`update persona set baja = 1 ${fits}`, keyOf(first));
    const audit = 'insert into persona_aud (accion, prov, dist, hh, mem, fecha) values (?, ?, ?, ?, ?, now())';
    await connection.query(audit, ['U', ...keyOf(first)]);
    await connection.query(audit, ['U', ...keyOf(second)]);
    await reader.poll(plugin);
    assert.equal(reader.known.get(`Person ${JSON.stringify(keyOf(first))}`), 'deleted');
    assert.match(reader.known.get(`Person ${JSON.stringify(keyOf(second))}`) ?? '', /"identifier"/);
    assert.match(reader.known.get(`Group ${JSON.stringify(keyOf(first).slice(0, 3))}`) ?? '', /"group_identifier"/);
    const { query, keyOf: keyOfRow } = reader.changes.byKey('Person', [keyOf(first), keyOf(second)], EVERYTHING);
    const found = await plugin.search(query ?? assert.fail('no query'), callContext());
    assert.deepEqual(
      found.rows.map((row) => [keyOfRow(row), row.live]),
      [
        [keyOf(first), false],
        [keyOf(second), true],
      ],
    );
  } finally {
    await plugin.close();
    await connection.end();
  }
});
