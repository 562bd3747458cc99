import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { compactVerify, flattenedVerify, importJWK } from 'jose';
import { canonicalValue } from '../../../src/dci/canonical.ts';
import { createPartnerKeys } from '../../../src/security/keys/partner-keys.ts';
import { createOutbound } from '../../../src/security/outbound/http-client.ts';
import { SIGNATURE_PROFILES } from '../../../src/security/partner.ts';
import { createNodeCrypto } from '../../../src/security/signatures/crypto-node.ts';
import { createSigner } from '../../../src/security/signatures/sign.ts';
import { parseSignatureText } from '../../../src/security/signatures/signature-text.ts';
import { createVerifier } from '../../../src/security/signatures/verify.ts';
import { VECTOR_JWK, vectorPrivateKey } from '../../support/signature-vectors.ts';
import { partnerWith, pinned, receivedMessage, signatureConfig, silentLog } from '../../support/signing-partner.ts';

const NOW = 1_800_000_000;
const clock = () => NOW * 1000;
const crypto = createNodeCrypto();
const { x = '', d = '' } = vectorPrivateKey.export({ format: 'jwk' });
const ownKeys = {
  signingKey: () => ({
    keyId: 'k9',
    kid: 'gateway.example|k9|ed25519',
    keyObject: vectorPrivateKey,
    seedAndPoint: Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]),
  }),
};
const signer = createSigner({ ownKeys, clock, config: signatureConfig, crypto });
const outbound = createOutbound({ timeoutMs: 1000, allowOrigins: [], privateOrigins: [] });
const verifier = createVerifier({
  partnerKeys: createPartnerKeys({ outbound, clock, log: silentLog }),
  clock,
  config: signatureConfig,
  crypto,
});

const header = {
  version: '1.0.0',
  message_id: 'm-1',
  message_ts: '2027-01-15T08:00:00Z',
  action: 'on-search',
  status: 'succ',
  sender_id: 'gateway.example',
  receiver_id: 'gov.example',
  total_count: 1,
  completed_count: 1,
  is_msg_encrypted: false,
  sender_uri: undefined,
};
const message = { transaction_id: 't', name: 'Łukasz 😀', ratio: 2.5, list: [] };

for (const profile of SIGNATURE_PROFILES) {
  test(`what we sign as ${profile} is plain ASCII JSON of three members and verifies as ${profile}`, async () => {
    const body = await signer.sign({ header, message }, profile);
    assert.match(body, /^[\x20-\x7e]+$/);
    const parsed = JSON.parse(body) as Record<string, unknown>;
    assert.deepEqual(Object.keys(parsed), ['signature', 'header', 'message']);
    assert.deepEqual(parsed.header, JSON.parse(JSON.stringify(header)));
    assert.deepEqual(parsed.message, message);
    const us = partnerWith([pinned('k9', VECTOR_JWK)], {
      senderIds: ['gateway.example'],
      signature: { accept: [profile] },
    });
    const { signed } = await verifier.verify(receivedMessage(body), us);
    assert.deepEqual(signed, { profile, keyId: 'k9', created: NOW, expires: NOW + 300 });
  });
}

test('a text that was made before is signed to the same body', async () => {
  const compact = canonicalValue({ header, message }, 'compact');
  for (const profile of SIGNATURE_PROFILES)
    assert.equal(await signer.signText(compact, profile), await signer.sign({ header, message }, profile), profile);
  await assert.rejects(signer.signText('{"header":[],"message":{}}', 'dci-normalised'), TypeError);
});

test('the wire body of dci-spaced and dci-compact is their canonical text with the signature in front', async () => {
  for (const [profile, style, comma] of [
    ['dci-spaced', 'spaced', ', '],
    ['dci-compact', 'compact', ','],
  ] as const) {
    const body = await signer.sign({ header, message }, profile);
    const { signature } = JSON.parse(body) as { signature: string };
    const text = canonicalValue({ header, message }, style);
    assert.equal(body.endsWith(comma + text.slice(1)), true);
    const digest = createHash('sha256').update(text).digest('base64');
    const line = profile === 'dci-spaced' ? `SHA-256=${digest}` : digest;
    const data = Buffer.from(`(created): ${NOW}\n(expires): ${NOW + 300}\ndigest: ${line}`);
    const key = ownKeys.signingKey();
    assert.equal(
      parseSignatureText(signature).signature.toString('base64'),
      Buffer.from(await crypto.signEd25519(key, data)).toString('base64'),
    );
  }
});

test('only dci-spaced carries the prefix', async () => {
  const text = async (profile: 'dci-spaced' | 'dci-compact' | 'dci-normalised') =>
    (JSON.parse(await signer.sign({ header, message }, profile)) as { signature: string }).signature;
  assert.match(
    await text('dci-spaced'),
    /^Signature: namespace="dci", kidId="gateway.example\|k9\|ed25519", algorithm="ed25519", created="1800000000", expires="1800000300", headers="\(created\) \(expires\) digest", signature="[A-Za-z0-9+/]{86}=="$/,
  );
  assert.match(await text('dci-compact'), /^namespace="dci"/);
  assert.match(await text('dci-normalised'), /^namespace="dci"/);
});

test('dci-normalised signs the normalised superset header, while the wire has no nulls', async () => {
  const body = await signer.sign({ header, message }, 'dci-normalised');
  assert.doesNotMatch(body, /null/);
  const normalised = { ...header, sender_uri: null, meta: null, status_reason_code: null, status_reason_message: null };
  const digest = createHash('sha256')
    .update(canonicalValue({ header: normalised, message }, 'compact'))
    .digest('base64');
  const { signature } = parseSignatureText((JSON.parse(body) as { signature: string }).signature);
  const data = Buffer.from(`(created): ${NOW}\n(expires): ${NOW + 300}\ndigest: ${digest}`);
  assert.equal(
    signature.toString('hex'),
    Buffer.from(await crypto.signEd25519(ownKeys.signingKey(), data)).toString('hex'),
  );
});

test('other libraries verify our jws and jws-detached', async () => {
  const key = await importJWK(VECTOR_JWK, 'EdDSA');
  const embedded = JSON.parse(await signer.sign({ header, message }, 'jws')) as { signature: string };
  const { payload, protectedHeader } = await compactVerify(embedded.signature, key);
  assert.deepEqual(JSON.parse(Buffer.from(payload).toString()), JSON.parse(JSON.stringify({ header, message })));
  assert.equal(protectedHeader.kid, 'gateway.example|k9|ed25519');
  const body = await signer.sign({ header, message }, 'jws-detached');
  const [head = '', middle, signature = ''] = (JSON.parse(body) as { signature: string }).signature.split('.');
  assert.equal(middle, '');
  const source = body.slice(body.indexOf('"header"') - 1).replace(/^,/, '{');
  await flattenedVerify({ protected: head, payload: Buffer.from(source).toString('base64url'), signature }, key);
});

test('when signing fails nothing goes out unsigned', async () => {
  const broken = { ...crypto, signEd25519: () => Promise.reject(new Error('the key is gone')) };
  const failing = createSigner({ ownKeys, clock, config: signatureConfig, crypto: broken });
  for (const profile of SIGNATURE_PROFILES)
    await assert.rejects(failing.sign({ header, message }, profile), /the key is gone/);
});
