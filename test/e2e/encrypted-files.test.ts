/** Files of partners that encrypt: their rows come encrypted, and the result goes out so (PROTOCOL 9). */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { flattenedDecrypt } from 'jose';
import { statusMessage } from '../support/async-calls.ts';
import { type Answer, type Client, makeSigningKey, signEnvelope } from '../support/client.ts';
import { DEMO_PARTNER, type RunningGateway, startGateway } from '../support/gateway.ts';
import { decryptWith, encryptFor, encryptionPair, type Jwe } from '../support/jwe.ts';
import { csvForm, csvOf, fileEnvelope, postForm } from '../support/uploads.ts';

const SECRET = 'a long secret of theirs';
const key = makeSigningKey();
const theirs = encryptionPair('x25519');
let gateway: RunningGateway;
let strict: Client;
let free: Client;
let ours: readonly Record<string, string>[];

const partnerOf = (name: string, changes: object) => ({
  ...DEMO_PARTNER,
  ...{ client_id: name, client_secret: SECRET, sender_ids: [`${name}.example.org`] },
  registries: { social: { search: 'any', records: 'all', actions: 'all' } },
  ...changes,
});

before(async () => {
  const keys = [
    { key_id: key.keyId, jwk: key.publicJwk },
    { key_id: theirs.kid, use: 'enc', jwk: theirs.jwk },
  ];
  const partners = {
    strict: partnerOf('strict', { keys, signature: { require: 'required' }, encryption: 'required' }),
    free: partnerOf('free', { keys: keys.slice(0, 1), encryption: 'optional' }),
  };
  gateway = await startGateway({ config: { partners } });
  const clientOf = (name: string) => gateway.client({ clientId: name, clientSecret: SECRET, senderId: `${name}.example.org`, key }); // biome-ignore format: one look
  strict = clientOf('strict');
  free = clientOf('free');
  ours = (await free.send('/.well-known/jwks.json', {})).body.keys.filter(({ use }: { use: string }) => use === 'enc');
});

after(() => gateway.close());

const jwk = (at = 0) => ours[at] ?? {};

/** In pieces, each for a key of the gateway, as the partner's page says. */
const encryptedFile = async (file: string, pieceLength = 20_000): Promise<string> => {
  const pieces: Jwe[] = [];
  for (let at = 0; at < file.length; at += pieceLength)
    pieces.push(await encryptFor(jwk(pieces.length % ours.length), file.slice(at, at + pieceLength)));
  return JSON.stringify({ messages: pieces }, null, 1);
};

/** Signed, and encrypted unless it is said otherwise. */
const messageOf = async ({ senderId }: Client, action: string, message: object, encrypted = true): Promise<string> => {
  const header = { version: '1.0.0', message_id: randomUUID(), message_ts: '2026-01-15T10:30:00Z', action, sender_id: senderId, total_count: 1, is_msg_encrypted: encrypted }; // biome-ignore format: one look
  const made = { header, message: { ...(encrypted ? await encryptFor(jwk(), message) : message) } };
  return JSON.stringify({ signature: signEnvelope(made, senderId, key), ...made });
};

const envelopeFor = (client: Client, file: string, format: 'csv' | 'json', id: string): Promise<string> => {
  const { message } = JSON.parse(fileEnvelope(file, { message: { transaction_id: id, file_format: format } }));
  return messageOf(client, 'search', message);
};

const send = async (client: Client, file: string, format: 'csv' | 'json', id: string = randomUUID()) => {
  const envelope = await envelopeFor(client, file, format, id);
  const form = format === 'csv' ? csvForm(file, envelope) : [...csvForm(file, envelope).filter(([name]) => name !== 'fileFormat'), ['fileFormat', 'json'] as const]; // biome-ignore format: one look
  return postForm(client, '/upload/search', form);
};

const assertHidden = ({ text }: Answer): void => {
  for (const word of ['12345678', 'Pe\\u00f1a', 'Peña', 'row-1201', 'reg_records', 'transaction_id'])
    assert.ok(!text.includes(word), word);
};

