import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { test } from 'node:test';
import { CompactSign } from 'jose';
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
const partner = partnerWith([pinned('k1', jwk)], { signature: { accept: ['jws', 'jws-detached'] } });

const headerText = '{"sender_id": "gov.example", "action":"search", "message_ts":"2027-01-15T08:00:00Z"}';
const messageText = '{ "n": 45.0,  "name":"Łukasz" }';
const body = `{"header":${headerText} , "message": ${messageText}}`;
const payload = `{"header":${headerText},"message":${messageText}}`;
const times = { iat: NOW - 10, exp: NOW + 290 };

const encode = (value: string | Uint8Array): string => Buffer.from(value).toString('base64url');
const jws = (protectedHeader: object, content: string, key: KeyObject = privateKey): string => {
  const input = `${encode(JSON.stringify(protectedHeader))}.${encode(content)}`;
  return `${input}.${encode(sign(key.asymmetricKeyType === 'rsa' ? 'sha256' : null, Buffer.from(input), key))}`;
};
const detached = (text: string): string => text.replace(/\.[^.]*\./, '..');
const usual = { alg: 'EdDSA', kid: 'k1', ...times };

const verify = (signature: string, to: Partner = partner, text = body) =>
  verifier.verify(receivedMessage(withSignature(text, signature)), to);
const refused = (signature: string, why: RegExp, to: Partner = partner, text = body) =>
  assert.rejects(verify(signature, to, text), (error: { code?: string; detail?: string }) => {
    assert.equal(error.code, 'signature.invalid');
    assert.match(error.detail ?? '', why);
    return true;
  });

test('a jws made by jose verifies, and what goes on is its payload', async () => {
  const made = await new CompactSign(Buffer.from(payload)).setProtectedHeader(usual).sign(privateKey);
  const { signed, header } = await verify(made);
  assert.deepEqual(signed, { profile: 'jws', keyId: 'k1', created: times.iat, expires: times.exp });
  assert.equal(header.action, 'search');
});

