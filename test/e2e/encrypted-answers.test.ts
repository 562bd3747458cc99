/** A partner with an encryption key gets nothing in clear but refusals (PROTOCOL 9): answers, acknowledgements, status. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createCheckMessage } from '../../src/cli/listen/check-message.ts';
import { SIGNATURE_PROFILES, type SignatureProfile } from '../../src/security/partner.ts';
import { createNodeCrypto } from '../../src/security/signatures/crypto-node.ts';
import { createSigner } from '../../src/security/signatures/sign.ts';
import { type Answer, makeSigningKey, searchItem } from '../support/client.ts';
import { DEMO_PARTNER, type RunningGateway, startGateway } from '../support/gateway.ts';
import { decryptByHand, decryptWith, encryptFor, encryptionPair } from '../support/jwe.ts';
import { signatureConfig, silentLog } from '../support/signing-partner.ts';

const QUERY = { type: 'urn:gov:national-id', value: '12345678' };
const SECRET = 'a long secret of theirs';
const key = makeSigningKey();
const rsa = encryptionPair('rsa');
const PAIRS = { rsa, 'p-256': encryptionPair('p-256'), x25519: encryptionPair('x25519') };

const partnerOf = (name: string, changes: object) => ({
  ...DEMO_PARTNER,
  client_id: name,
  client_secret: SECRET,
  sender_ids: [`${name}.example.org`],
  registries: { social: { search: 'any', records: 'all', actions: 'all' } },
  ...changes,
});

const encryptionKey = ({ kid, jwk }: typeof rsa) => ({ key_id: kid, use: 'enc', jwk });

const signingPartner = (profile: SignatureProfile) =>
  partnerOf(profile, {
    keys: [{ key_id: key.keyId, jwk: key.publicJwk }, encryptionKey(rsa)],
    signature: { accept: [profile], send: profile, require: 'required' },
    encryption: 'required',
  });

let gateway: RunningGateway;

before(async () => {
  const entries = [
    ...SIGNATURE_PROFILES.map((profile) => [profile, signingPartner(profile)]),
    ...Object.entries(PAIRS).map(([name, pair]) => [name, partnerOf(name, { keys: [encryptionKey(pair)] })]),
  ];
  gateway = await startGateway({ config: { partners: Object.fromEntries(entries) } });
});

after(() => gateway.close());

const clientOf = (name: string) =>
  gateway.client({ clientId: name, clientSecret: SECRET, senderId: `${name}.example.org` });

const ours = async (): Promise<readonly Record<string, string>[]> => {
  const { body } = await clientOf('rsa').send('/.well-known/jwks.json', {});
  return body.keys.filter(({ use }: { use: string }) => use === 'enc');
};

/** Nothing of a record or of the request is readable. */
const assertEncrypted = ({ body, text }: Pick<Answer, 'body' | 'text'>, kid: string): void => {
  assert.equal(body.header.is_msg_encrypted, true, text);
  assert.deepEqual({ ...body.message.header, alg: '' }, { alg: '', enc: 'A256GCM', kid });
  const members = Object.keys(body.message)
    .sort()
    .filter((name) => name !== 'protected');
  assert.deepEqual(members, ['ciphertext', 'encrypted_key', 'header', 'iv', 'tag']);
  for (const word of ['12345678', 'Pe\\u00f1a', 'surname', 'transaction_id', 'reg_records', 'correlation_id'])
    assert.ok(!text.includes(word), word);
};

