import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRegTypes, searchRecords } from '../../src/dci/domains.ts';

test('a registry knows the spellings of its reg_type, those of its configuration included, in any case', () => {
  const regTypes = createRegTypes('social', 'ns:gov:Social', ['our_registry']);
  for (const text of [
    'ns:org:RegistryType:Social',
    'SOCIAL_REGISTRY',
    'SR',
    'social',
    'SPP:RegistryType:Individual',
    'OUR_REGISTRY',
    'ns:gov:Social',
  ]) {
    assert.ok(regTypes.accepts(text), text);
  }
  assert.ok(!regTypes.accepts('CRVS'));
  assert.ok(!regTypes.accepts('__proto__'));
});

test('the spellings of OpenSPP tell whether persons or groups are meant', () => {
  const regTypes = createRegTypes('social', 'x', []);
  assert.equal(regTypes.recordType('SPP:RegistryType:Individual'), 'Person');
  assert.equal(regTypes.recordType('SPP:RegistryType:Group'), 'Group');
  assert.equal(regTypes.recordType('SR'), undefined);
});

test('records stand in a list, in the disability domain in an object', () => {
  const one = { a: 1 };
  assert.deepEqual(searchRecords('social', [one]), [one]);
  assert.deepEqual(searchRecords('dr', [one]), one);
  assert.deepEqual(searchRecords('dr', [one, one]), { '@graph': [one, one] });
  assert.deepEqual(searchRecords('dr', []), { '@graph': [] });
});
