/** Every row of the protocol's table of failures that a search can meet, on one gateway. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Answer, type Client, makeSigningKey, searchItem, signEnvelope } from '../support/client.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { errorBodyProblems } from '../support/spec-check.ts';

const KEY = makeSigningKey();
const QUERY = { type: 'urn:gov:national-id', value: '12345678' };

let gateway: RunningGateway;
let demo: Client;
let signing: Client;

before(async () => {
  gateway = await startGateway({
    config: {
      identity: { receiver_ids: ['gateway.example.org', 'openspp.example.org'] },
      partners: {
        signing: {
          client_id: 'signing',
          client_secret: 'a-secret-that-was-typed',
          sender_ids: ['signing.example.org'],
          keys: [{ key_id: KEY.keyId, jwk: KEY.publicJwk }],
          registries: {
            social: {
              search: 'identifiers',
              records: {
                Person: {
                  fields: ['identifier', 'name'],
                  attributes: ['identifier'],
                  identifier_types: ['urn:gov:national-id'],
                },
              },
            },
          },
        },
        bare: {
          client_id: 'bare',
          client_secret: 'another-typed-secret',
          sender_ids: ['bare.example.org'],
          signature: { require: 'optional' },
          registries: {},
        },
      },
    },
  });
  demo = gateway.client();
  signing = gateway.client({
    clientId: 'signing',
    clientSecret: 'a-secret-that-was-typed',
    senderId: 'signing.example.org',
    key: KEY,
  });
});

after(() => gateway.close());

/** What every refusal has. */
const assertRefusal = (answer: Answer, status: number, code: string, reason = code): void => {
  assert.equal(answer.status, status, answer.text);
  assert.deepEqual(errorBodyProblems('social', answer.body), []);
  const { header, message, errors } = answer.body;
  assert.equal(header.status, 'rjct');
  assert.match(header.action, /^on-/);
  assert.equal(header.status_reason_code, reason);
  assert.equal(message.ack_status, 'ERR');
  assert.equal(message.error.code, code);
  assert.deepEqual(errors, [message.error]);
  assert.ok(!/\\n +at |Error:|node_modules|\.ts\b/.test(answer.text), 'no stack goes out');
};

test('no token, a wrong scheme and a token of somebody else are 401 with WWW-Authenticate', async () => {
  for (const Authorization of [
    '',
    'Bearer',
    'Bearer nonsense',
    'Basic ZXh0ZXJuYWw6c2VjcmV0MTIz',
    `Bearer ${'x'.repeat(5000)}`,
  ]) {
    const answer = await demo.postText('{}', { Authorization });
    assertRefusal(answer, 401, 'err.request.unauthorized');
    assert.ok(answer.headers.get('www-authenticate'));
  }
});

test('a body that is no JSON object, or has no header or message, is 400', async () => {
  for (const text of [
    '',
    'null',
    '[]',
    '"x"',
    '{',
    '{"header":{}}',
    '{"message":{}}',
    '{"header":1,"message":{}}',
    '{"header":{},"message":[]}',
  ]) {
    assertRefusal(await demo.postText(text), 400, text === '{"header":{}}' ? 'err.request.bad' : 'err.request.bad');
  }
});

test('a sender who is absent or over long is 400, one of somebody else 403 in one sentence', async () => {
  const send = (sender_id: unknown) => demo.post(demo.envelope([searchItem(QUERY)], { sender_id }));
  for (const sender of [undefined, '', 'x'.repeat(100), {}, ['external.system.org']]) {
    assertRefusal(await send(sender), 400, 'err.sender_id.invalid');
  }
  const known = await send('signing.example.org');
  const unknown = await send('nobody.example.org');
  assertRefusal(known, 403, 'err.request.forbidden');
  assertRefusal(unknown, 403, 'err.request.forbidden');
  assert.deepEqual(known.body.errors, unknown.body.errors);
});

test('a message without a signature, with a wrong, an altered or an expired one is 401', async () => {
  const envelope = signing.envelope([searchItem(QUERY)]);
  const post = (signature: unknown, over = {}) => signing.postText(JSON.stringify({ ...envelope, ...over, signature }));
  const good = signEnvelope(envelope, 'signing.example.org', KEY);
  assert.equal((await post(good)).status, 200);
  assertRefusal(await post(''), 401, 'err.signature.missing');
  assertRefusal(await post(undefined), 401, 'err.signature.missing');
  assertRefusal(await post('TODO'), 401, 'err.signature.invalid');
  assertRefusal(await post(5), 401, 'err.signature.invalid');
  assertRefusal(await post(good.replace('key-1', 'key-2')), 401, 'err.signature.invalid');
  assertRefusal(
    await post(signEnvelope(envelope, 'signing.example.org', makeSigningKey())),
    401,
    'err.signature.invalid',
  );
  assertRefusal(
    await post(signEnvelope(envelope, 'signing.example.org', KEY, Date.now() - 400_000)),
    401,
    'err.signature.invalid',
  );
  assertRefusal(
    await post(signEnvelope(envelope, 'signing.example.org', KEY, Date.now() + 400_000)),
    401,
    'err.signature.invalid',
  );
  const altered = { message: { ...envelope.message, transaction_id: 'other' } };
  assertRefusal(await post(good, altered), 401, 'err.signature.invalid');
});

