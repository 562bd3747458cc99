import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODE_LISTS, codeList } from '../../src/dci/code-lists.ts';
import { type Field, type FieldTable, fieldOf, recordTables } from '../../src/dci/fields.ts';

const DOMAINS = ['social', 'crvs', 'fr', 'dr', 'ibr'];

function* fieldsOf(table: FieldTable): Generator<Field> {
  for (const name of Object.keys(table)) {
    const field = fieldOf(table, name);
    assert.ok(field !== undefined, name);
    yield field;
    if (field.shape.kind === 'object') yield* fieldsOf(field.shape.fields);
  }
}

test('every field of every domain has a known type, code list and record', () => {
  for (const domain of DOMAINS) {
    const tables = recordTables(domain);
    for (const [type, table] of Object.entries(tables)) {
      for (const { shape } of fieldsOf(table.fields)) {
        if (shape.kind === 'record')
          assert.ok(Object.hasOwn(tables, shape.record), `${domain} ${type} ${shape.record}`);
        if (shape.kind !== 'value') continue;
        assert.ok(
          ['text', 'integer', 'number', 'boolean', 'date', 'datetime'].includes(shape.type),
          `${domain} ${type} ${shape.type}`,
        );
        if (shape.codes !== undefined)
          assert.ok(codeList(shape.codes) !== undefined, `${domain} ${type} ${shape.codes}`);
      }
      if (table.identifiers !== undefined) assert.equal(fieldOf(table.fields, table.identifiers)?.list, true);
    }
  }
});

test('every domain has persons and its own record, and an unknown one has none', () => {
  const own = { social: 'Group', crvs: 'VitalEvent', fr: 'Farmer', dr: 'DisabledPerson', ibr: 'Beneficiary' };
  for (const [domain, type] of Object.entries(own)) {
    assert.ok(Object.hasOwn(recordTables(domain), type), domain);
    assert.ok(Object.hasOwn(recordTables(domain), 'Person'), domain);
  }
  assert.deepEqual(recordTables('other'), {});
});

test('a person carries its households, and a name of the prototype is no field', () => {
  const person = recordTables('social').Person;
  assert.ok(person !== undefined);
  const households = fieldOf(person.fields, 'households');
  assert.equal(households?.list, true);
  assert.deepEqual(households?.shape.kind === 'object' ? Object.keys(households.shape.fields) : [], [
    'name',
    'identifier',
    'phone_number',
    'is_head',
  ]);
  assert.equal(fieldOf(person.fields, 'constructor'), undefined);
});

test('code lists keep codes as text, with their labels', () => {
  assert.deepEqual(codeList('sex')?.codes.get('female'), ['Female']);
  assert.deepEqual(codeList('marital_status')?.codes.get('S'), ['Never Married']);
  assert.deepEqual([codeList('sex')?.open, codeList('identifier_type')?.open], [false, true]);
  // Spelt two ways in the standard itself.
  assert.ok(codeList('relationship_type')?.codes.has('CHILDADOPT'));
  assert.ok(codeList('relationship_type')?.codes.has('CHLDADOPT'));
  for (const list of CODE_LISTS.values()) assert.ok(list.codes.size > 0, list.name);
});
