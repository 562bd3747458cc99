/** `records: dci`: the mapping and the entities are of one table, so that they fit each other in every domain. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordTables } from '../../src/dci/fields.ts';
import { dciEntities } from '../../src/mapping/dci-records.ts';
import { readMapping } from '../../src/mapping/read.ts';

const source = { value: { records: 'dci' }, at: () => 'gateway.yaml:1:1' };

for (const domain of ['social', 'crvs', 'fr', 'dr', 'ibr']) {
  test(`${domain}: every record type is mapped to itself, circles of records end`, () => {
    const { records } = readMapping(source, { domain }).bind(dciEntities(domain));
    assert.deepEqual([...records.keys()], Object.keys(recordTables(domain)));
    for (const { type, attributes } of records.values()) assert.ok(attributes.size > 10, type);
  });
}

test('record types that the backend does not name are neither mapped nor nested', () => {
  const entities = { Member: {} };
  const { records } = readMapping(source, { domain: 'social', entities }).bind(dciEntities('social', ['Member']));
  assert.deepEqual([...records.keys()], ['Member']);
  const attributes = [...(records.get('Member')?.attributes.keys() ?? [])];
  assert.ok(attributes.includes('member_identifier.identifier_value'));
  assert.ok(!attributes.some((path) => path.startsWith('demographic_info')));
  assert.throws(() => readMapping({ ...source, value: { records: 'DCI' } }, { domain: 'social' }), /records/);
});