/** Until the result is there. @returns its path */
const resultOf = async (client: Client, id: string): Promise<string> => {
  for (let tries = 0; tries < 400; tries++) {
    const body = await messageOf(client, 'txn-status', statusMessage('transaction_id', id), client === strict);
    const answer = await client.send('/registry/sync/txn/status', {
      ...{ method: 'POST', body },
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${await client.getToken()}` },
    });
    if (client === strict) assertHidden(answer);
    const { result } = answer.body.header.meta ?? {};
    if (result !== undefined) return result;
    await sleep(25);
  }
  throw new Error('not done');
};

const fetched = async (client: Client, path: string): Promise<Answer> =>
  client.send(`/registry${path}`, { headers: { Authorization: `Bearer ${await client.getToken()}` } });

const textOf = async (message: Jwe): Promise<string> =>
  Buffer.from((await flattenedDecrypt(message, theirs.privateKey)).plaintext).toString('utf8');

const VALUES = Array.from({ length: 1_500 }, (_, index) => (index === 1_200 ? '12345678' : String(index)));

test('an encrypted csv file is searched, and its result is encrypted part by part, as json and as csv', async () => {
  const id = randomUUID();
  const accepted = await send(strict, await encryptedFile(csvOf(VALUES)), 'csv', id);
  assert.equal(accepted.status, 202, accepted.text);
  assertHidden(accepted);
  assert.equal(accepted.body.header.total_count, 1_500);
  const path = await resultOf(strict, id);
  const json = await fetched(strict, path);
  assert.equal(json.status, 200, json.text);
  assertHidden(json);
  assert.deepEqual([json.body.header.is_msg_encrypted, json.body.header.total_count], [true, 1_500]);
  const parts = await Promise.all(json.body.messages.map((each: Jwe) => decryptWith(theirs, each)));
  assert.deepEqual(parts.map((part) => [part.transaction_id, part.search_response.length]), [[id, 1_000], [id, 500]]); // biome-ignore format: one look
  const found = parts[1].search_response[200];
  assert.deepEqual([found.reference_id, found.data.reg_records[0].name.surname], ['row-1201', 'Núñez Peña']);
  const csv = await fetched(strict, `${path}&format=csv`);
  assertHidden(csv);
  assert.match(csv.headers.get('content-type') ?? '', /^application\/json/);
  const lines = (await Promise.all(csv.body.messages.map(textOf))).join('').trimEnd().split('\n');
  assert.equal(lines.length, 1_501);
  assert.match(lines[0] ?? '', /^reference_id,status/);
  assert.match(lines[1_201] ?? '', /^row-1201,succ,,,Person,"\{.*""12345678""/);
});

test('rows as json come encrypted as well; bad rows are refused one by one', async () => {
  const id = randomUUID();
  const file = JSON.stringify([{ identifier_type: 'urn:gov:national-id', identifier_value: '12345678' }, { identifier_type: 'x' }]); // biome-ignore format: one look
  const accepted = await send(strict, await encryptedFile(file, 50), 'json', id);
  assert.equal(accepted.status, 202, accepted.text);
  const { body } = await fetched(strict, await resultOf(strict, id));
  const [first, second] = (await decryptWith(theirs, body.messages[0])).search_response;
  assert.equal(first.data.reg_records.length, 1);
  assert.match(second.status_reason_message, /^Item 2: identifier_value is empty/);
});

test('the file is encrypted as its envelope is, or it is refused; so is one that does not open', async () => {
  const clear = csvOf(['12345678']);
  const refused = async (answer: Promise<Answer>, code: string, said: RegExp): Promise<void> => {
    const { status, body, text } = await answer;
    assert.deepEqual([status, body.message.error.code], [400, code], text);
    assert.match(text, said);
    assert.ok(!text.includes('12345678'));
  };
  const made = JSON.parse(await encryptedFile(clear));
  await refused(send(strict, clear, 'csv'), 'err.request.bad', /list of encrypted messages/);
  const inClear = fileEnvelope(clear, { senderId: strict.senderId, key });
  await refused(postForm(strict, '/search', csvForm(clear, inClear)), 'err.encryption.invalid', /must be encrypted/);
  const envelopeInClear = fileEnvelope(JSON.stringify(made), { senderId: free.senderId, key });
  await refused(postForm(free, '/search', csvForm(JSON.stringify(made), envelopeInClear)), 'err.request.bad', /cannot be read from line/); // biome-ignore format: one look
  const [message] = made.messages;
  for (const [change, code] of [
    [
      { ...message, tag: message.tag.replace(/^./, (one: string) => (one === 'A' ? 'B' : 'A')) },
      'err.encryption.invalid',
    ],
    [{ ...message, header: { ...message.header, kid: 'another' } }, 'err.encryption.invalid'],
    [{ ...message, header: { ...message.header, zip: 'DEF' } }, 'err.encryption.invalid'],
    ['text', 'err.request.bad'],
  ] as const)
    await refused(send(strict, JSON.stringify([change]), 'csv'), code, /./);
  await refused(send(strict, await encryptedFile(csvOf(VALUES.slice(0, 40)), 2), 'csv'), 'err.request.bad', /256 encrypted pieces/); // biome-ignore format: one look
  await refused(send(strict, JSON.stringify([await encryptFor(jwk(), 'x'.repeat(1_200_000))]), 'csv'), 'err.request.bad', /more than 1500000 bytes/); // biome-ignore format: one look
});

test('a partner without a key sends what it likes, encrypted or not, and gets its result in clear', async () => {
  for (const encrypted of [true, false]) {
    const id = randomUUID();
    const clear = csvOf(['12345678']);
    const message = { transaction_id: id };
    const answer = encrypted
      ? await send(free, await encryptedFile(clear), 'csv', id)
      : await postForm(free, '/search', csvForm(clear, fileEnvelope(clear, { senderId: free.senderId, key, message })));
    assert.equal(answer.status, 202, answer.text);
    const result = await fetched(free, await resultOf(free, id));
    assert.equal(result.body.search_response[0].data.reg_records.length, 1);
  }
});
