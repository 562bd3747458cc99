import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlattenedEncrypt, importJWK, jwtVerify, SignJWT } from 'jose';
import { parseJsonObject } from '../../../src/dci/json-parse.ts';
import { decryptMessage } from '../../../src/security/encryption/decrypt.ts';
import {
  type OwnKeys,
  type OwnKeysOptions,
  openOwnKeys,
  type PublishedKey,
} from '../../../src/security/keys/own-keys.ts';
import { readPublicKey } from '../../../src/security/keys/public-key.ts';
import { createMemoryKeyStore, createTestSealer, makeLentKey } from '../../support/memory-keys.ts';

const LENT_KEY = await makeLentKey();
const HOUR_MS = 3_600_000;

/** Where no store is given the RSA key is there already. */
const setUp = async (rest: Partial<OwnKeysOptions> = {}, store = createMemoryKeyStore([LENT_KEY])) => {
  const time = { now: Date.parse('2026-06-01T00:00:00Z') };
  const options = {
    store,
    sealer: createTestSealer(),
    clock: () => time.now,
    senderId: 'gateway.example',
    jwksMaxAgeSeconds: 3600,
    ...rest,
  };
  return { store, time, options, keys: await openOwnKeys(options) };
};

const publishedFor = (keys: OwnKeys, use: 'sig' | 'enc'): readonly PublishedKey[] =>
  keys.jwks().keys.filter((key) => key.use === use);

test('keys are made at the first start, kept, and the same after a restart', async () => {
  const { options, store, keys } = await setUp({}, createMemoryKeyStore());
  assert.deepEqual([...store.stored.keys()].sort(), ['encryption-ec-1', 'encryption-rsa-1', 'signing-1', 'token-1']);
  const again = await openOwnKeys(options);
  assert.equal(again.signingKey().kid, keys.signingKey().kid);
  assert.equal(again.tokenKey().keyId, keys.tokenKey().keyId);
  assert.match(keys.signingKey().kid, /^gateway\.example\|[0-9a-f]{16}\|ed25519$/);
});

test('replicas that start together make one key of each use and sign with the same', async () => {
  const store = createMemoryKeyStore();
  const replicas = await Promise.all(Array.from({ length: 4 }, () => setUp({}, store)));
  assert.equal(store.stored.size, 4);
  assert.equal(new Set(replicas.map(({ keys }) => keys.signingKey().kid)).size, 1);
  assert.equal(new Set(replicas.map(({ keys }) => keys.tokenKey().keyId)).size, 1);
});

test('a replica whose clock is behind can use the key the other one made', async () => {
  const { store, time } = await setUp();
  const behind = await setUp({ clock: () => time.now - 5000 }, store);
  assert.ok(behind.keys.signingKey());
});

test('private parts are sealed in the store, and a wrong sealing key is said clearly', async () => {
  const { store, options } = await setUp({ sealer: createTestSealer('right') }, createMemoryKeyStore());
  for (const key of store.stored.values()) {
    assert.match(key.sealedPrivateJwk, /^right:/);
    assert.equal('d' in key.publicJwk, false);
  }
  await assert.rejects(openOwnKeys({ ...options, sealer: createTestSealer('wrong') }), {
    code: 'service.fault',
    message: /signing-1 .*encryption_key/,
  });
});

test('a stored key whose parts do not belong together is refused', async () => {
  const { store, options } = await setUp();
  const [signing, token] = [store.stored.get('signing-1'), store.stored.get('token-1')];
  assert.ok(signing && token);
  store.stored.set(signing.id, { ...signing, publicJwk: token.publicJwk });
  await assert.rejects(openOwnKeys(options), { message: /damaged/ });
});

