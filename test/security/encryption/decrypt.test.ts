import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { FlattenedEncrypt } from 'jose';
import { parseJsonObject } from '../../../src/dci/json-parse.ts';
import { type DecryptionKey, decryptMessage } from '../../../src/security/encryption/decrypt.ts';
import { encryptMessage } from '../../../src/security/encryption/encrypt.ts';
import { makeEncryptionKey } from '../../../src/security/keys/ready-key.ts';
import { vectorKey, vectorMessage, vectorText } from '../../support/encryption-vector.ts';
import {
  decryptByHand,
  decryptWith,
  type EncryptionPair,
  encryptByHand,
  encryptFor,
  encryptionPair,
  type Jwe,
} from '../../support/jwe.ts';

const rsa = encryptionPair('rsa');
const PAIRS: readonly EncryptionPair[] = [rsa, encryptionPair('p-256'), encryptionPair('x25519')];
const TEXT = '{"name":"N\\u00fa\\u00f1ez","n":45.0,"big":12345678901234567890}';

const keyOf = ({ privateKey, alg }: EncryptionPair): DecryptionKey => ({
  keyObject: privateKey,
  algorithm: alg === 'RSA-OAEP-256' ? 'RSA-OAEP-256' : 'ECDH-ES+A256KW',
});

const open = async (message: unknown, pair = rsa): Promise<string> => {
  const node = parseJsonObject(JSON.stringify(message), { maxDepth: 32 }).root;
  const opened = await decryptMessage(node, (kid) => (kid === pair.kid ? keyOf(pair) : undefined));
  return opened.toString('utf8');
};

const refused = (message: unknown, why: RegExp, pair = rsa): Promise<void> =>
  assert.rejects(open(message, pair), (error: Error) => error.name === 'EncryptionProblem' && why.test(error.message));

const ours = ({ kid, jwk, alg }: EncryptionPair) => {
  const { use: _, alg: __, kid: ___, ...bare } = jwk;
  return makeEncryptionKey({
    keyId: kid,
    algorithm: alg === 'RSA-OAEP-256' ? 'RSA-OAEP-256' : 'ECDH-ES+A256KW',
    jwk: bare,
  });
};

for (const pair of PAIRS) {
  test(`what jose encrypts for ${pair.kid} we open, and the reverse, byte by byte`, async () => {
    assert.equal(await open(await encryptFor(pair.jwk, TEXT), pair), TEXT);
    const made = await encryptMessage(TEXT, ours(pair));
    assert.deepEqual(made.header, { alg: pair.alg, enc: 'A256GCM', kid: pair.kid });
    assert.equal(made.protected === undefined, pair.alg === 'RSA-OAEP-256', 'the ephemeral key is protected');
    assert.deepEqual(await decryptWith(pair, JSON.parse(JSON.stringify(made))), JSON.parse(TEXT));
    assert.ok(!JSON.stringify(made).includes('45.0'));
  });

  test(`a byte changed anywhere in a message for ${pair.kid} leaves nothing to read`, async () => {
    const good = await encryptFor(pair.jwk, TEXT);
    for (const member of ['ciphertext', 'encrypted_key', 'tag', 'iv', 'protected'] as const) {
      const text = good[member];
      if (text === undefined) continue;
      const bytes = Buffer.from(text, 'base64url');
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      await refused(
        { ...good, [member]: bytes.toString('base64url') },
        /does not open|protected|refused|missing/,
        pair,
      );
    }
    await refused({ ...good, ciphertext: '' }, /does not open/, pair);
  });
}

test('code that shares nothing with ours but the standard agrees, both ways', async () => {
  assert.equal(await open(encryptByHand(rsa.jwk, TEXT)), TEXT);
  assert.equal(decryptByHand(rsa.privateKey, await encryptMessage(TEXT, ours(rsa))), TEXT);
});

test('a fixed message of another implementation opens', async () => {
  const keyObject = createPrivateKey({ key: vectorKey, format: 'jwk' });
  const node = parseJsonObject(JSON.stringify(vectorMessage), { maxDepth: 32 }).root;
  const opened = await decryptMessage(node, () => ({ keyObject, algorithm: 'RSA-OAEP-256' }));
  assert.equal(opened.toString('utf8'), vectorText);
});

test('a message is two different texts when it is encrypted twice', async () => {
  const [first, second] = [await encryptMessage(TEXT, ours(rsa)), await encryptMessage(TEXT, ours(rsa))];
  for (const member of ['ciphertext', 'encrypted_key', 'tag', 'iv'] as const)
    assert.notEqual(first[member], second[member]);
});

