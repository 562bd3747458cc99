/** Requests that partners encrypt for the gateway's own keys (PROTOCOL 9), with jose and by hand. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { asyncConfig, call, searchMessage, statusMessage } from '../support/async-calls.ts';
import { type CallbackReceiver, startReceiver } from '../support/callback-receiver.ts';
import { type Answer, type Client, type Envelope, makeSigningKey, searchItem } from '../support/client.ts';
import { DEMO_PARTNER, type RunningGateway, startGateway } from '../support/gateway.ts';
import { encryptByHand, encryptFor, encryptionPair } from '../support/jwe.ts';

const QUERY = { type: 'urn:gov:national-id', value: '12345678' };
const key = makeSigningKey();

const SIGNING = {
  ...DEMO_PARTNER,
  client_id: 'signing',
  client_secret: 'another secret',
  sender_ids: ['signing.example.org'],
  keys: [{ key_id: key.keyId, jwk: key.publicJwk }],
  signature: { require: 'required' },
};
const STRICT = {
  ...SIGNING,
  client_id: 'strict',
  sender_ids: ['strict.example.org'],
  encryption: 'required',
  signature: { require: 'required', replay: 'refuse' },
};

let receiver: CallbackReceiver;
let gateway: RunningGateway;
let demo: Client;
let signing: Client;
let strict: Client;
let ours: readonly Record<string, string>[];

before(async () => {
  receiver = await startReceiver();
  const config = asyncConfig(receiver.origin, { encryption: 'optional' });
  gateway = await startGateway({
    config: { ...config, partners: { ...config.partners, signing: SIGNING, strict: STRICT } } as never,
  });
  demo = gateway.client();
  const own = { clientSecret: 'another secret', key };
  signing = gateway.client({ ...own, clientId: 'signing', senderId: 'signing.example.org' });
  strict = gateway.client({ ...own, clientId: 'strict', senderId: 'strict.example.org' });
  ours = (await demo.send('/.well-known/jwks.json', {})).body.keys.filter(({ use }: { use: string }) => use === 'enc');
});

after(async () => {
  await gateway.close();
  await receiver[Symbol.asyncDispose]();
});

const rsa = () => ours[0] ?? {};

/** The envelope with its message encrypted; it is signed as it then is. */
const encrypted = async ({ header, message }: Envelope, jwk = rsa()): Promise<Envelope> => ({
  header: { ...header, is_msg_encrypted: true },
  message: { ...(await encryptFor(jwk, message)) },
});

const assertRefused = ({ status, body, text }: Answer, said?: RegExp): void => {
  assert.equal(status, 400, text);
  assert.equal(body.message.error.code, 'err.encryption.invalid');
  if (said !== undefined) assert.match(body.message.error.message, said);
};

test('a search encrypted for any of our keys is answered, and nothing of it stood on the wire in clear', async () => {
  assert.deepEqual(ours.map(({ alg }) => alg), ['RSA-OAEP-256', 'ECDH-ES+A256KW']); // biome-ignore format: one look
  for (const jwk of ours) {
    const made = await encrypted(signing.envelope([searchItem(QUERY)]), jwk);
    assert.ok(!JSON.stringify(made).includes('12345678'));
    const answer = await signing.post(made);
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.text, /N\\u00fa\\u00f1ez/);
  }
  const { header, message } = signing.envelope([searchItem(QUERY)]);
  const byHand = { ...encryptByHand(rsa(), JSON.stringify(message)) };
  assert.equal((await signing.post({ header: { ...header, is_msg_encrypted: 'true' }, message: byHand })).status, 200);
});

test('what the header says and what the message is must agree', async () => {
  const clear = signing.envelope([searchItem(QUERY)], { is_msg_encrypted: true });
  assertRefused(await signing.post(clear), /not encrypted, but/);
  const made = await encrypted(signing.envelope([searchItem(QUERY)]));
  for (const is_msg_encrypted of [false, 'false', ''])
    assertRefused(await signing.post({ ...made, header: { ...made.header, is_msg_encrypted } }), /is encrypted, and/);
  assertRefused(await signing.post({ ...made, header: { ...made.header, is_msg_encrypted: 'yes' } }), /true or false/);
});