test('the JWKS shows the signing key with its full kid, never the token key nor a private part', async () => {
  const { keys } = await setUp();
  const published = publishedFor(keys, 'sig');
  assert.equal(published.length, 1);
  const [key] = published;
  assert.ok(key);
  assert.deepEqual(
    { ...key, x: '' },
    { kty: 'OKP', kid: keys.signingKey().kid, use: 'sig', alg: 'EdDSA', crv: 'Ed25519', x: '' },
  );
  assert.equal((await readPublicKey(key)).keyId, keys.signingKey().keyId);
  assert.ok(await importJWK({ ...key }, 'EdDSA'));
  assert.notEqual(keys.tokenKey().keyId, keys.signingKey().keyId);
});

test('the token key signs JWTs that its public part verifies', async () => {
  const { keys } = await setUp();
  const jwt = await new SignJWT({}).setProtectedHeader({ alg: 'EdDSA' }).sign(keys.tokenKey().keyObject);
  const [key] = keys.tokenPublicKeys();
  assert.ok(key);
  await jwtVerify(jwt, key.keyObject);
});

test('a rotated key is published for max-age and a minute before it signs, the old one a day after', async () => {
  const { keys, time } = await setUp();
  const old = keys.signingKey().keyId;
  const next = await keys.rotate();
  assert.equal(next.state, 'pending');
  const kids = () =>
    publishedFor(keys, 'sig')
      .map((key) => key.kid.split('|')[1])
      .sort();
  assert.deepEqual(kids(), [old, next.keyId].sort());
  time.now += HOUR_MS + 60_000 - 1;
  assert.equal(keys.signingKey().keyId, old);
  time.now += 1;
  assert.equal(keys.signingKey().keyId, next.keyId);
  assert.deepEqual(kids(), [old, next.keyId].sort());
  time.now += 24 * HOUR_MS;
  assert.deepEqual(kids(), [next.keyId]);
  assert.deepEqual(
    keys
      .list()
      .filter((key) => key.use === 'sig')
      .map((key) => key.state),
    ['removed', 'active'],
  );
});

test('every moment of a rotation has exactly one signing key, and it is in the JWKS', async () => {
  const { keys, time } = await setUp();
  for (let rotation = 0; rotation < 3; rotation += 1) {
    await keys.rotate();
    for (let step = 0; step < 60; step += 1) {
      time.now += HOUR_MS / 2;
      assert.ok(keys.jwks().keys.some((key) => key.kid === keys.signingKey().kid));
    }
  }
});

test('a rotation while one is waiting is refused', async () => {
  const { keys } = await setUp();
  await keys.rotate();
  await assert.rejects(keys.rotate(), /already waiting/);
});

test('another replica learns of a rotation by refreshing', async () => {
  const { keys, options, time } = await setUp();
  const other = await openOwnKeys(options);
  const next = await keys.rotate();
  assert.equal(publishedFor(other, 'sig').length, 1);
  await other.refresh();
  assert.equal(publishedFor(other, 'sig').length, 2);
  time.now += 2 * HOUR_MS;
  assert.equal(other.signingKey().keyId, next.keyId);
});

test('the token key rotates within a minute; tokens of the old one verify for a day', async () => {
  const { keys, time } = await setUp();
  const old = keys.tokenKey().keyId;
  const next = await keys.rotate('token');
  time.now += 60_000;
  assert.equal(keys.tokenKey().keyId, next.keyId);
  assert.deepEqual(
    keys
      .tokenPublicKeys()
      .map((key) => key.keyId)
      .sort(),
    [old, next.keyId].sort(),
  );
  assert.equal(publishedFor(keys, 'sig').length, 1, 'still not in the JWKS');
  time.now += 24 * HOUR_MS;
  assert.deepEqual(
    keys.tokenPublicKeys().map((key) => key.keyId),
    [next.keyId],
  );
});

test('retiring ends a key at once, and the waiting one takes over', async () => {
  const { keys } = await setUp();
  const old = keys.signingKey().keyId;
  await assert.rejects(keys.retire(old), /only key/);
  await assert.rejects(keys.retire('nothing'), /no key of this id/);
  const next = await keys.rotate();
  await keys.retire(old);
  assert.equal(keys.signingKey().keyId, next.keyId);
  assert.deepEqual(
    publishedFor(keys, 'sig').map((key) => key.kid),
    [next.kid],
  );
});