test('the payload may be written otherwise, but must be the same header and message canonically', async () => {
  const reordered =
    '{"message":{"name":"\\u0141ukasz","n":45.0},"header":{"message_ts":"2027-01-15T08:00:00Z","action":"search","sender_id":"gov.example"},"iss":"x"}';
  await verify(jws(usual, reordered));
  await refused(jws(usual, payload.replace('45.0', '45')), /not the body's/);
  await refused(jws(usual, payload.replace('search', 'notify')), /not the body's/);
  await refused(jws(usual, `{"header":${headerText}}`), /not the body's/);
  await refused(jws(usual, payload.replace('"n"', '"x":1,"n"')), /not the body's/);
  await refused(jws(usual, '{"message":{}}'), /no header/);
  await refused(jws(usual, 'hello'), /payload is not a JSON object/);
  await refused(jws(usual, payload.replace('"n"', '"n":1,"n"')), /payload is not a JSON object/);
});

test('the detached payload is the source text of header and message, character by character', async () => {
  const { signed } = await verify(detached(jws(usual, payload)));
  assert.equal(signed?.profile, 'jws-detached');
  await refused(detached(jws(usual, payload.replace('{ "n"', '{"n"'))), /does not fit as jws-detached/);
  await refused(detached(jws(usual, payload)), /does not fit/, partner, body.replace('45.0', '45.00'));
  const reversed = `{"message":${messageText},"other":1,"header":${headerText}}`;
  await verify(detached(jws(usual, payload)), partner, reversed);
});

test('each form must be among the profiles that the partner uses', async () => {
  const only = (profile: 'jws' | 'jws-detached' | 'dci-spaced') =>
    partnerWith([pinned('k1', jwk)], { signature: { accept: [profile] } });
  await refused(jws(usual, payload), /does not use jws/, only('jws-detached'));
  await refused(detached(jws(usual, payload)), /does not use jws-detached/, only('jws'));
  await refused(jws(usual, payload), /does not use jws/, only('dci-spaced'));
});

test('headers that bring a key or change the meaning are refused', async () => {
  const members = [
    { crit: ['exp'] },
    { b64: false },
    { jwk },
    { jku: 'https://evil.example' },
    { x5u: 'x' },
    { x5c: [] },
    { 'x5t#S256': 'x' },
    { zip: 'DEF' },
  ];
  for (const member of members) await refused(jws({ ...usual, ...member }, payload), /refused/);
});

test("the algorithm is the registered key's: none, HMAC, other names and other keys are refused", async () => {
  for (const alg of ['none', 'HS256', 'eddsa', 'ES256', '', 1, null]) {
    await refused(jws({ ...usual, alg }, payload), /alg is missing or not supported/);
  }
  await refused(jws({ ...usual, alg: 'RS256' }, payload), /not that of the key/);
  await verify(jws({ ...usual, alg: 'Ed25519' }, payload));
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { n = '', e = '' } = rsa.publicKey.export({ format: 'jwk' });
  const to = partnerWith([pinned('k1', { kty: 'RSA', n, e })], { signature: { accept: ['jws'] } });
  await verify(jws({ ...usual, alg: 'RS256' }, payload, rsa.privateKey), to);
  await refused(jws({ ...usual, alg: 'EdDSA' }, payload), /not that of the key/, to);
  const pss = await new CompactSign(Buffer.from(payload))
    .setProtectedHeader({ ...usual, alg: 'PS256' })
    .sign(createPrivateKey(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' })));
  await verify(pss, to);
});

test('the kid must name an active key of this partner', async () => {
  await verify(jws({ ...usual, kid: 'gov.example|k1|ed25519' }, payload));
  for (const kid of ['k2', 'other.example|k1|ed25519', 'gov.example|k1|x|y']) {
    await refused(jws({ ...usual, kid }, payload), /names no active key/);
  }
  await refused(jws({ ...usual, kid: 'gov.example|k1|rs256' }, payload), /not that of the key/);
  for (const kid of [undefined, '', 7]) await refused(jws({ ...usual, kid }, payload), /kid is missing/);
});

test('the window is iat and exp, in header or payload, else message_ts and 300 s after it', async () => {
  const bare = { alg: 'EdDSA', kid: 'k1' };
  await refused(jws({ ...bare, iat: NOW - 400, exp: NOW - 1 }, payload), /expired/);
  await refused(jws({ ...bare, iat: NOW + 61, exp: NOW + 99 }, payload), /ahead/);
  await refused(jws({ ...bare, iat: NOW, exp: NOW + 3601 }, payload), /longer/);
  await refused(jws({ ...bare, iat: 'x', exp: NOW }, payload), /iat is not a number/);
  const inPayload = (iat: number, exp: number) => payload.replace(/}$/, `,"iat":${iat},"exp":${exp}}`);
  await verify(jws(bare, inPayload(NOW - 10, NOW + 10)));
  await refused(jws(bare, inPayload(NOW - 400, NOW - 1)), /expired/);
  await refused(jws(usual, inPayload(times.iat, times.exp + 1)), /two different exp/);
  const at = (seconds: number) => new Date((NOW + seconds) * 1000).toISOString();
  const dated = (ts: string) =>
    [payload, body].map((text) => text.replace('2027-01-15T08:00:00Z', ts)) as [string, string];
  for (const [seconds, fits] of [
    [-300, true],
    [-301, false],
    [60, true],
    [61, false],
  ] as const) {
    const [content, text] = dated(at(seconds));
    if (fits) await verify(jws(bare, content), partner, text);
    else await refused(jws(bare, content), /expired|ahead/, partner, text);
  }
  const [content, text] = dated('yesterday');
  await refused(jws(bare, content), /neither iat nor a message_ts/, partner, text);
});

test('a changed part, a bit of the signature or an embedded payload made detached is refused', async () => {
  const made = jws(usual, payload);
  const [head = '', content = '', signature = ''] = made.split('.');
  await refused(`${head}.${content}.${encode(Buffer.alloc(64))}`, /does not fit/);
  await refused(`${encode(JSON.stringify({ ...usual, exp: NOW + 300 }))}.${content}.${signature}`, /does not fit/);
  await refused(`${head}.${encode(`${payload} `)}.${signature}`, /does not fit/);
  await refused(`${head}.${content}.${signature}.x`, /./);
});