test('alg, enc and kid may be protected, as jose writes them by itself', async () => {
  const jwe = await new FlattenedEncrypt(Buffer.from(TEXT))
    .setProtectedHeader({ alg: rsa.alg, enc: 'A256GCM', kid: rsa.kid, typ: 'JWE' })
    .encrypt(createPublicKey(rsa.privateKey));
  assert.equal(await open(jwe), TEXT);
});

test('only what is on the list opens: no other alg, enc, compression, password, direct key, or key that it brings', async () => {
  const good = await encryptFor(rsa.jwk, TEXT);
  const header = (over: object): Jwe => ({ ...good, header: { ...good.header, ...over } });
  for (const alg of [
    undefined,
    'RSA1_5',
    'RSA-OAEP',
    'RSA-OAEP-512',
    'dir',
    'A256KW',
    'PBES2-HS256+A128KW',
    'ECDH-ES',
    'none',
    7,
  ])
    await refused(header({ alg }), /alg is missing|no text/);
  await refused(header({ alg: 'ECDH-ES+A256KW' }), /not the one of the key/);
  for (const enc of [undefined, 'A128GCM', 'A256CBC-HS512', 'none']) await refused(header({ enc }), /enc is missing/);
  for (const member of [
    'zip',
    'crit',
    'p2s',
    'p2c',
    'jwk',
    'jku',
    'x5u',
    'x5c',
    'x5t',
    'b64',
    'iv',
    'tag',
    '__proto__',
  ])
    await refused(withMember(good, member), /refused/);
  for (const member of ['aad', 'recipients', 'unprotected']) await refused({ ...good, [member]: {} }, /refused/);
  const doubled = Buffer.from('{"alg":"RSA-OAEP-256"}').toString('base64url');
  await refused({ ...good, protected: doubled }, /stands in header and in protected/);
  for (const text of ['{"zip":"DEF"}', '{"a":1}', '[]', 'x', '{"alg":"dir","alg":"dir"}'])
    await refused({ ...good, protected: Buffer.from(text).toString('base64url') }, /protected/);
});

/** Also for names that an object literal would not keep. */
const withMember = (good: Jwe, name: string): unknown => {
  const header: Record<string, unknown> = Object.assign(Object.create(null), good.header);
  Object.defineProperty(header, name, { value: 'DEF', enumerable: true });
  return { ...good, header };
};

test('another kid, another key, and members that are absent, too long or no base64url are refused', async () => {
  const good = await encryptFor(rsa.jwk, TEXT);
  await refused({ ...good, header: { ...good.header, kid: 'other' } }, /names no key of ours/);
  for (const kid of [undefined, '', 'k'.repeat(301)])
    await refused({ ...good, header: { ...good.header, kid } }, /kid/);
  const { jwk } = encryptionPair('rsa');
  await refused(await encryptFor({ ...jwk, kid: rsa.kid }, TEXT), /does not open/);
  for (const member of ['ciphertext', 'encrypted_key', 'tag', 'iv'] as const) {
    for (const value of [undefined, null, 7, {}, 'a b', 'a=', 'a+/', 'ä'])
      await refused({ ...good, [member]: value }, new RegExp(member));
  }
  await refused({ ...good, encrypted_key: 'A'.repeat(1_401) }, /encrypted_key/);
  await refused({ ...good, iv: good.iv.repeat(2) }, /iv/);
  await refused({ ...good, tag: good.tag.slice(0, 11) }, /tag/);
  await refused({ ...good, header: undefined }, /alg/);
  await refused({ ...good, header: 'x' }, /header is no object/);
  await refused({ ...good, protected: 'A'.repeat(2_049) }, /protected/);
});

test('an ephemeral key that is none, of another curve or off its curve opens nothing', async () => {
  const p256 = encryptionPair('p-256');
  const good = await encryptFor(p256.jwk, TEXT);
  const epk = (JSON.parse(Buffer.from(good.protected ?? '', 'base64url').toString()) as { epk: object }).epk;
  const withEpk = (value: unknown) => ({
    ...good,
    protected: Buffer.from(JSON.stringify({ epk: value })).toString('base64url'),
  });
  for (const bad of [7, { ...epk, x: 7 }]) await refused(withEpk(bad), /epk|x is no text/, p256);
  const zero = Buffer.alloc(32).toString('base64url');
  for (const bad of [{}, { ...epk, y: zero }, { kty: 'OKP', crv: 'X25519', x: zero }, { ...epk, crv: 'P-521' }])
    await refused(withEpk(bad), /does not open/, p256);
  const { protected: _, ...without } = good;
  await refused(without, /does not open/, p256);
  const x = encryptionPair('x25519');
  const small = Buffer.from(JSON.stringify({ epk: { kty: 'OKP', crv: 'X25519', x: zero } })).toString('base64url');
  await refused({ ...(await encryptFor(x.jwk, TEXT)), protected: small }, /does not open/, x);
});
