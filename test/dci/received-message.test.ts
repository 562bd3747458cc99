import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJsonObject } from '../../src/dci/json-parse.ts';
import { readReceivedMessage } from '../../src/dci/received-message.ts';

const read = (message: object) => readReceivedMessage(parseJsonObject(JSON.stringify(message), { maxDepth: 32 }).root);

test('ids, status and counts are taken from every kind of message', () => {
  assert.deepEqual(
    read({
      transaction_id: 7,
      correlation_id: 'c',
      search_response: [
        { reference_id: 'a', status: 'succ', data: { reg_records: [{ name: 'nobody keeps this' }] } },
        { reference_id: 'b', status: 'rjct' },
      ],
    }),
    {
      transactionId: '7',
      correlationId: 'c',
      subscriptionCodes: [],
      items: [
        { referenceId: 'a', status: 'succ' },
        { referenceId: 'b', status: 'rjct' },
      ],
    },
  );
  assert.equal(read({ notify_event: { reference_id: 'n' } }).items.length, 1);
  assert.deepEqual(read({ subscription_codes: ['x', 'y'], subscription_code: 'x' }).subscriptionCodes, ['x', 'y']);
  assert.deepEqual(read({ sunscription_codes: 'z' }).subscriptionCodes, ['z']);
  assert.equal(read({ receipt_information: [{ status: 'rcvd' }] }).items[0]?.status, 'rcvd');
});

test('nothing that is not understood refuses a message', () => {
  const nothing = { transactionId: undefined, correlationId: undefined, subscriptionCodes: [], items: [] };
  assert.deepEqual(read({}), nothing);
  assert.deepEqual(
    read({
      transaction_id: { a: 1 },
      correlation_id: 'x'.repeat(100),
      subscription_codes: [null, {}],
      notify_event: 3,
    }),
    nothing,
  );
  assert.equal(read({ search_response: [null, 'text', { reference_id: [] }] }).items.length, 1);
});

test('a long list is not kept whole', () => {
  const search_response = Array.from({ length: 5_000 }, (_, index) => ({ reference_id: String(index) }));
  assert.equal(read({ search_response }).items.length, 1_000);
});
