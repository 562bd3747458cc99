import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
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
  silentLog,
  withSignature,
} from '../../support/signing-partner.ts';

const NOW = Date.parse('2026-06-15T12:00:00Z');
const clock = () => NOW;
const outbound = createOutbound({ timeoutMs: 1000, allowOrigins: [], privateOrigins: [] });
const verifier = createVerifier({
  partnerKeys: createPartnerKeys({ outbound, clock, log: silentLog }),
  clock,
  config: signatureConfig,
  crypto: createNodeCrypto(),
});
const body = '{"header":{"sender_id":"gov.example","action":"search"},"message":{"a":1}}';
const verify = (text: string, to: Partner) => verifier.verify(receivedMessage(text), to);
const { jwk } = ed25519Pair();
const optional = { require: 'optional' } as const;

const unsigned = ['', '  ', ...signatureConfig.placeholders, ` ${signatureConfig.placeholders[0]} `];

test('an optional partner without a key may send nothing, an empty text or a listed placeholder', async () => {
  const to = partnerWith([], { signature: optional });
  assert.equal((await verify(body, to)).signed, undefined);
  for (const text of unsigned) {
    const verified = await verify(withSignature(body, text), to);
    assert.equal(verified.signed, undefined);
    assert.equal(verified.header.action, 'search');
    assert.equal(
      verified.digest,
      createHash('sha256').update('{"action":"search","message":{"a":1},"sender_uri":null}').digest('hex'),
    );
  }
});

test('anything else must verify, also for an optional partner', async () => {
  const to = partnerWith([], { signature: optional });
  for (const text of ['UNSIGNED', 'unsigned!', 'Signature: namespace="dci", x="y"', 'null', '-']) {
    await assert.rejects(verify(withSignature(body, text), to), { code: 'signature.invalid' }, text);
  }
});

test('a required partner must sign: no text and every placeholder are missing signatures', async () => {
  const to = partnerWith([pinned('k1', jwk)]);
  await assert.rejects(verify(body, to), { code: 'signature.missing' });
  for (const text of unsigned)
    await assert.rejects(verify(withSignature(body, text), to), { code: 'signature.missing' });
});

test('registering an active key, or a key set address, makes optional required', async () => {
  await assert.rejects(verify(body, partnerWith([pinned('k1', jwk)], { signature: optional })), {
    code: 'signature.missing',
  });
  await assert.rejects(verify(body, partnerWith([], { signature: optional, jwksUrl: 'https://gov.example/jwks' })), {
    code: 'signature.missing',
  });
  await verify(body, partnerWith([pinned('k1', jwk, { active: false })], { signature: optional }));
});

test('optional_until keeps it optional although there is a key, up to that date', async () => {
  const until = (optionalUntil: string) =>
    partnerWith([pinned('k1', jwk)], { signature: { ...optional, optionalUntil } });
  await verify(body, until('2026-06-16'));
  await verify(body, until('2026-06-15T12:00:01Z'));
  for (const passed of ['2026-06-15', '2026-06-15T12:00:00Z', '2020-01-01', 'soon']) {
    await assert.rejects(verify(body, until(passed)), { code: 'signature.missing' }, passed);
  }
});

test('a message without its message member is verified as it is', async () => {
  const verified = await verify(
    '{"header":{"sender_id":"gov.example","action":"notify"}}',
    partnerWith([], { signature: optional }),
  );
  assert.equal(verified.message, null);
});
