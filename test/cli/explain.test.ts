import assert from 'node:assert/strict';
import { createHash, sign } from 'node:crypto';
import { test } from 'node:test';
import { explainMessage } from '../../src/cli/explain.ts';
import { canonicalValue } from '../../src/dci/canonical.ts';
import { encryptFor, encryptionPair } from '../support/jwe.ts';
import {
  SIGNATURE_VECTORS,
  VECTOR_CREATED,
  VECTOR_EXPIRES,
  VECTOR_JWK,
  vectorPublicKey,
} from '../support/signature-vectors.ts';
import { ed25519Pair, signatureText, withSignature } from '../support/signing-partner.ts';

const NOW = 1_800_000_000;
const now = NOW * 1000;
const { privateKey, jwk } = ed25519Pair();
const key = JSON.stringify(jwk);
const body =
  '{"header":{"version":"1.0.0","action":"search","sender_id":"gov.example"},"message":{"n":45.0,"b":1,"a":"Łukasz"}}';
const parsed = JSON.parse(body) as { header: object; message: object };
const spaced =
  '{"header": {"action": "search", "sender_id": "gov.example", "version": "1.0.0"}, "message": {"a": "\\u0141ukasz", "b": 1, "n": 45.0}}';
const compact = spaced.replaceAll(', ', ',').replaceAll(': ', ':');

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');
const usual = { privateKey, created: NOW - 10, expires: NOW + 290 };
const explain = (signature: string, rest: object = {}) =>
  explainMessage({
    text: withSignature(body, signature),
    profile: 'dci-spaced',
    key,
    canonicalOnly: false,
    now,
    ...rest,
  });
const explainLine = (digestLine: string, rest: object = {}) =>
  explain(signatureText({ ...usual, digestLine, ...rest }));

