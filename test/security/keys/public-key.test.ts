import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { KeyProblem, readPublicKey } from '../../../src/security/keys/public-key.ts';

const ed = generateKeyPairSync('ed25519');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = { type: 'spki', format: 'pem' } as const;

const refused = (key: string | object, sentence: RegExp) =>
  assert.rejects(readPublicKey(key), (error) => error instanceof KeyProblem && sentence.test(error.message));

test('Ed25519 and RSA keys are read from PEM and JWK alike, public members only', async () => {
  const { x } = ed.publicKey.export({ format: 'jwk' });
  const expected = { algorithm: 'ed25519', jwk: { kty: 'OKP', crv: 'Ed25519', x } };
  assert.deepEqual(await readPublicKey(ed.publicKey.export(pem)), { ...expected, keyId: undefined });
  assert.deepEqual(await readPublicKey({ kty: 'OKP', crv: 'Ed25519', x, kid: 'k1', extra: 1 }), {
    ...expected,
    keyId: 'k1',
  });
  assert.deepEqual(await readPublicKey(JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x })), {
    ...expected,
    keyId: undefined,
  });
  const { n, e } = rsa.publicKey.export({ format: 'jwk' });
  const rsaKey = { algorithm: 'rsa', jwk: { kty: 'RSA', n, e }, keyId: undefined };
  assert.deepEqual(await readPublicKey(rsa.publicKey.export(pem)), rsaKey);
  assert.deepEqual(await readPublicKey(rsa.publicKey.export({ type: 'pkcs1', format: 'pem' })), rsaKey);
});

test('the kid of a gateway like ours is its middle part', async () => {
  const jwk = { ...ed.publicKey.export({ format: 'jwk' }), kid: 'gov.example|key-7|ed25519' };
  assert.equal((await readPublicKey(jwk)).keyId, 'key-7');
});

test('a private key is refused and says so, in every form', async () => {
  const sentence = /private key/;
  await refused(ed.privateKey.export({ type: 'pkcs8', format: 'pem' }), sentence);
  await refused(rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }), sentence);
  await refused(
    rsa.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' }),
    sentence,
  );
  await refused(ed.privateKey.export({ format: 'jwk' }), sentence);
  await refused({ ...rsa.publicKey.export({ format: 'jwk' }), p: 'AQ' }, sentence);
  await refused({ kty: 'oct', k: 'c2VjcmV0' }, sentence);
});

test('RSA below 2048 bits, huge moduli and odd exponents are refused', async () => {
  await refused(
    generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export(pem),
    /1024 bits; 2048 are needed/,
  );
  const { n = '' } = rsa.publicKey.export({ format: 'jwk' });
  await refused({ kty: 'RSA', n, e: 'AQ' }, /exponent|cannot be read/);
  const long = Buffer.alloc(2048, 0xff).toString('base64url');
  await refused({ kty: 'RSA', n: long, e: 'AQAB' }, /more than 8192 bits|cannot be read/);
});

test('other kinds, other uses and rubbish are refused', async () => {
  await refused(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export(pem), /Only Ed25519 and RSA/);
  await refused(
    generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }),
    /Only Ed25519 and RSA|cannot be read/,
  );
  const jwk = ed.publicKey.export({ format: 'jwk' });
  await refused({ ...jwk, use: 'enc' }, /use/);
  await refused({ ...jwk, key_ops: ['encrypt'] }, /key_ops/);
  await refused({ ...rsa.publicKey.export({ format: 'jwk' }), alg: 'RSA-OAEP-256' }, /`alg` is one for encryption/);
  await refused({ ...jwk, kid: 7 }, /kid/);
  await refused('hello', /neither PEM nor a JWK/);
  await refused('[]', /cannot be read|neither/);
  await refused('null', /neither PEM nor a JWK/);
  await refused({ kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }, /cannot be read|no point/);
  await refused(`${ed.publicKey.export(pem)}${rsa.publicKey.export(pem)}`, /more than one key/);
  await refused('x'.repeat(20_000), /too long/);
});
