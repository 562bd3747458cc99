/** An identifier's column under another name stays an identifier: it counts as one, and needs the rights of one. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countIdentifiers, decodeQuery } from '../../src/query/decode.ts';
import { maySearch } from '../../src/registry/allowed.ts';
import { entity, read } from '../support/mapping-rig.ts';
import { QUERY_LIMITS } from '../support/query-limits.ts';
import { ALL_OF_A_RECORD, rightsOf } from '../support/rights.ts';
import { toNode } from '../support/to-node.ts';

const { records } = read(`
records:
  Person:
    entity: person
    fields:
      identifier:
        - { identifier_type: { const: NID }, identifier_value: { from: national_id, need: true } }
        - { identifier_type: { const: UIN }, identifier_value: { template: "{district:03}-{line}" } }
        - { each: papers, identifier_type: type, identifier_value: { from: number, need: true } }
      name: { surname: name }
    attributes:
      card: { from: national_id }
      either: { any: [identifier.identifier_value, name.surname] }
      passport: { each: papers, from: number, when: { type: P } }
      line: { from: line }
      other_number: { from: number }
`).bind([
  entity(
    'person',
    ['id'],
    { id: 'integer', national_id: 'text', name: 'text', district: 'text', line: 'text', number: 'text' },
    { papers: { entity: 'paper', on: { id: 'person_id' } } },
  ),
  entity('paper', ['id'], { id: 'integer', person_id: 'integer', type: 'text', number: 'text' }),
]);

const IDENTIFIERS = ['card', 'either', 'passport', 'identifier.identifier_value'];
const OTHERS = ['name.surname', 'line', 'other_number'];

test('each value of it counts against the identifiers of the day', () => {
  const count = (query: object): number =>
    countIdentifiers(decodeQuery(toNode(query), QUERY_LIMITS).raw, [...records.values()]);
  for (const name of IDENTIFIERS) assert.equal(count({ [name]: { $in: ['1', '2', '3'] } }), 3, name);
  for (const name of OTHERS) assert.equal(count({ [name]: '1' }), 0, name);
});

test('a partner with some identifier types may not search it, unless it is named', () => {
  const may = (name: string, rights: object): boolean => {
    const attribute = records.get('Person')?.attributes.get(name);
    assert.ok(attribute, name);
    return maySearch(attribute, rightsOf({ Person: { ...ALL_OF_A_RECORD, ...rights } }), records);
  };
  for (const name of [...IDENTIFIERS, ...OTHERS]) assert.equal(may(name, {}), true, name);
  for (const name of OTHERS) assert.equal(may(name, { identifierTypes: ['UIN'] }), true, name);
  for (const name of ['card', 'passport', 'either']) assert.equal(may(name, { identifierTypes: ['UIN'] }), false, name);
  assert.equal(may('card', { identifierTypes: ['UIN'], attributes: ['card'] }), true);
  assert.equal(may('card', { identifierTypes: ['UIN'], attributes: ['name'] }), false);
});