test('the same envelope may be sent again after a 401', async () => {
  const envelope = signing.envelope([searchItem(QUERY)]);
  assert.equal((await signing.postText(JSON.stringify(envelope))).status, 401);
  assert.equal((await signing.post(envelope)).status, 200);
});

test('a message id that was signed for other content is refused, the same content is answered again', async () => {
  const envelope = signing.envelope([searchItem(QUERY)]);
  assert.equal((await signing.post(envelope)).status, 200);
  assert.equal((await signing.post(envelope)).status, 200);
  const other = { ...envelope, message: { ...envelope.message, transaction_id: 'another' } };
  assertRefusal(await signing.post(other), 400, 'err.request.bad', 'rjct.message_id.duplicate');
});

test('header fields that do not fit are 400 with their own code', async () => {
  const send = (header: Record<string, unknown>) => demo.post(demo.envelope([searchItem(QUERY)], header));
  assertRefusal(await send({ version: '9.0.0' }), 400, 'err.version.not_supported');
  assertRefusal(await send({ version: 'x' }), 400, 'err.request.bad', 'rjct.version.invalid');
  assertRefusal(await send({ action: 'subscribe' }), 400, 'err.request.bad', 'rjct.action.invalid');
  assertRefusal(await send({ total_count: -1 }), 400, 'err.request.bad', 'rjct.total_count.invalid');
  assertRefusal(await send({ receiver_id: 'somebody.else' }), 400, 'err.receiver_id.invalid');
  assertRefusal(await send({ is_msg_encrypted: true }), 400, 'err.encryption.invalid');
  assertRefusal(await send({ message_ts: '15/01/2024' }), 400, 'err.request.bad');
});

test('a registry, a record type or an identifier type that the partner may not use refuses the whole request', async () => {
  const bare = gateway.client({ clientId: 'bare', clientSecret: 'another-typed-secret', senderId: 'bare.example.org' });
  assertRefusal(await bare.search(QUERY), 403, 'err.request.forbidden');
  const group = searchItem({ type: 'urn:gov:household', value: '1' }, {}, { reg_record_type: 'Group' });
  assertRefusal(await signing.post(signing.envelope([searchItem(QUERY), group])), 403, 'err.request.forbidden');
  assertRefusal(await signing.search(QUERY, { type: 'urn:gov:passport', value: '1' }), 403, 'err.request.forbidden');
  assert.equal((await signing.search(QUERY)).status, 200);
});

test('a refusal repeats the transaction and is signed for a partner we know', async () => {
  for (const [transaction_id, correlation_id] of [
    ['T-1', 'C-1'],
    [4711, 12],
    ['𝒯'.repeat(99), '𝒞'.repeat(99)],
  ]) {
    // biome-ignore format: one look
    const envelope = signing.envelope([searchItem(QUERY)], { version: '9.0.0' }, { transaction_id, correlation_id });
    const answer = await signing.post(envelope);
    assertRefusal(answer, 400, 'err.version.not_supported');
    assert.equal(answer.body.message.transaction_id, String(transaction_id));
    assert.equal(answer.body.message.correlation_id, String(correlation_id));
    assert.equal(answer.body.header.receiver_id, 'signing.example.org');
    assert.match(answer.body.signature, /signature="/);
  }
});

test('unknown paths, other methods and other content types are answered with a DCI body', async () => {
  assertRefusal(
    await demo.send('/registry/sync/nothing', { method: 'POST', body: '{}' }),
    404,
    'err.request.not_found',
  );
  assertRefusal(await demo.send('/__proto__', {}), 404, 'err.request.not_found');
  const get = await demo.send('/registry/sync/search', {});
  assertRefusal(get, 405, 'err.request.bad');
  assert.equal(get.headers.get('allow'), 'POST');
  assertRefusal(await demo.postText('{}', { 'Content-Type': 'text/xml' }), 415, 'err.request.bad');
  assertRefusal(await demo.postText('{}', { 'Content-Encoding': 'gzip' }), 415, 'err.request.bad');
  const form = 'grant_type=client_credentials&client_id=bare&client_secret=another-typed-secret';
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Encoding': 'br' };
  const token = await demo.send('/oauth2/client/token', { method: 'POST', body: form, headers });
  assert.equal(token.status, 415);
  assert.equal(token.body.access_token, undefined);
});

test('more items than allowed are refused', async () => {
  const items = Array.from({ length: 101 }, () => searchItem(QUERY));
  assertRefusal(await demo.post(demo.envelope(items)), 400, 'err.request.bad');
});

test('a demo partner is refused behind a proxy', async () => {
  for (const header of ['X-Forwarded-For', 'Forwarded', 'Via']) {
    const fields = { grant_type: 'client_credentials', client_id: 'external_system', client_secret: 'secret123' };
    const body = new URLSearchParams(fields);
    const token = await demo.send('/oauth2/client/token', { method: 'POST', body, headers: { [header]: '1.2.3.4' } });
    assert.equal(token.status, 401);
    assert.equal(token.body.error, 'invalid_client');
  }
  const others = ['X-Real-IP', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'CF-Connecting-IP', 'True-Client-IP'];
  for (const header of ['X-Forwarded-For', 'Forwarded', 'Via', ...others]) {
    assertRefusal(await demo.postText('{}', { [header]: '1.2.3.4' }), 403, 'err.request.forbidden');
  }
});
