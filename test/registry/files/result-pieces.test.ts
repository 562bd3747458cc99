import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerHeader } from '../../../src/dci/answer-header.ts';
import { resultPieces } from '../../../src/registry/files/result-pieces.ts';

const made = { messageId: 'm', at: 0, action: 'on-search', senderId: 'us', receiverId: 'them', totalCount: 1, completedCount: 1 }; // biome-ignore format: one look
const item = { reference_id: 'row-1', status: 'rjct', status_reason_message: 'It says "no", and more' };

async function* parts() {
  yield [item];
}

const result = { header: answerHeader({ ...made, status: 'succ' }), ids: { transaction_id: 't' }, parts: parts() };

test('what was made to be encrypted is not told in clear when the key is gone', () => {
  for (const format of ['json', 'csv'] as const)
    assert.throws(() => resultPieces({ ...result, confidential: true }, format, { key: undefined }), {
      code: 'request.forbidden',
    });
});

test('a csv result quotes what needs it', async () => {
  let text = '';
  for await (const piece of resultPieces({ ...result, confidential: false }, 'csv', { key: undefined })) text += piece;
  assert.equal(text.split('\n')[1], 'row-1,rjct,,"It says ""no"", and more",,');
});