for (const profile of SIGNATURE_PROFILES) {
  test(`a search encrypted both ways, signed as ${profile} over what is encrypted`, async () => {
    const client = clientOf(profile);
    const [jwk] = await ours();
    const { header, message } = client.envelope([searchItem(QUERY)], { is_msg_encrypted: true });
    const kid = `${profile}.example.org|${key.keyId}|ed25519`;
    const signer = createSigner({
      ownKeys: {
        signingKey: () => ({ kid, keyId: key.keyId, keyObject: key.privateKey, seedAndPoint: Buffer.of() }),
      },
      clock: Date.now,
      config: signatureConfig,
      crypto: createNodeCrypto(),
    });
    const request = { header, message: { ...(await encryptFor(jwk ?? {}, message)) } };
    const answer = await client.postText(await signer.sign(request, profile));
    assert.equal(answer.status, 200, answer.text);
    assertEncrypted(answer, rsa.kid);
    const check = await createCheckMessage({ jwksUrl: `${gateway.url}/.well-known/jwks.json` }, silentLog);
    const { verified } = await check(Buffer.from(answer.text));
    assert.match(verified ?? '', new RegExp(`^${profile} by key`));
    const opened = await decryptWith(rsa, answer.body.message);
    assert.equal(opened.transaction_id, message.transaction_id);
    assert.equal(opened.search_response[0].data.reg_records[0].name.surname, 'Núñez Peña');
    assert.deepEqual(JSON.parse(decryptByHand(rsa.privateKey, answer.body.message)), opened);
  });
}

for (const [name, pair] of Object.entries(PAIRS)) {
  test(`answers to a key of ${name}, whatever the request was`, async () => {
    const answer = await clientOf(name).search(QUERY);
    assert.equal(answer.status, 200, answer.text);
    assertEncrypted(answer, pair.kid);
    const opened = await decryptWith(pair, answer.body.message);
    assert.equal(opened.search_response[0].status, 'succ');
  });
}

test('acknowledgements and status are encrypted as well', async () => {
  const client = clientOf('rsa');
  const post = async (path: string, action: string, message: object): Promise<Answer> =>
    client.send(`/registry${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${await client.getToken()}` },
      body: JSON.stringify({ header: { ...client.envelope([1]).header, action }, message }),
    });
  const transaction = randomUUID();
  const ack = await post('/search', 'search', { transaction_id: transaction, search_request: [searchItem(QUERY)] });
  assert.equal(ack.status, 202, ack.text);
  assertEncrypted(ack, rsa.kid);
  const { correlation_id, ack_status } = await decryptWith(rsa, ack.body.message);
  assert.equal(ack_status, 'ACK');
  const asked = {
    attribute_type: 'transaction_id',
    attribute_value: transaction,
    reference_id: 'r',
    txn_type: 'search',
  };
  const until = performance.now() + 5_000;
  for (;;) {
    const status = await post('/sync/txn/status', 'txn-status', { transaction_id: 's', txnstatus_request: asked });
    assertEncrypted(status, rsa.kid);
    const { txn_status } = (await decryptWith(rsa, status.body.message)).txnstatus_response;
    assert.equal(txn_status.correlation_id, correlation_id);
    // It has nowhere to go and is kept in clear under our own seal: status reads it.
    if (JSON.stringify(txn_status).includes('Núñez')) break;
    assert.ok(performance.now() < until, JSON.stringify(txn_status));
  }
  const told = await post('/on-notify', 'on-notify', { transaction_id: 'x' });
  assert.equal(told.status, 202, told.text);
  assertEncrypted(told, rsa.kid);
});

test('a refusal is in clear, signed, and repeats nothing of an encrypted request', async () => {
  const client = clientOf('dci-spaced');
  const [jwk] = await ours();
  const message = { transaction_id: 'secret-transaction', search_request: [] };
  const header = client.envelope([], { is_msg_encrypted: true }).header;
  const signed = gateway.client({
    ...{ clientId: 'dci-spaced', clientSecret: SECRET, senderId: 'dci-spaced.example.org', key },
  });
  const answer = await signed.post({ header, message: { ...(await encryptFor(jwk ?? {}, message)) } });
  assert.equal(answer.status, 400, answer.text);
  assert.equal(answer.body.header.is_msg_encrypted, false);
  assert.match(answer.body.signature, /^Signature: /);
  assert.ok(!answer.text.includes('secret-transaction'));
});
