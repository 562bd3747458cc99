import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { Log } from '../../../src/log.ts';
import { createPartnerKeys } from '../../../src/security/keys/partner-keys.ts';
import { createOutbound } from '../../../src/security/outbound/http-client.ts';
import { ed25519Pair, partnerWith, pinned, silentLog } from '../../support/signing-partner.ts';

const MINUTE_MS = 60_000;

interface Answer {
  status?: number;
  cacheControl?: string;
  location?: string;
  body: unknown;
  delayMs?: number;
}

/** A partner's server with a key set, and keys looked up there over a real socket. */
const startKeyServer = async (answer: Answer, log: Log = silentLog) => {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    calls.push(request.url ?? '');
    setTimeout(() => {
      response.writeHead(answer.status ?? 200, {
        'content-type': 'application/json',
        ...(answer.cacheControl === undefined ? {} : { 'cache-control': answer.cacheControl }),
        ...(answer.location === undefined ? {} : { location: answer.location }),
      });
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    }, answer.delayMs ?? 0);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const time = { now: 1_000_000_000_000 };
  const outbound = createOutbound({ timeoutMs: 10_000, allowOrigins: [origin], privateOrigins: [origin] });
  const keys = createPartnerKeys({ outbound, clock: () => time.now, log });
  const partner = partnerWith([], { jwksUrl: `${origin}/jwks` });
  return {
    answer,
    calls,
    time,
    origin,
    partner,
    keys,
    find: (keyId: string) => keys.find(partner, { keyId }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const member = (kid: string, rest: object = {}) => ({ ...ed25519Pair().jwk, kid, use: 'sig', alg: 'EdDSA', ...rest });

test("pinned keys are found among this partner's active ones only, and made ready once", async () => {
  const outbound = createOutbound({ timeoutMs: 1000, allowOrigins: [], privateOrigins: [] });
  const keys = createPartnerKeys({ outbound, clock: Date.now, log: silentLog });
  const { jwk } = ed25519Pair();
  const partner = partnerWith([pinned('k1', jwk), pinned('k2', jwk, { active: false })], { senderIds: ['a', 'b'] });
  const found = await keys.find(partner, { keyId: 'k1', senderId: 'b' });
  assert.equal(found?.keyId, 'k1');
  assert.equal(await keys.find(partner, { keyId: 'k1' }), found);
  assert.equal(await keys.find(partner, { keyId: 'k2' }), undefined);
  assert.equal(await keys.find(partner, { keyId: 'k3' }), undefined);
  assert.equal(await keys.find(partner, { keyId: 'k1', senderId: 'c' }), undefined);
});

test('a key is fetched from the registered address, once for all who ask at the same time', async () => {
  await using server = await startKeyServer({
    body: { keys: [member('k1'), member('gov.example|k2|ed25519')] },
    delayMs: 30,
  });
  const found = await Promise.all(Array.from({ length: 20 }, (_, index) => server.find(`k${1 + (index % 2)}`)));
  assert.deepEqual(new Set(found.map((key) => key?.keyId)), new Set(['k1', 'k2']));
  assert.deepEqual(server.calls, ['/jwks']);
});

test('a set is kept for its max-age, at least 5 minutes and at most a day', async () => {
  const cases = [
    [undefined, 5],
    ['no-store', 5],
    ['max-age=10', 5],
    ['public, max-age=1800', 30],
    ['max-age=99999999', 24 * 60],
  ] as const;
  for (const [cacheControl, minutes] of cases) {
    await using server = await startKeyServer({
      body: { keys: [member('k1')] },
      ...(cacheControl === undefined ? {} : { cacheControl }),
    });
    await server.find('k1');
    server.answer.status = 500;
    server.time.now += minutes * MINUTE_MS - 1;
    assert.ok(await server.find('k1'), `${cacheControl}: kept although it cannot be fetched again`);
    server.time.now += 1;
    assert.equal(await server.find('k1'), undefined, `${cacheControl}: not kept longer`);
  }
});

test('a set in use is renewed before its age ends, without anybody waiting', async () => {
  await using server = await startKeyServer({ body: { keys: [member('k1')] }, cacheControl: 'max-age=1000' });
  await server.find('k1');
  server.time.now += 799_000;
  await server.find('k1');
  assert.equal(server.calls.length, 1);
  server.time.now += 2000;
  await server.find('k1');
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(server.calls.length, 2);
  server.time.now += 900_000;
  assert.ok(await server.find('k1'));
});

test('an unknown kid fetches again, at most once a minute', async () => {
  await using server = await startKeyServer({ body: { keys: [member('k1')] } });
  await server.find('k1');
  for (let index = 0; index < 10; index += 1) assert.equal(await server.find(`x${index}`), undefined);
  assert.equal(server.calls.length, 1, 'the set was fetched a moment ago');
  server.time.now += MINUTE_MS;
  server.answer.body = { keys: [member('k1'), member('new')] };
  assert.equal((await server.find('new'))?.keyId, 'new');
  for (let index = 0; index < 10; index += 1) await server.find(`y${index}`);
  assert.equal(server.calls.length, 2);
});

test('a kid that left the set stops working at the next fetch', async () => {
  await using server = await startKeyServer({ body: { keys: [member('k1'), member('k2')] } });
  assert.ok(await server.find('k2'));
  server.answer.body = { keys: [member('k1')] };
  server.time.now += MINUTE_MS;
  await server.find('anything');
  assert.equal(await server.find('k2'), undefined);
  assert.ok(await server.find('k1'));
});

test('a fetch that fails keeps the cached keys, and is not repeated for a minute', async () => {
  await using server = await startKeyServer({ body: { keys: [member('k1')] } });
  await server.find('k1');
  server.time.now += MINUTE_MS;
  server.answer.status = 503;
  for (let index = 0; index < 5; index += 1) assert.equal(await server.find('x'), undefined);
  assert.ok(await server.find('k1'));
  assert.equal(server.calls.length, 2);
});

test('too many bytes, too many keys, doubled kids, redirects and rubbish give no key', async () => {
  const bodies: readonly Partial<Answer>[] = [
    { body: { keys: [member('k1')], padding: 'x'.repeat(66_000) } },
    { body: { keys: [member('k1'), ...Array.from({ length: 50 }, (_, index) => ({ kty: 'EC', kid: `e${index}` }))] } },
    { body: { keys: [member('k1'), member('k1')] } },
    { body: { keys: [member('k1'), member('x|k1|ed25519')] } },
    { body: { keys: member('k1') } },
    { body: [member('k1')] },
    { body: 'hello' },
    { body: `{"keys":[],"keys":[${JSON.stringify(member('k1'))}]}` },
    { body: '', status: 302, location: '/elsewhere' },
    { body: { keys: [member('k1')] }, status: 404 },
  ];
  for (const body of bodies) {
    await using server = await startKeyServer(body as Answer);
    assert.equal(await server.find('k1'), undefined, JSON.stringify(body).slice(0, 80));
    assert.equal(server.calls.length, 1, 'a redirect is not followed');
  }
});

test('a set that cannot be fetched again tells for a day whom to encrypt for, though its keys verify nothing any more', async () => {
  const { jwk } = ed25519Pair();
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const enc = { ...rsa, kid: 'e1', alg: 'RSA-OAEP-256' };
  for (const keys of [[member('k1')], [member('k1'), { ...enc, use: 'enc' }], [member('k1'), enc]]) {
    await using server = await startKeyServer({ body: { keys } });
    const partner = { ...server.partner, keys: [pinned('p1', jwk)] };
    const encryptedFor = async () => (await server.keys.encryptionKey(partner))?.keyId;
    const expected = keys.length === 2 ? 'e1' : undefined;
    assert.equal(await encryptedFor(), expected);
    server.answer.status = 503;
    server.time.now += 10 * MINUTE_MS;
    assert.equal(await server.keys.find(partner, { keyId: 'k1' }), undefined);
    assert.equal(await encryptedFor(), expected);
    server.time.now += 24 * 60 * MINUTE_MS - 10 * MINUTE_MS - 1;
    assert.equal(await encryptedFor(), expected);
    server.time.now += 1;
    await assert.rejects(encryptedFor(), { code: 'service.unavailable' });
  }
});

test('a key that says by alg, key_ops or curve that it encrypts is one for encryption: where it cannot be used nothing goes out in clear', async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const x25519 = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' });
  const unusable = [
    { ...rsa, alg: 'RSA-OAEP' },
    { ...rsa, alg: 'RSA1_5' },
    { ...ec, alg: 'ECDH-ES' },
    { ...x25519, alg: 'ECDH-ES+A128KW' },
  ];
  for (const key of unusable) {
    await using server = await startKeyServer({ body: { keys: [member('k1'), { ...key, kid: 'e1' }] } });
    await assert.rejects(server.keys.encryptionKey(server.partner), { code: 'service.unavailable' }, key.alg);
    assert.equal(await server.find('e1'), undefined, `${key.alg}: it verifies nothing`);
    assert.ok(await server.find('k1'));
  }
  for (const key of [x25519, { ...ec, key_ops: ['deriveKey'] }, { ...rsa, key_ops: ['wrapKey', 'encrypt'] }]) {
    await using server = await startKeyServer({ body: { keys: [member('k1'), { ...key, kid: 'e1' }] } });
    assert.equal((await server.keys.encryptionKey(server.partner))?.keyId, 'e1');
    assert.equal(await server.find('e1'), undefined);
  }
  await using server = await startKeyServer({ body: { keys: [{ ...rsa, kid: 'k1', key_ops: ['verify'] }, { ...rsa, kid: 'k2' }] } }); // biome-ignore format: one look
  assert.ok((await server.find('k1')) && (await server.find('k2')));
  assert.equal(await server.keys.encryptionKey(server.partner), undefined);
});

test('keys for encryption that share a kid take nothing from the keys that sign: the first is encrypted for', async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const shared = { kid: 'e1', use: 'enc' };
  await using server = await startKeyServer({
    body: { keys: [member('k1'), { ...ec, ...shared }, { ...rsa, ...shared }] },
  });
  assert.ok(await server.find('k1'));
  assert.equal((await server.keys.encryptionKey(server.partner))?.algorithm, 'ECDH-ES+A256KW');
});

test('members of the set that cannot be used are passed over, the others work', async () => {
  const others = [
    member('enc', { use: 'enc' }),
    { kty: 'EC', kid: 'ec' },
    member('private', { d: 'AAAA' }),
    ed25519Pair().jwk,
    null,
    7,
  ];
  await using server = await startKeyServer({ body: { keys: [...others, member('k1')] } });
  assert.ok(await server.find('k1'));
  for (const kid of ['enc', 'ec', 'private']) assert.equal(await server.find(kid), undefined);
});

test('a key switched off by the operator stays off although the set has it', async () => {
  await using server = await startKeyServer({ body: { keys: [member('k1')] } });
  const { jwk } = ed25519Pair();
  const partner = { ...server.partner, keys: [pinned('k1', jwk, { active: false, source: 'jwks' })] };
  assert.equal(await server.keys.find(partner, { keyId: 'k1' }), undefined);
  assert.equal(server.calls.length, 0);
});

test('the stored copy of a fetched key does not outlive its place in the set', async () => {
  await using server = await startKeyServer({ body: { keys: [] } });
  const partner = { ...server.partner, keys: [pinned('k1', ed25519Pair().jwk, { source: 'jwks' })] };
  assert.equal(await server.keys.find(partner, { keyId: 'k1' }), undefined);
});

test('partners do not share their sets, even at one address', async () => {
  await using server = await startKeyServer({ body: { keys: [member('k1')] } });
  await server.find('k1');
  assert.ok(await server.keys.find({ ...server.partner, id: 'other' }, { keyId: 'k1' }));
  assert.equal(server.calls.length, 2);
});

test('a clock that is put back makes no key set last longer, and holds up no fetch', async () => {
  await using server = await startKeyServer({ body: { keys: [member('old')] }, cacheControl: 'max-age=1800' });
  assert.ok(await server.find('old'));
  server.time.now -= 365 * 24 * 60 * MINUTE_MS;
  server.answer.body = { keys: [member('new')] };
  assert.ok(await server.find('new'), 'fetched again');
  assert.equal(await server.find('old'), undefined, 'what left the set is not known any more');
  server.time.now -= 60 * MINUTE_MS;
  server.answer.status = 500;
  assert.equal(await server.find('new'), undefined, 'how old it is cannot be told');
  assert.equal(server.calls.length, 3);
});
