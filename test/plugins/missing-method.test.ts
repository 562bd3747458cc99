import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingMethod } from '../../src/plugins/missing-method.ts';

const work = async (): Promise<void> => undefined;
const BACKEND = { capabilities: { compare: new Set() }, search: work, describe: work, health: work, close: work };

test('a backend with what it must have is taken, with what it may have too', () => {
  assert.equal(missingMethod(BACKEND), undefined);
  assert.equal(missingMethod({ ...BACKEND, scans: work, changes: work }), undefined);
});

test('what is missing or of a wrong kind is named', () => {
  for (const name of ['search', 'describe', 'health', 'close'])
    assert.match(missingMethod({ ...BACKEND, [name]: undefined }) ?? '', new RegExp(`no method ${name}`));
  assert.match(missingMethod({ ...BACKEND, scans: true }) ?? '', /scans .* no function/);
  assert.match(missingMethod({ ...BACKEND, capabilities: undefined }) ?? '', /no capabilities/);
  assert.match(missingMethod({ ...BACKEND, capabilities: { compare: ['eq'] } }) ?? '', /compare .* no Set/);
  assert.match(missingMethod(null) ?? '', /no backend/);
});
