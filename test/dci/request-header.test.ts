import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/dci/json-node.ts';
import { parseJsonObject } from '../../src/dci/json-parse.ts';
import { readRequestHeader, saysEncrypted } from '../../src/dci/request-header.ts';
import { GatewayError } from '../../src/errors.ts';

const GOOD = {
  version: '1.0.0',
  message_id: '1',
  message_ts: '2024-01-15T10:30:00Z',
  action: 'search',
  sender_id: 'https://integrating-server.com',
  total_count: 1,
};

const node = (value: unknown): JsonObject => parseJsonObject(JSON.stringify(value), { maxDepth: 32 }).root;

const read = (over: Record<string, unknown> = {}, receivers: readonly string[] = []) =>
  readRequestHeader(node({ ...GOOD, ...over }), 'search', new Set(receivers));

const refusal = (over: Record<string, unknown>, receivers: readonly string[] = []): string => {
  try {
    read(over, receivers);
  } catch (error) {
    assert.ok(error instanceof GatewayError);
    return error.code;
  }
  return 'accepted';
};

test('what clients leave out or write loosely is read', () => {
  assert.equal(refusal({ version: undefined }), 'accepted');
  assert.equal(refusal({ version: '1.0' }), 'accepted');
  assert.equal(refusal({ meta: '', sender_uri: '', receiver_id: '' }), 'accepted');
  assert.equal(refusal({ receiver_id: null, meta: null, sender_uri: null }), 'accepted');
  assert.equal(refusal({ action: 'SEARCH' }), 'accepted');
  assert.equal(refusal({ message_ts: '2024-01-15T10:30:00' }), 'accepted');
  assert.equal(refusal({ is_msg_encrypted: false, somebody_elses_key: { any: 1 } }), 'accepted');
  assert.equal(read({ total_count: '1' }).totalCount, 1);
  assert.equal(read({ total_count: 10 }).totalCount, 10);
  assert.equal(read({ message_id: 12345 }).messageId, '12345');
  assert.equal(read().senderId, 'https://integrating-server.com');
});

test('an action may differ in spelling and is refused when it is another', () => {
  const status = (action: string) => readRequestHeader(node({ ...GOOD, action }), 'txn-status', new Set()).messageId;
  assert.equal(status('txn_status'), '1');
  for (const action of ['subscribe', '', 'on-search', 7, undefined, null]) {
    assert.equal(refusal({ action }), 'action.invalid', String(action));
  }
});

test('each part of the header that does not fit has its own code', () => {
  for (const total_count of [undefined, null, -1, 1.5, 'many', '', {}, true]) {
    assert.equal(refusal({ total_count }), 'total_count.invalid', String(total_count));
  }
  assert.equal(refusal({ version: '2.0.0' }), 'version.not_supported');
  assert.equal(refusal({ version: 'one' }), 'version.invalid');
  assert.equal(refusal({ version: 1 }), 'version.invalid');
  assert.equal(refusal({ sender_id: undefined }), 'sender_id.invalid');
  assert.equal(refusal({ sender_id: 'x'.repeat(100) }), 'sender_id.invalid');
  for (const message_ts of [undefined, 'yesterday', 1705314600, '']) {
    assert.equal(refusal({ message_ts }), 'request.bad', String(message_ts));
  }
  assert.equal(refusal({ message_id: 'x'.repeat(100) }), 'request.bad');
  assert.equal(refusal({ message_id: '' }), 'request.bad');
  assert.equal(refusal({ meta: 'text' }), 'request.bad');
});

test('a receiver is refused only where we answer to certain names', () => {
  assert.equal(refusal({ receiver_id: 'anybody' }), 'accepted');
  assert.equal(refusal({ receiver_id: 'anybody' }, ['us']), 'receiver_id.invalid');
  assert.equal(refusal({ receiver_id: 'us' }, ['us']), 'accepted');
  assert.equal(refusal({ receiver_id: undefined }, ['us']), 'accepted');
  assert.equal(refusal({ receiver_id: { a: 1 } }), 'receiver_id.invalid');
});

test('whether the message is encrypted is said in any spelling of yes and no, and refused in any other', () => {
  for (const no of [undefined, null, '', false, 'false'])
    assert.equal(saysEncrypted(node({ is_msg_encrypted: no })), false);
  for (const yes of [true, 'true']) assert.equal(saysEncrypted(node({ is_msg_encrypted: yes })), true);
  for (const neither of ['yes', 1, 0, {}, [], 'TRUE '])
    assert.throws(() => saysEncrypted(node({ is_msg_encrypted: neither })), { code: 'encryption.invalid' });
});
