import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCriteriaRequest, readYesNoRequest } from '../../src/dci/criteria-request.ts';
import { parseJsonObject } from '../../src/dci/json-parse.ts';

const CRITERIA = { query_type: 'idtype-value', query: { type: 'UIN', value: '1' } };
const AID = { purpose: { code: 'aid' } };
const AUDIT = { purpose: { code: 'audit' } };

const purposeOf = (beside: object, within: object = {}, read = readCriteriaRequest): string | undefined => {
  const message = { transaction_id: 't', ...beside, disabled_criteria: { ...CRITERIA, ...within } };
  const { root } = parseJsonObject(JSON.stringify(message), { maxDepth: 16 });
  return read(root, 'disabled_criteria', 0).items[0]?.purpose;
};

test('what a question is made for is read beside its criteria and in them, under both names', () => {
  for (const name of ['consent', 'authorize']) {
    assert.equal(purposeOf({ [name]: AID }), 'aid', `${name} beside`);
    assert.equal(purposeOf({}, { [name]: AID }), 'aid', `${name} within`);
    assert.equal(purposeOf({ [name]: AID }, {}, readYesNoRequest), 'aid', `${name} of a yes or no`);
  }
  assert.equal(purposeOf({}), undefined);
});

test('two purposes that disagree are refused', () => {
  assert.throws(() => purposeOf({ consent: AID }, { authorize: AUDIT }), { code: 'request.bad' });
  assert.throws(() => purposeOf({ consent: AID, authorize: AUDIT }), { code: 'request.bad' });
});