test('canonical only prints the canonical text and nothing else, for each profile', async () => {
  const alone = (profile: 'dci-spaced' | 'dci-compact' | 'dci-normalised' | 'jws' | 'jws-detached') =>
    explainMessage({ text: body, profile, canonicalOnly: true });
  assert.equal(await alone('dci-spaced'), spaced);
  assert.equal(await alone('dci-compact'), compact);
  assert.equal(await alone('jws'), compact);
  assert.equal(await alone('jws-detached'), body);
  assert.match(
    await alone('dci-normalised'),
    /^\{"header":\{"action":"search","is_msg_encrypted":false,.*"total_count":0,"version":"1.0.0"\},"message":\{/,
  );
});

test('a byte order mark is told, for such a body is refused, and moves nothing', async () => {
  const marked = (rest: object = {}) =>
    explainMessage({ text: `\ufeff${body}`, profile: 'jws-detached', canonicalOnly: false, ...rest });
  assert.match(await marked(), /begins with a byte order mark: a body that is sent so is refused/);
  assert.equal(await marked({ canonicalOnly: true }), body);
  assert.doesNotMatch(await explainMessage({ text: body, profile: 'jws', canonicalOnly: false }), /byte order mark/);
});

test('the published vectors are explained: canonical text, digest, signing string and the verdict', async () => {
  for (const { input, profiles } of SIGNATURE_VECTORS) {
    for (const { profile, canonical, digest, signature } of profiles) {
      const text = withSignature(
        input,
        `kidId="a|k1|ed25519", created="${VECTOR_CREATED}", expires="${VECTOR_EXPIRES}", headers="(created) (expires) digest", signature="${signature}"`,
      );
      for (const given of [
        JSON.stringify(VECTOR_JWK),
        vectorPublicKey.export({ type: 'spki', format: 'pem' }) as string,
      ]) {
        const output = await explainMessage({
          text,
          profile,
          key: given,
          canonicalOnly: false,
          now: VECTOR_CREATED * 1000,
        });
        assert.ok(output.includes(canonical));
        assert.ok(output.includes(digest));
        assert.ok(
          output.includes(
            `(created): ${VECTOR_CREATED}\n  (expires): ${VECTOR_EXPIRES}\n  digest: ${profile === 'dci-spaced' ? 'SHA-256=' : ''}${digest}\n`,
          ),
        );
        assert.match(output, new RegExp(`VERIFIES as ${profile}( and dci-normalised)? with the key given`));
        assert.doesNotMatch(output, /expired/);
      }
    }
  }
});

test('without a signature or a key it says what is missing', async () => {
  assert.match(
    await explainMessage({ text: body, profile: 'dci-spaced', canonicalOnly: false, now }),
    /has no signature/,
  );
  const output = await explain(signatureText({ ...usual, digestLine: 'digest: x' }), { key: undefined });
  assert.match(output, /names the key k1 of gov.example/);
  assert.match(output, /Give the public key with --key/);
});

test('the profile that verifies is named although another was asked for', async () => {
  assert.match(await explainLine(`digest: ${sha256(compact)}`), /VERIFIES as dci-compact/);
});

test('near misses are found and said', async () => {
  const b64 = sha256(spaced);
  const cases: readonly (readonly [string, RegExp])[] = [
    [`digest: ${b64}`, /as dci-spaced\); digest line "digest: …" without SHA-256=/],
    [`digest: SHA-256=${sha256(compact)}`, /as dci-compact\); digest line "digest: SHA-256=…"/],
    [`digest: sha-256=${b64}`, /in other letters/],
    [`digest: SHA-256=${b64.replace('=', '')}`, /without its = padding/],
    [`digest: ${createHash('sha256').update(compact).digest('hex')}`, /hexadecimal/],
    [`digest: SHA-256=${sha256(spaced.replace('\\u0141', 'Ł'))}`, /beyond ASCII as they are/],
    [`digest: SHA-256=${sha256(body)}`, /as it was sent, keys not sorted/],
    [`digest: ${sha256(canonicalValue(parsed, 'compact'))}`, /45\.0 became 45.*compact/],
    [
      `digest: SHA-256=${sha256(canonicalValue(parsed.message, 'compact').replace('45', '45.0'))}`,
      /message alone, compact/,
    ],
    [`digest: SHA-256=${b64}\n`, /line break at the end/],
  ];
  for (const [digestLine, expected] of cases) {
    const output = await explainLine(digestLine);
    assert.match(output, /does NOT verify as any profile/, digestLine);
    assert.match(output, expected, digestLine);
    assert.doesNotMatch(output, / VERIFIES/);
  }
});

test('the canonical text signed itself, and CR LF, are recognised', async () => {
  const signed = (text: string) =>
    signatureText({ ...usual, digestLine: 'x' }).replace(
      /signature="[^"]*"$/,
      `signature="${sign(null, Buffer.from(text), privateKey).toString('base64')}"`,
    );
  assert.match(await explain(signed(spaced)), /signed itself/);
  const lines = [`(created): ${usual.created}`, `(expires): ${usual.expires}`, `digest: SHA-256=${sha256(spaced)}`];
  assert.match(await explain(signed(lines.join('\r\n'))), /CR LF/);
});

test('another key or another body has no near miss, and the advice says what to compare', async () => {
  const output = await explain(signatureText({ ...usual, digestLine: `digest: SHA-256=${sha256(spaced)}` }), {
    key: JSON.stringify(ed25519Pair().jwk),
  });
  assert.match(output, /does NOT verify as any profile, nor over any other text/);
  assert.match(output, /another private key/);
});

