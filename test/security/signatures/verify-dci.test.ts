import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { canonicalValue } from '../../../src/dci/canonical.ts';
import { createPartnerKeys } from '../../../src/security/keys/partner-keys.ts';
import { createOutbound } from '../../../src/security/outbound/http-client.ts';
import type { Partner } from '../../../src/security/partner.ts';
import { createNodeCrypto } from '../../../src/security/signatures/crypto-node.ts';
import { createVerifier } from '../../../src/security/signatures/verify.ts';
import {
  ed25519Pair,
  partnerWith,
  pinned,
  receivedMessage,
  signatureConfig,
  signatureText,
  silentLog,
  withSignature,
} from '../../support/signing-partner.ts';

const NOW = 1_800_000_000;
const clock = () => NOW * 1000;
const outbound = createOutbound({ timeoutMs: 1000, allowOrigins: [], privateOrigins: [] });
const verifier = createVerifier({
  partnerKeys: createPartnerKeys({ outbound, clock, log: silentLog }),
  clock,
  config: signatureConfig,
  crypto: createNodeCrypto(),
});

const { privateKey, jwk } = ed25519Pair();
const partner = partnerWith([pinned('k1', jwk)]);
const header = {
  version: '1.0.0',
  message_id: 'm-1',
  message_ts: '2024-01-15T10:30:00.123+00:00',
  action: 'search',
  sender_id: 'gov.example',
  receiver_id: 'us',
  total_count: 1,
};
const message = { transaction_id: 't-1', search_request: [{ min: 2.5, name: 'Łukasz' }] };
const body = JSON.stringify({ header, message });

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');
const spaced = `digest: SHA-256=${sha256(canonicalValue({ header, message }, 'spaced'))}`;
const compact = `digest: ${sha256(canonicalValue({ header, message }, 'compact'))}`;
const normalisedHeader = {
  ...header,
  message_ts: '2024-01-15T10:30:00.123000Z',
  sender_uri: null,
  is_msg_encrypted: false,
  meta: null,
};
const normalised = `digest: ${sha256(canonicalValue({ header: normalisedHeader, message }, 'compact'))}`;

const usual = { privateKey, digestLine: spaced, created: NOW - 10, expires: NOW + 290 };
const verify = (signature: string, to: Partner = partner, text = body) =>
  verifier.verify(receivedMessage(withSignature(text, signature)), to);
const refused = (signature: string, why: RegExp, to: Partner = partner, text = body) =>
  assert.rejects(verify(signature, to, text), (error: { code?: string; detail?: string; message?: string }) => {
    assert.equal(error.code, 'signature.invalid');
    assert.equal(error.message, 'The signature does not verify.', 'the caller learns nothing more');
    assert.match(error.detail ?? '', why);
    return true;
  });

test('each of the three profiles verifies and is named', async () => {
  for (const [digestLine, profile] of [
    [spaced, 'dci-spaced'],
    [compact, 'dci-compact'],
    [normalised, 'dci-normalised'],
  ] as const) {
    const { signed } = await verify(signatureText({ ...usual, digestLine }));
    assert.deepEqual(signed, { profile, keyId: 'k1', created: NOW - 10, expires: NOW + 290 });
  }
});

test('a profile that the partner does not use is refused', async () => {
  const only = partnerWith([pinned('k1', jwk)], { signature: { accept: ['dci-compact'] } });
  await refused(signatureText(usual), /fits none of dci-compact/, only);
  await verify(signatureText({ ...usual, digestLine: compact }), only);
  const jws = partnerWith([pinned('k1', jwk)], { signature: { accept: ['jws'] } });
  await refused(signatureText(usual), /does not use the dci profiles/, jws);
});

