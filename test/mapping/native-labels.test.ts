import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coerce } from '../../src/query/coerce.ts';
import { entity, read } from '../support/mapping-rig.ts';

const ENTITIES = [
  entity('person', ['id'], { id: 'integer', a: 'text', b: 'text' }, { papers: { entity: 'paper', on: { id: 'id' } } }),
  entity('paper', ['id'], { id: 'integer', type: 'text', number: 'text' }),
];

/** What a query's text stands for, in an attribute of a Person with these fields. */
const reader = (fields: string, path: string) => {
  const mapping = read(`{ records: { Person: { entity: person, fields: ${fields} } } }`).bind(ENTITIES);
  const attribute = mapping.records.get('Person')?.attributes.get(path);
  assert.ok(attribute);
  return (text: string) => coerce(text, attribute, path.endsWith('type'));
};

test('the registry’s own codes are names of what they stand for, in any case', () => {
  const sex = reader('{ sex: { from: a, codes: { M: male, F: female, "1": male }, else: other } }', 'sex');
  assert.deepEqual(['M', 'f', '1', 'male', 'FEMALE', 'other'].map(sex), [
    'male',
    'female',
    'male',
    'male',
    'female',
    'other',
  ]);
  assert.deepEqual(['X', '', '2'].map(sex), [undefined, undefined, undefined]);
});

test('a name of the standard keeps its meaning, whatever the registry calls so', () => {
  const sex = reader('{ sex: { from: a, codes: { male: female, other: male, F: female } } }', 'sex');
  assert.deepEqual(['male', 'other', 'F'].map(sex), ['male', 'other', 'female']);
  const status = reader('{ marital_status: { from: a, codes: { "1": S, "2": M, S: D, m: W } } }', 'marital_status');
  assert.deepEqual(['1', '2', 'S', 'm'].map(status), ['S', 'M', 'S', 'M']);
});

test('a code that stands for two things names neither', () => {
  const within = reader('{ sex: { from: a, codes: { Q: male, q: female } } }', 'sex');
  assert.deepEqual(['Q', 'q'].map(within), [undefined, undefined]);
  const between = reader(
    '{ disability_info: [ { disability_limitation_type: { from: a, codes: { "1": VIS_SS, "3": VIS_SS } } }, { disability_limitation_type: { from: b, codes: { "1": HEAR_SS, "2": MOB_SS } } } ] }',
    'disability_info.disability_limitation_type',
  );
  assert.deepEqual(['1', '2', '3'].map(between), [undefined, 'MOB_SS', 'VIS_SS']);
});

test('identifier types are known by the registry’s codes too', () => {
  const type = reader(
    '{ identifier: [ { each: papers, identifier_type: { from: type, codes: { P: passport } }, identifier_value: number } ] }',
    'identifier.identifier_type',
  );
  assert.equal(type('P'), 'passport');
  assert.equal(type('nobody knows'), 'nobody knows');
});