test('times, kid, algorithm and headers are judged beside the signature itself', async () => {
  const digestLine = `digest: SHA-256=${sha256(spaced)}`;
  const expired = await explainLine(digestLine, { created: NOW - 700, expires: NOW - 400 });
  assert.match(expired, /expired 400 s ago: refused/);
  assert.match(expired, /VERIFIES as dci-spaced/);
  assert.match(
    await explainLine(digestLine, { created: NOW + 100, expires: NOW + 200 }),
    /100 s ahead of this machine's clock/,
  );
  assert.match(await explainLine(digestLine, { created: NOW, expires: NOW + 4000 }), /valid for 4000 s/);
  assert.match(await explainLine(digestLine, { created: NOW * 10, expires: NOW * 10 }), /ahead/);
  assert.match(await explainLine(digestLine, { kid: 'gov.example|k1|rs256' }), /different algorithms/);
  assert.match(await explainLine(digestLine, { kid: 'other.example|k1|ed25519' }), /not the sender_id of the header/);
  const renamed = await explain(signatureText({ ...usual, digestLine }), {
    key: JSON.stringify({ ...jwk, kid: 'k2' }),
  });
  assert.match(renamed, /kid mismatch: the key given calls itself k2, the signature names k1/);
  assert.match(
    await explain(signatureText({ ...usual, digestLine }).replace('(created) (expires) digest', 'digest')),
    /headers must be/,
  );
  assert.match(await explain('Signature: hello'), /cannot be read/);
  const milliseconds = signatureText({ ...usual, digestLine, created: NOW * 1000 });
  assert.match(await explain(milliseconds), /created is in milliseconds: it must be in seconds/);
  assert.match(
    await explain(signatureText({ ...usual, digestLine }).replace(/signature="[^"]*"$/, 'signature="YWJj"')),
    /64 bytes, this one 3/,
  );
});

test('jws and jws-detached are explained, with their near misses', async () => {
  const encode = (text: string | Uint8Array) => Buffer.from(text).toString('base64url');
  const jws = (payload: string, detached: boolean, header: object = {}) => {
    const input = `${encode(JSON.stringify({ alg: 'EdDSA', kid: 'k1', iat: NOW, exp: NOW + 300, ...header }))}.${encode(payload)}`;
    const signature = encode(sign(null, Buffer.from(input), privateKey));
    return detached ? `${input.split('.')[0]}..${signature}` : `${input}.${signature}`;
  };
  assert.match(await explain(jws(compact, false)), /VERIFIES as jws with/);
  assert.match(
    await explain(jws(compact.replace('search', 'notify'), false)),
    /payload's header is not the body's header: refused/,
  );
  assert.match(await explain(jws(body, true)), /VERIFIES as jws-detached/);
  assert.match(await explain(jws(compact, true)), /Near miss: the payload was the canonical compact text/);
  assert.match(await explain(jws(body, true, { exp: NOW - 5 })), /expired 5 s ago/);
  const set = {
    key: JSON.stringify({
      keys: [
        { ...ed25519Pair().jwk, kid: 'k0' },
        { ...jwk, kid: 'k1' },
      ],
    }),
  };
  assert.match(await explain(jws(body, true), set), /VERIFIES as jws-detached with key k1 of the set/);
  assert.match(
    await explain(jws(body, true, { kid: 'k0' }), set),
    /with key k1 of the set\.\n.*But the signature names k0/,
  );
  assert.match(
    await explain(jws(compact, true, { kid: 'k9' }), set),
    /has no key k9.*with any key of the set\..*Near miss/s,
  );
  assert.match(await explain(jws(body, true, { jwk })), /cannot be used: .*refused/);
});

test('of a key set the key is used that the signature names, else each; which one verifies is said', async () => {
  const other = ed25519Pair();
  const named = (kid: string, of: object = jwk) => ({ ...of, kid });
  const set = (...keys: readonly object[]) => ({ key: JSON.stringify({ keys }) });
  const digestLine = `digest: SHA-256=${sha256(spaced)}`;
  const made = (kid: string, keys: object) => explain(signatureText({ ...usual, digestLine, kid: `gov.example|${kid}|ed25519` }), keys); // biome-ignore format: one look
  const both = set(named('old', other.jwk), named('new'), { kty: 'EC', crv: 'P-256', kid: 'ec' });
  const right = await made('new', both);
  assert.match(right, /It VERIFIES as dci-spaced with key new of the set\./);
  assert.match(right, /Left out of the key set: [^\n]*[^.\n]\.\n/);
  assert.doesNotMatch(right, /But the signature names|has no key|kid mismatch/);
  assert.match(await made('old', both), /VERIFIES as dci-spaced with key new of the set\.\n\s+But the signature names old: .* refused/); // biome-ignore format: one look
  const unnamed = await made('third', both);
  assert.match(unnamed, /The key set has no key third: refused\. Each of its keys is tried: old, new\./);
  assert.match(unnamed, /VERIFIES as dci-spaced with key new of the set/);
  const none = await made('old', set(named('old', other.jwk)));
  assert.match(none, /It does NOT verify as any profile/);
  assert.doesNotMatch(none, /VERIFIES/);
  const near = await explain(signatureText({ ...usual, digestLine: `digest: SHA256=${sha256(spaced)}`, kid: 'third' }), both); // biome-ignore format: one look
  assert.match(near, /Near miss: .*digest name without its hyphen/);
  const twice = await made('new', set(named('old'), named('new')));
  assert.match(twice, /VERIFIES as dci-spaced with key new of the set/, 'the one that is named comes first');
  const nameless = await explain(signatureText({ ...usual, digestLine, kid: 'a|b|c|d|e' }), both);
  assert.match(nameless, /VERIFIES as dci-spaced with key new of the set/);
  assert.doesNotMatch(nameless, /has no key|But the signature names/);
  await assert.rejects(made('k', set()), /no key for signatures that can be used$/);
  await assert.rejects(
    made('k', set(named('k', { ...jwk, use: 'enc' }))),
    /no key for signatures that can be used: .*enc/,
  );
  await assert.rejects(
    made('new', { key: both.key.padEnd(65_537) }),
    /key/i,
    'longer than what is fetched of a key set',
  );
  await assert.rejects(made('k', set(named('k'), named('k'))), /two keys of one kid/);
});

test('a text that is no envelope and a key that is none are said as such', async () => {
  await assert.rejects(explainMessage({ text: '{"header":', profile: 'jws', canonicalOnly: true }), /ends too early/);
  await assert.rejects(
    explainMessage({ text: '{"message":{}}', profile: 'jws', canonicalOnly: true }),
    /has no header/,
  );
  await assert.rejects(explain('', { key: 'hello' }), /neither PEM nor a JWK/);
});

test('of an encrypted message it says for which key, and that the signature covers it as it is', async () => {
  const pair = encryptionPair('p-256');
  const message = await encryptFor(pair.jwk, { secret: 'Łukasz' });
  const header = { version: '1.0.0', action: 'search', sender_id: 'gov.example', is_msg_encrypted: true };
  const about = (envelope: object) =>
    explainMessage({ text: JSON.stringify(envelope), profile: 'dci-spaced', canonicalOnly: false, now });
  const told = await about({ signature: '', header, message });
  assert.match(told, /alg ECDH-ES\+A256KW, enc A256GCM, kid enc-p-256\./);
  assert.match(
    told,
    /covers the encrypted message as it stands here: it must be verified before the message is opened/,
  );
  assert.match(
    told,
    new RegExp(`"ciphertext": "${message.ciphertext}"`),
    'the canonical text is that of what is encrypted',
  );
  assert.doesNotMatch(told, /Refused/);
  const clear = { ...header, is_msg_encrypted: false };
  assert.match(
    await about({ header: clear, message }),
    /is_msg_encrypted is false, the message is encrypted\. Refused\./,
  );
  assert.match(
    await about({ header, message: {} }),
    /is_msg_encrypted is true, the message is not encrypted\. Refused/,
  );
  assert.match(await about({ header: { ...header, is_msg_encrypted: 7 }, message }), /true or false\. Refused\./);
  const other = { ...message, header: { ...message.header, enc: 'A128CBC-HS256' } };
  assert.match(await about({ header, message: other }), /cannot be read: the enc is missing or not supported\./);
  assert.doesNotMatch(await about({ header: clear, message: {} }), /Encryption/);
});