test('the profile of the last message is tried first, and only among those the partner uses', async () => {
  const tried: string[] = [];
  const node = createNodeCrypto();
  const watching = createVerifier({
    partnerKeys: createPartnerKeys({ outbound, clock, log: silentLog }),
    clock,
    config: signatureConfig,
    crypto: {
      ...node,
      verifyEd25519: (key, data, signature) => {
        tried.push(Buffer.from(data).toString().includes('SHA-256=') ? 'dci-spaced' : 'compact or normalised');
        return node.verifyEd25519(key, data, signature);
      },
    },
  });
  const pin = pinned('k1', jwk);
  const send = (digestLine: string, to: Partner) =>
    watching.verify(receivedMessage(withSignature(body, signatureText({ ...usual, digestLine }))), to);
  await send(compact, partnerWith([pin]));
  assert.deepEqual(tried.splice(0), ['dci-spaced', 'compact or normalised']);
  await send(compact, partnerWith([pin]));
  assert.deepEqual(tried.splice(0), ['compact or normalised']);
  await send(spaced, partnerWith([pin]));
  assert.deepEqual(tried.splice(0), ['compact or normalised', 'dci-spaced']);
  await send(compact, partnerWith([pin]));
  const onlySpaced = partnerWith([pin], { signature: { accept: ['dci-spaced'] } });
  await assert.rejects(send(compact, onlySpaced), { code: 'signature.invalid' });
});

test('the digest line belongs to the profile: neither may borrow the other one', async () => {
  await refused(signatureText({ ...usual, digestLine: spaced.replace('SHA-256=', '') }), /fits none/);
  await refused(signatureText({ ...usual, digestLine: compact.replace(': ', ': SHA-256=') }), /fits none/);
});

test('the received text decides: 45.0, big integers and another order of keys verify, another value does not', async () => {
  const text =
    '{"message": {"n": 45.0, "id": 12345678901234567890, "e": 1E5, "10": 1, "9": 2}, "header": {"sender_id": "gov.example", "action": "search"}}';
  const python =
    '{"header": {"action": "search", "sender_id": "gov.example"}, "message": {"10": 1, "9": 2, "e": 100000.0, "id": 12345678901234567890, "n": 45.0}}';
  const signature = signatureText({ ...usual, digestLine: `digest: SHA-256=${sha256(python)}` });
  assert.equal((await verify(signature, partner, text)).signed?.profile, 'dci-spaced');
  await refused(signature, /fits none/, partner, text.replace('45.0', '45'));
  await refused(signature, /fits none/, partner, text.replace('7890', '7891'));
});

test('every change of header or message, and members moved between them, is refused', async () => {
  const signature = signatureText(usual);
  for (const [from, to] of [
    ['"search"', '"notify"'],
    ['t-1', 't-2'],
    ['Łukasz', 'Lukasz'],
    ['"total_count":1', '"total_count":1,"x":1'],
  ] as const) {
    await refused(signature, /fits none/, partner, body.replace(from, to));
  }
});

test('only what was verified goes on: after dci-normalised the rebuilt header without unknown keys', async () => {
  const smuggled = body.replace('"version"', '"unsigned_extra":"evil","version"').replace('"receiver_id":"us",', '');
  const rebuilt = { ...normalisedHeader, receiver_id: null };
  const digestLine = `digest: ${sha256(canonicalValue({ header: rebuilt, message }, 'compact'))}`;
  const { header: seen } = await verify(signatureText({ ...usual, digestLine }), partner, smuggled);
  assert.equal('unsigned_extra' in seen, false);
  assert.deepEqual(Object.keys(seen).sort(), Object.keys(rebuilt).sort());
  assert.equal(seen.message_ts, '2024-01-15T10:30:00.123000Z');
  assert.equal(seen.receiver_id, null);
});

test('the window: created up to 60 s ahead, expired not at all, at most an hour long', async () => {
  const at = (created: number, expires: number) =>
    signatureText({ ...usual, created: NOW + created, expires: NOW + expires });
  await verify(at(60, 100));
  await verify(at(-300, 0));
  await verify(at(-3600, 0));
  await refused(at(61, 100), /ahead/);
  await refused(at(-300, -1), /expired 1 s ago/);
  await refused(at(-3600, 1), /longer than 3600/);
  await refused(at(50, 40), /expires before it was created/);
});

test('the times are part of what is signed', async () => {
  const signature = signatureText(usual);
  await refused(signature.replace(String(usual.expires), String(usual.expires + 1)), /fits none/);
  await refused(signature.replace(String(usual.created), String(usual.created + 1)), /fits none/);
});