test('a message that does not open is refused with one sentence, whatever is wrong, and the log says what', async () => {
  const made = await encrypted(signing.envelope([searchItem(QUERY)]));
  const { message } = made as { message: Record<string, string> };
  const changed = (name: string): string =>
    (message[name]?.startsWith('A') ? 'B' : 'A') + (message[name]?.slice(1) ?? '');
  const foreign = encryptionPair('rsa');
  const bad: Record<string, unknown>[] = [
    ...['ciphertext', 'tag', 'iv', 'encrypted_key'].map((name) => ({ ...message, [name]: changed(name) })),
    { ...message, header: { alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'unknown' } },
    { ...message, header: { alg: 'RSA1_5', enc: 'A256GCM', kid: rsa().kid } },
    { ...message, header: { alg: 'RSA-OAEP-256', enc: 'A128CBC-HS256', kid: rsa().kid } },
    { ...message, tag: null },
    { ...(await encryptFor({ ...foreign.jwk, kid: rsa().kid ?? '' }, made.message)) },
  ];
  const answers: Answer[] = [];
  for (const each of bad) {
    const header = { ...made.header, message_id: randomUUID() };
    answers.push(await signing.post({ header, message: each }));
  }
  assert.equal(answers.length, 9);
  for (const answer of answers) assertRefused(answer, /^The encrypted message cannot be read\.$/);
  assert.ok(answers.every(({ body }) => body.message.transaction_id === undefined));
});

test('the signature is checked before a message is opened, and over what was encrypted', async () => {
  const made = signing.signed(await encrypted(signing.envelope([searchItem(QUERY)])));
  const other = await encrypted(signing.envelope([searchItem(QUERY)]));
  const answer = await signing.postText(JSON.stringify({ ...made, message: other.message }));
  assert.equal(answer.status, 401);
  assert.equal(answer.body.message.error.code, 'err.signature.invalid');
});

test('what was opened is read with the same limits as what comes in clear', async () => {
  const send = async (text: string | Buffer) => {
    const { header } = signing.envelope([searchItem(QUERY)], { is_msg_encrypted: true });
    return signing.post({ header, message: { ...encryptByHand(rsa(), text as string) } });
  };
  const deep = `{"transaction_id":"t","search_request":${'['.repeat(40)}${']'.repeat(40)}}`;
  for (const text of ['', '[]', 'null', 'no json', '{"a":1,"a":2}', deep, `{"n":${'9'.repeat(101)}}`]) {
    const answer = await send(text);
    assert.equal(answer.status, 400, text);
    assert.equal(answer.body.message.error.code, 'err.request.bad');
  }
  const huge = JSON.stringify({ transaction_id: 't', search_request: [], padding: 'x'.repeat(1_100_000) });
  assert.equal((await send(huge)).status, 413);
  const wide = JSON.stringify({
    transaction_id: 't',
    search_request: [searchItem(QUERY)],
    padding: 'x'.repeat(600_000),
  });
  assert.equal((await send(wide)).status, 200);
});

test('a partner that must encrypt is refused in clear, signed or not, on every path', async () => {
  assertRefused(await strict.post(strict.envelope([searchItem(QUERY)])), /must be encrypted/);
  assert.equal((await strict.post(await encrypted(strict.envelope([searchItem(QUERY)])))).status, 200);
});

test('the same content again is the same request, however it is encrypted; other content under its id is refused', async () => {
  const clear = signing.envelope([searchItem(QUERY)]);
  assert.equal((await signing.post(await encrypted(clear))).status, 200);
  assert.equal((await signing.post(await encrypted(clear, ours[1]))).status, 200, 'encrypted anew');
  const other = { ...clear, message: { ...clear.message, transaction_id: 'another' } };
  const answer = await signing.post(await encrypted(other));
  assert.equal(answer.body.header.status_reason_code, 'rjct.message_id.duplicate');
  const again = await encrypted(strict.envelope([searchItem(QUERY)]));
  assert.equal((await strict.post(again)).status, 200);
  assert.equal((await strict.post(again)).body.header.status_reason_code, 'rjct.message_id.duplicate');
});

test('an asynchronous search that comes encrypted twice is run once, and status finds it', async () => {
  const transaction = randomUUID();
  const message = searchMessage(transaction);
  const header = { is_msg_encrypted: true };
  const first = await call(demo, '/search', 'search', await encryptFor(rsa(), message), header);
  const second = await call(demo, '/search', 'search', await encryptFor(rsa(), message), header);
  assert.equal(first.status, 202, first.text);
  assert.equal(first.body.message.correlation_id, second.body.message.correlation_id);
  await receiver.next(({ body }) => body.message.transaction_id === transaction);
  const asked = await encryptFor(rsa(), statusMessage('transaction_id', transaction));
  const status = await call(demo, '/sync/txn/status', 'txn-status', asked, header);
  assert.match(status.text, /search done/);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(receiver.received.filter(({ body }) => body.message.transaction_id === transaction).length, 1);
});

test('receivers open what they are told, and take no message as before', async () => {
  const header = { is_msg_encrypted: true };
  const told = await encryptFor(rsa(), { transaction_id: 'x', notify_event: [] });
  assert.equal((await call(demo, '/on-notify', 'notify', told, header)).status, 202);
  assert.equal((await call(demo, '/on-notify', 'notify', undefined)).status, 202);
});

test('what was encrypted stands in no log line', () => {
  assert.ok(gateway.log.some(({ message }) => message === 'request answered'));
  assert.ok(!JSON.stringify(gateway.log).includes('12345678'));
});
