/** What the log says of an upstream's refusal: codes of the standard, sentences of ours, and what mends it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorBody } from '../../src/dci/error-body.ts';
import { type ErrorName, GatewayError } from '../../src/errors.ts';
import { saidWhy } from '../../src/upstream/said-why.ts';

const why = (body: unknown, { status = 401, forwarded = false } = {}): string =>
  saidWhy({ status, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }, forwarded);

/** As another gateway refuses. */
const refusal = (code: ErrorName, message?: string) =>
  errorBody({
    ...{ error: new GatewayError(code, message === undefined ? {} : { message }), messageId: 'm', at: 0 },
    ...{ action: 'on-search', senderId: 'up', receiverId: 'front', transactionId: 't', correlationId: 'c' },
  });

test('a gateway that does not know our key says so, and our log says whose key set it wants', () => {
  const told = why(refusal('signature.invalid'));
  assert.match(
    told,
    /^ \(err\.signature\.invalid: The signature does not verify\.\); have it register our key set \(\/\.w/,
  );
  const forwarded = why(refusal('signature.invalid'), { forwarded: true });
  assert.match(
    forwarded,
    /^ \(err\.signature\.invalid: .*; have it register the partner's own keys, or set forward: never$/,
  );
  assert.match(why(refusal('request.unauthorized')), /err\.request\.unauthorized: .*; see client_id, client_secret/);
  assert.match(why(refusal('request.forbidden'), { status: 403 }), /; have it register our identity\.id as sender_id/);
  assert.match(why(refusal('receiver_id.invalid'), { status: 400 }), /; see receiver_id$/);
  assert.match(why(refusal('sender_uri.invalid'), { status: 400 }), /; have it register callback_url/);
});

test('a code is read wherever servers write it', () => {
  const code = 'err.version.not_supported';
  for (const body of [
    { message: { ack_status: 'ERR', error: { code } } },
    { errors: [{ code }, { code: 'err.request.bad' }] },
    { header: { status: 'rjct', status_reason_code: code } },
    { header: { status_reason_code: 'own' }, message: { error: { code: 5 } }, errors: [{ code }] },
  ])
    assert.equal(why(body, { status: 400 }), ` (${code})`);
  assert.equal(why({ header: { status_reason_code: 'rjct.total_count.limit_exceeded' } }, { status: 400 }), ' (rjct.total_count.limit_exceeded)'); // biome-ignore format: one look
});

test('nothing else of what it writes is repeated, and a 401 without a reason names both that it may mean', () => {
  const unsaid = /^; it gives no reason that we know: see client_id, .* and have it register our key set/;
  const secret = 'Awa-Diallo-1990';
  for (const body of [
    refusal('signature.invalid', secret),
    { message: { error: { code: 'err.request.bad', message: secret } } },
    { message: { error: { code: `err.${secret}.invalid`, message: secret } }, errors: [{ code: secret }] },
    { header: { status_reason_code: secret, status_reason_message: secret }, errors: secret },
    secret,
    `<h1>${secret}</h1>`,
    '['.repeat(60_000),
    '',
  ]) {
    for (const status of [400, 401]) {
      const told = why(body, { status });
      assert.ok(!told.includes(secret), told);
      assert.ok(told.length < 300, 'bounded');
      if (!/err\./.test(told)) assert.match(told, status === 401 ? unsaid : /^$/);
    }
  }
  assert.match(why(secret), unsaid);
  const long = JSON.stringify({ message: { error: { code: 'err.request.bad' } }, padding: secret.padEnd(70_000) });
  assert.equal(why(long, { status: 400 }), '', 'longer than any refusal');
});
