import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coerce } from '../../src/query/coerce.ts';
import { entity, read } from '../support/mapping-rig.ts';

const ENTITIES = [
  entity('person', ['id'], { id: 'integer', a: 'text', b: 'text' }, { papers: { entity: 'paper', on: { id: 'id' } } }),
  entity('paper', ['id'], { id: 'integer', type: 'text', number: 'text' }),
];

const modelOf = (fields: string) =>
  read(`{ records: { Person: { entity: person, fields: ${fields} } } }`).bind(ENTITIES).records.get('Person');

const labelsOf = (fields: string, path: string): Record<string, string> =>
  Object.fromEntries(modelOf(fields)?.labels?.get(path) ?? []);

test('a label is the mapping’s, else the standard’s, else a word of the registry', () => {
  const sex = labelsOf('{ sex: { from: a, codes: { Mujer: female, H: male }, labels: { male: Hombre } } }', 'sex');
  assert.deepEqual(sex, { male: 'Hombre', female: 'Female', other: 'Others', unknown: 'Unknown' });
  const level = labelsOf(
    '{ additional_attributes: { key: { const: k }, value: { from: a, codes: { poor: low, P: lower, "07": lowest, Rich man: high, MAN: high } } } }',
    'additional_attributes.value',
  );
  assert.deepEqual(level, { low: 'poor', high: 'Rich man' });
});

test('values that cannot be searched have labels too', () => {
  assert.equal(labelsOf('{ sex: { from: [a], expr: "a" } }', 'sex').female, 'Female');
  const several = '{ email: [{ from: a, split: ",", codes: { x: one, y: two }, labels: { one: Eins } }] }';
  assert.deepEqual(labelsOf(several, 'email'), { one: 'Eins' });
});

test('names of identifier types are found in queries, whatever their source', () => {
  const model = modelOf(`{ identifier: [
    { identifier_type: { const: "urn:a", labels: { "urn:a": National ID } }, identifier_value: a },
    { each: papers, identifier_type: { from: type, codes: { Passport: "urn:b" } }, identifier_value: number } ] }`);
  const type = model?.attributes.get('identifier.identifier_type');
  assert.ok(type);
  assert.deepEqual(
    ['National ID', 'national id', 'urn:a', 'passport', 'else'].map((text) => coerce(text, type)),
    ['urn:a', 'urn:a', 'urn:a', 'urn:b', 'else'],
  );
  const labels = model?.labels?.get('identifier.identifier_type');
  assert.deepEqual(
    [labels?.get('urn:a'), labels?.get('urn:b'), labels?.get('UIN')],
    ['National ID', 'Passport', undefined],
  );
});

test('what labels cannot say is refused, with its place', () => {
  const refused = (fields: string, pattern: RegExp): void => assert.throws(() => modelOf(fields), pattern);
  refused('{ sex: { from: a, labels: { feminin: F } } }', /sex\.labels\.feminin.*in the list sex the code/s);
  refused('{ sex: { from: a, labels: {} } }', /sex\.labels.*must map values to their labels/s);
  refused('{ sex: { from: a, labels: { female: [a] } } }', /sex\.labels\.female.*must be a text/s);
  refused('{ is_disabled: { from: a, labels: { "true": Yes } } }', /is_disabled\.labels.*are for text/s);
  refused('{ birth_place: { from: a, match: nocase, labels: { a: A } } }', /does not go with labels/);
});