test('retiring the waiting key leaves the present one signing for good', async () => {
  const { keys, time } = await setUp();
  const old = keys.signingKey().keyId;
  const next = await keys.rotate();
  await keys.retire(next.keyId);
  time.now += 100 * HOUR_MS;
  assert.equal(keys.signingKey().keyId, old);
  assert.equal(publishedFor(keys, 'sig').length, 1);
  await keys.rotate();
});

/** A message that a partner encrypts for a key of the set, and what we open of it. */
const sentFor = async (key: PublishedKey) => {
  const jwe = await new FlattenedEncrypt(Buffer.from('{"a":1}'))
    .setUnprotectedHeader({ alg: key.alg, enc: 'A256GCM', kid: key.kid })
    .encrypt(await importJWK({ ...key }, key.alg));
  const message = parseJsonObject(JSON.stringify(jwe), { maxDepth: 8 }).root;
  return async (keys: OwnKeys): Promise<string> =>
    (await decryptMessage(message, (kid) => keys.decryptionKey(kid))).toString();
};

test('two keys for encryption are in the JWKS, RSA first, with no private part, and open what is encrypted for them', async () => {
  const { keys, options } = await setUp({}, createMemoryKeyStore());
  const published = publishedFor(keys, 'enc');
  assert.deepEqual(
    published.map(({ kty, alg, crv }) => [kty, alg, crv]),
    [
      ['RSA', 'RSA-OAEP-256', undefined],
      ['EC', 'ECDH-ES+A256KW', 'P-256'],
    ],
  );
  assert.ok((published[0]?.n?.length ?? 0) >= 512, 'RSA of 3072 bits');
  for (const key of published) {
    assert.match(key.kid, /^gateway\.example\|[0-9a-f]{16}\|(rsa-oaep-256|ecdh-es\+a256kw)$/);
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi']) assert.equal(key[member], undefined);
    const open = await sentFor(key);
    assert.equal(await open(keys), '{"a":1}');
    assert.equal(await open(await openOwnKeys(options)), '{"a":1}', 'after a restart');
  }
});

test('a key for encryption is named by its kid or its bare id, of our sender id only; keys that sign open nothing', async () => {
  const { keys } = await setUp();
  const [{ kid } = { kid: '' }] = publishedFor(keys, 'enc');
  const [ours = '', keyId = ''] = kid.split('|');
  for (const name of [kid, keyId, `${ours}|${keyId}`]) assert.ok(keys.decryptionKey(name), name);
  for (const name of ['', 'x', `somebody|${keyId}`, keys.signingKey().kid, keys.tokenKey().keyId])
    assert.equal(keys.decryptionKey(name), undefined, name);
});

test('a rotated key for encryption is published once every replica opens it; the old one opens until it is retired', async () => {
  const { keys, time, options } = await setUp();
  const [old] = publishedFor(keys, 'enc');
  assert.ok(old);
  const openOld = await sentFor(old);
  const other = await openOwnKeys(options);
  const next = await keys.rotate('encryption-rsa');
  await other.refresh();
  assert.ok(other.decryptionKey(next.kid), 'it opens before it is published');
  assert.deepEqual(publishedFor(keys, 'enc').map(({ kid }) => kid)[0], old.kid);
  time.now += 60_000;
  const published = publishedFor(keys, 'enc').map(({ kid }) => kid);
  assert.deepEqual([published.length, published[0]], [2, next.kid]);
  time.now += 365 * 24 * HOUR_MS;
  await keys.refresh();
  assert.equal(await openOld(keys), '{"a":1}');
  await keys.retire(old.kid.split('|')[1] ?? '');
  await assert.rejects(openOld(keys), { name: 'EncryptionProblem', message: /names no key of ours/ });
  await assert.rejects(keys.retire(next.keyId), /only key/);
});
