import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/dci/json-node.ts';
import { readUploadMessage } from '../../src/dci/upload-message.ts';
import { toNode } from '../support/to-node.ts';

const SHA256 = 'ab'.repeat(32);
const MESSAGE = { transaction_id: 't', file_sha256: SHA256.toUpperCase(), file_format: 'CSV' };
const read = (message: object) => readUploadMessage(toNode(message) as JsonObject);

test('a file is named by its digest and format in any case, with the purpose of all rows', () => {
  assert.deepEqual(read({ ...MESSAGE, authorize: { purpose: { code: 'health' } } }), {
    ...{ transactionId: 't', correlationId: undefined, fileSha256: SHA256, fileFormat: 'csv', purpose: 'health' },
  });
  assert.equal(read(MESSAGE).purpose, undefined);
});

test('what does not name a file is refused', () => {
  for (const wrong of [
    { transaction_id: undefined },
    { file_sha256: undefined },
    { file_sha256: SHA256.slice(1) },
    { file_sha256: 'x'.repeat(64) },
    { file_format: undefined },
    { file_format: 7 },
    { consent: { purpose: { code: 'a' } }, authorize: { purpose: { code: 'b' } } },
  ]) {
    const message = JSON.parse(JSON.stringify({ ...MESSAGE, ...wrong }));
    assert.throws(() => read(message), { code: 'request.bad' }, JSON.stringify(wrong));
  }
});
