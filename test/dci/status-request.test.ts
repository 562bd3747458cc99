import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJsonObject } from '../../src/dci/json-parse.ts';
import { readStatusRequest } from '../../src/dci/status-request.ts';
import { GatewayError } from '../../src/errors.ts';

const read = (question: unknown, over: Record<string, unknown> = {}) =>
  readStatusRequest(
    parseJsonObject(JSON.stringify({ transaction_id: 't1', txnstatus_request: question, ...over }), { maxDepth: 32 })
      .root,
    3,
  );

const QUESTION = { reference_id: 'r', txn_type: 'search', attribute_type: 'transaction_id', attribute_value: 'old' };

const isMalformed = (work: () => unknown): void => {
  assert.throws(work, (error) => error instanceof GatewayError && error.code === 'request.bad');
};

test('a question by each of the four attributes', () => {
  assert.deepEqual(read(QUESTION), {
    transactionId: 't1',
    correlationId: undefined,
    referenceId: 'r',
    txnType: 'search',
    attribute: 'transaction_id',
    values: ['old'],
  });
  for (const [attribute, value, values] of [
    ['reference_id_list', ['a', 'b', 'a'], ['a', 'b']],
    ['correlation_id', 'c', ['c']],
    ['subscription_code_list', ['SUB-1', 'SUB-2'], ['SUB-1', 'SUB-2']],
  ] as const) {
    const asked = read({ ...QUESTION, attribute_type: attribute, attribute_value: value });
    assert.equal(asked.attribute, attribute);
    assert.deepEqual(asked.values, values);
  }
});

test('other spellings of names and attributes are understood', () => {
  const { txnstatus_request: _, ...rest } = { txnstatus_request: 0, transaction_id: 't1' };
  const renamed = JSON.stringify({ ...rest, txn_status_request: QUESTION });
  assert.deepEqual(readStatusRequest(parseJsonObject(renamed, { maxDepth: 32 }).root, 3).values, ['old']);
  for (const [spelling, attribute] of [
    ['Transaction_ID', 'transaction_id'],
    ['reference-id-list', 'reference_id_list'],
    ['reference_id', 'reference_id_list'],
    ['subscription_codes', 'subscription_code_list'],
    ['sunscription_codes', 'subscription_code_list'],
  ] as const) {
    assert.equal(read({ ...QUESTION, attribute_type: spelling }).attribute, attribute);
  }
});

test('a list of one, one for a list, numbers and an absent txn_type are accepted', () => {
  assert.deepEqual(read([QUESTION]).values, ['old']);
  assert.deepEqual(read({ ...QUESTION, attribute_value: ['old'] }).values, ['old']);
  assert.deepEqual(read({ ...QUESTION, attribute_type: 'reference_id_list', attribute_value: 'a' }).values, ['a']);
  assert.deepEqual(read({ ...QUESTION, attribute_value: 12345 }).values, ['12345']);
  assert.equal(read({ ...QUESTION, txn_type: '' }).txnType, undefined);
  assert.equal(read({ ...QUESTION, txn_type: 'SUBSCRIBE' }).txnType, 'subscribe');
  assert.equal(read(QUESTION, { correlation_id: 'mine' }).correlationId, 'mine');
});

test('without an attribute it asks for its own transaction', () => {
  assert.deepEqual(read({ reference_id: 'r', txn_type: 'search' }).values, ['t1']);
  assert.equal(read({}).attribute, 'transaction_id');
});

test('what is not understood is refused: nothing is asked for that was not named', () => {
  isMalformed(() => read(undefined));
  isMalformed(() => read('old'));
  isMalformed(() => read([QUESTION, QUESTION]));
  isMalformed(() => read(QUESTION, { transaction_id: undefined }));
  isMalformed(() => read({ ...QUESTION, attribute_type: 'name' }));
  isMalformed(() => read({ ...QUESTION, attribute_type: '' }));
  isMalformed(() => read({ ...QUESTION, attribute_value: undefined }));
  isMalformed(() => read({ ...QUESTION, attribute_value: [] }));
  isMalformed(() => read({ ...QUESTION, attribute_value: ['a', 'b'] }));
  isMalformed(() => read({ ...QUESTION, attribute_value: { id: 'a' } }));
  isMalformed(() => read({ ...QUESTION, attribute_value: 'x'.repeat(100) }));
  const many = { ...QUESTION, attribute_type: 'reference_id_list', attribute_value: ['a', 'b', 'c', 'd'] };
  isMalformed(() => read(many));
  isMalformed(() => read(QUESTION, { txn_status_request: QUESTION }));
});