test('headers must be exactly the three', async () => {
  const signature = signatureText(usual);
  const three = '(created) (expires) digest';
  await refused(signature.replace(`headers="${three}", `, ''), /headers/);
  for (const headers of ['(created) digest', '(expires) (created) digest', `${three} host`, '']) {
    await refused(signature.replace(three, headers), /headers/);
  }
});

test('the kid must name an active key of this very partner', async () => {
  await refused(signatureText({ ...usual, kid: 'gov.example|k2|ed25519' }), /names no active key/);
  await refused(signatureText({ ...usual, kid: 'other.example|k1|ed25519' }), /names no active key/);
  await refused(signatureText({ ...usual, kid: 'gov.example|k1|ed25519|x' }), /kid cannot be read/);
  await refused(signatureText({ ...usual, kid: '|k1|ed25519' }), /kid cannot be read/);
  await refused(signatureText(usual), /names no active key/, partnerWith([pinned('k1', jwk, { active: false })]));
  await refused(signatureText(usual), /fits none/, partnerWith([pinned('k1', ed25519Pair().jwk)]));
  await verify(signatureText({ ...usual, kid: 'k1' }));
});

test('a key registered under the whole kid is found by it', async () => {
  await verify(signatureText(usual), partnerWith([pinned('gov.example|k1|ed25519', jwk)]));
});

test('kid part, parameter and key must agree on the algorithm', async () => {
  await refused(signatureText({ ...usual, algorithm: 'rs256' }), /not that of the key/);
  await refused(signatureText({ ...usual, kid: 'gov.example|k1|rsa-sha256' }), /not that of the key/);
  await refused(signatureText({ ...usual, algorithm: 'none' }), /not that of the key/);
  await refused(signatureText({ ...usual, algorithm: 'hmac-sha256' }), /not that of the key/);
  await verify(signatureText({ ...usual, algorithm: 'Ed25519' }));
});

test('RSA keys verify as rs256, rsa-sha256 and ps256, and never as one another', async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { n = '', e = '' } = rsa.publicKey.export({ format: 'jwk' });
  const to = partnerWith([pinned('k1', { kty: 'RSA', n, e })]);
  const rs256 = (algorithm: string) =>
    signatureText({ ...usual, privateKey: rsa.privateKey, kid: `gov.example|k1|${algorithm}`, algorithm });
  await verify(rs256('rs256'), to);
  await verify(rs256('rsa-sha256'), to);
  await refused(rs256('ps256'), /fits none/, to);
  await refused(rs256('ed25519'), /not that of the key/, to);
  const mixed = rs256('rs256').replace('algorithm="rs256"', 'algorithm="ps256"');
  await refused(mixed, /different algorithms/, to);
  const data = Buffer.from(`(created): ${usual.created}\n(expires): ${usual.expires}\n${spaced}`);
  const pss = sign('sha256', data, { key: rsa.privateKey, padding: 6, saltLength: 32 }).toString('base64');
  const ps256 = rs256('ps256').replace(/signature="[^"]*"$/, `signature="${pss}"`);
  assert.equal((await verify(ps256, to)).signed?.profile, 'dci-spaced');
  await refused(ps256.replaceAll('ps256', 'rs256'), /fits none/, to);
});

test('a text that cannot be read is an invalid signature, not a fault', async () => {
  for (const text of [
    'Signature: hello',
    'x',
    'Signature:',
    'null',
    '{}',
    signatureText(usual).replace('created', 'expires'),
  ]) {
    await refused(text, /./);
  }
});

test('the digest for replay is the same for the same content, whatever profile, id or time signed it', async () => {
  const one = await verify(signatureText(usual));
  const other = await verify(signatureText({ ...usual, digestLine: compact, created: NOW }));
  assert.match(one.digest, /^[0-9a-f]{64}$/);
  assert.equal(one.digest, other.digest);
  const expected = createHash('sha256')
    .update(canonicalValue({ action: 'search', message, sender_uri: null }, 'compact'))
    .digest('hex');
  assert.equal(one.digest, expected);
});
