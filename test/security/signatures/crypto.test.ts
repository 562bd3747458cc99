/** Both adapters and a second opinion (@noble/ed25519) on the same keys, messages and hostile signatures: all must agree. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import * as noble from '@noble/ed25519';
import { KeyProblem, readPublicKey } from '../../../src/security/keys/public-key.ts';
import type { Ed25519PrivateKey, Ed25519PublicKey, SignatureCrypto } from '../../../src/security/signatures/crypto.ts';
import { createNodeCrypto } from '../../../src/security/signatures/crypto-node.ts';
import { createSharedCrypto } from '../../../src/security/signatures/crypto-shared.ts';
import { nodeEd25519, sodiumEd25519 } from '../../../src/security/signatures/ed25519-bytes.ts';
import { isSignatureForm } from '../../../src/security/signatures/ed25519-form.ts';
import { createEd25519Thread, type Ed25519Thread } from '../../../src/security/signatures/ed25519-thread.ts';
import { importSodium } from '../../../src/security/signatures/sodium.ts';
import { SIGNATURE_VECTORS, VECTOR_CREATED, VECTOR_EXPIRES } from '../../support/signature-vectors.ts';

const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const seed = Uint8Array.from({ length: 32 }, (_, index) => index);
const point = await noble.getPublicKeyAsync(seed);
const message = Buffer.from('(created): 1\n(expires): 2\ndigest: SHA-256=abc');
const honest = await noble.signAsync(message, seed);

const publicKey = (bytes: Uint8Array): Ed25519PublicKey => ({
  point: bytes,
  keyObject: createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(bytes).toString('base64url') },
    format: 'jwk',
  }),
});
const privateKey: Ed25519PrivateKey = {
  seedAndPoint: Buffer.concat([seed, point]),
  keyObject: createPrivateKey({
    key: {
      kty: 'OKP',
      crv: 'Ed25519',
      x: Buffer.from(point).toString('base64url'),
      d: Buffer.from(seed).toString('base64url'),
    },
    format: 'jwk',
  }),
};

const sodium = await importSodium().then(sodiumEd25519, () => undefined);
const libraries = [['node', nodeEd25519()], ...(sodium === undefined ? [] : [['sodium', sodium] as const])] as const;
/** A thread that runs. */
const startThread = async (library: SignatureCrypto['name']): Promise<Ed25519Thread> => {
  const thread = createEd25519Thread(library);
  const began = performance.now();
  while (thread.verify(point, message, honest) === undefined) {
    assert.ok(performance.now() - began < 20_000, 'it starts');
    await setTimeout(5);
  }
  return thread;
};
const threaded: SignatureCrypto[] = [];
for (const [name, here] of libraries) threaded.push(createSharedCrypto(name, here, await startThread(name)));
const adapters: readonly (readonly [string, SignatureCrypto])[] = [
  ['node, aside', createNodeCrypto()],
  ...threaded.map((crypto) => [`${crypto.name}, in its thread`, crypto] as const),
  ...libraries.map(([name, here]) => [`${name}, here`, createSharedCrypto(name, here, undefined)] as const),
];
const ELSEWHERE: Ed25519Thread = { verify: async () => true, sign: async () => Uint8Array.from(honest) };
const mustHaveSodium = process.env.CI === 'true';
const leftOut = sodium !== undefined || mustHaveSodium ? false : `LEFT OUT: sodium-native does not load here`;

test('sodium-native loads, so that what follows compares two adapters', { skip: leftOut }, () => {
  assert.equal(adapters.length, 5);
});

for (const crypto of threaded) {
  test(`${crypto.name}: a hundred verifications at once, good and bad, each get their own answer`, async () => {
    const key = publicKey(point);
    const jobs = Array.from({ length: 100 }, (_, index) =>
      crypto.verifyEd25519(key, message, index % 3 === 0 ? withBitFlipped(honest, index) : honest),
    );
    assert.ok(
      jobs.some((job) => job instanceof Promise),
      'the thread takes some',
    );
    assert.ok(
      jobs.some((job) => typeof job === 'boolean'),
      'and leaves the others',
    );
    assert.deepEqual(
      await Promise.all(jobs),
      jobs.map((_, index) => index % 3 !== 0),
    );
  });

  test(`${crypto.name}: a hundred signatures at once, among verifications, are each of their own text`, async () => {
    const texts = Array.from({ length: 100 }, (_, index) => Buffer.from(`text ${index}`));
    const signed = texts.map((text) => crypto.signEd25519(privateKey, text));
    const checked = texts.map((text) => crypto.verifyEd25519(publicKey(point), text, honest));
    assert.ok(signed[0] instanceof Promise, 'the thread takes some');
    assert.ok(signed[99] instanceof Uint8Array, 'and leaves the others');
    for (const [index, signature] of (await Promise.all(signed)).entries()) {
      const text = texts[index] ?? Buffer.of();
      assert.deepEqual(Buffer.from(signature), sign(null, text, privateKey.keyObject), `text ${index}`);
    }
    assert.deepEqual(new Set(await Promise.all(checked)), new Set([false]));
  });
}

test('a thread that breaks off changes no answer', async () => {
  const gone = () => Promise.reject(new Error('gone'));
  for (const [name, here] of libraries) {
    const broken = createSharedCrypto(name, here, { verify: gone, sign: gone });
    assert.deepEqual(Buffer.from(await broken.signEd25519(privateKey, message)), Buffer.from(honest));
    assert.equal(await broken.verifyEd25519(publicKey(point), message, honest), true);
    assert.equal(await broken.verifyEd25519(publicKey(point), message, withBitFlipped(honest, 0)), false);
  }
});

test('the thread does not keep a process alive, and a process waits for its answer', () => {
  const file = new URL('../../../src/security/signatures/ed25519-thread.ts', import.meta.url).href;
  const run = (program: string) =>
    spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { createEd25519Thread } from ${JSON.stringify(file)}; const thread = createEd25519Thread('node'); const job = () => thread.verify(Buffer.alloc(32), Buffer.alloc(5), Buffer.alloc(64)); ${program}`,
      ],
      { encoding: 'utf8', timeout: 20_000 },
    );
  assert.equal(run('').status, 0);
  assert.equal(run('job();').status, 0, 'while it starts');
  const untilItRuns = 'await new Promise((resolve) => setTimeout(resolve, 1000));';
  assert.equal(run(`job(); ${untilItRuns}`).status, 0, 'while it runs without a job');
  const whenItRuns = 'while (job() === undefined) await new Promise((resolve) => setTimeout(resolve, 5));';
  assert.equal(run(`${whenItRuns} job().then((valid) => console.log('said', valid));`).stdout.trim(), 'said false');
});

const secondOpinion = async (signature: Uint8Array, data: Uint8Array, key: Uint8Array): Promise<boolean> => {
  try {
    return await noble.verifyAsync(Uint8Array.from(signature), Uint8Array.from(data), Uint8Array.from(key), {
      zip215: false,
    });
  } catch {
    return false; // noble throws for a wrong length
  }
};

const little = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 255n));
const number = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));
const withBitFlipped = (bytes: Uint8Array, bit: number): Uint8Array =>
  bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
const sha512 = async (...parts: readonly Uint8Array[]): Promise<bigint> =>
  number(new Uint8Array(await crypto.subtle.digest('SHA-512', Buffer.concat(parts)))) % ORDER;
const secretScalar = async (): Promise<bigint> => {
  const hashed = new Uint8Array(await crypto.subtle.digest('SHA-512', seed)).slice(0, 32);
  hashed[0] = (hashed[0] ?? 0) & 248;
  hashed[31] = ((hashed[31] ?? 0) & 127) | 64;
  return number(hashed);
};

/** What the owner of the key can make with an R of its choice: S = r + k·a. */
const signedWith = async (r: bigint, R: Uint8Array): Promise<Uint8Array> => {
  const k = await sha512(R, point, message);
  return joined(R, little((r + k * (await secretScalar())) % ORDER));
};

const R = honest.subarray(0, 32);
const S = honest.subarray(32);
const identity = little(1n);
const torsion = noble.Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', false);

const hostile: readonly (readonly [string, Uint8Array])[] = [
  ['S + L (malleable)', joined(R, little(number(S) + ORDER))],
  ['S + 2L', joined(R, little(number(S) + 2n * ORDER))],
  ['S = L', joined(R, little(ORDER))],
  ['-S', joined(R, little(ORDER - number(S)))],
  ['S with its highest bits set', joined(R, withBitFlipped(S, 255))],
  ['R with its sign flipped', joined(withBitFlipped(R, 255), S)],
  ['all zero', new Uint8Array(64)],
  ['all ones', new Uint8Array(64).fill(255)],
  ['empty', new Uint8Array()],
  ['63 bytes', honest.subarray(0, 63)],
  ['65 bytes', joined(honest, Uint8Array.of(0))],
  ['twice', joined(honest, honest)],
  ['halves swapped', joined(S, R)],
  ['another message of the same key', await noble.signAsync(Buffer.from('x'), seed)],
  [
    'another key',
    await noble.signAsync(
      message,
      seed.map((byte) => byte ^ 1),
    ),
  ],
];

for (const [adapterName, adapter] of adapters) {
  test(`${adapterName}: an honest signature verifies, and ours verify everywhere`, async () => {
    assert.equal(await adapter.verifyEd25519(publicKey(point), message, honest), true);
    const ours = await adapter.signEd25519(privateKey, message);
    assert.deepEqual(Buffer.from(ours), Buffer.from(honest), 'Ed25519 is deterministic');
    assert.equal(await secondOpinion(ours, message, point), true);
  });

  test(`${adapterName}: the published vectors are signed alike`, async () => {
    for (const { profiles } of SIGNATURE_VECTORS) {
      for (const { profile, digest, signature } of profiles) {
        const line = profile === 'dci-spaced' ? `SHA-256=${digest}` : digest;
        const data = Buffer.from(`(created): ${VECTOR_CREATED}\n(expires): ${VECTOR_EXPIRES}\ndigest: ${line}`);
        assert.equal(Buffer.from(await adapter.signEd25519(privateKey, data)).toString('base64'), signature);
        assert.equal(await adapter.verifyEd25519(publicKey(point), data, Buffer.from(signature, 'base64')), true);
      }
    }
  });

  test(`${adapterName}: hostile signatures are refused, as the second opinion does`, async () => {
    for (const [name, signature] of hostile) {
      assert.equal(await adapter.verifyEd25519(publicKey(point), message, signature), false, name);
      assert.equal(await secondOpinion(signature, message, point), false, `${name}, second opinion`);
    }
  });

  test(`${adapterName}: each of the 512 signatures with one bit flipped is refused`, async () => {
    for (let bit = 0; bit < 512; bit += 1) {
      assert.equal(
        await adapter.verifyEd25519(publicKey(point), message, withBitFlipped(honest, bit)),
        false,
        `bit ${bit}`,
      );
    }
  });

  test(`${adapterName}: an R of small order, which only the key's owner can make fit, is refused`, async () => {
    const crafted = await signedWith(0n, identity);
    assert.equal(await adapter.verifyEd25519(publicKey(point), message, crafted), false);
    const r = 12345n;
    const mixed = noble.Point.BASE.multiply(r).add(torsion).toBytes();
    assert.equal(
      await adapter.verifyEd25519(publicKey(point), message, await signedWith(r, mixed)),
      false,
      'R of mixed order',
    );
    const plain = await signedWith(r, noble.Point.BASE.multiply(r).toBytes());
    assert.equal(
      await adapter.verifyEd25519(publicKey(point), message, plain),
      true,
      'the construction itself is right',
    );
  });
}

test('keys of small or mixed order never reach an adapter: they are refused when they are registered', async () => {
  const keys = [
    ...Array.from({ length: 8 }, (_, times) =>
      (times === 0 ? noble.Point.ZERO : torsion.multiply(BigInt(times), false)).toBytes(),
    ),
    noble.Point.fromBytes(point).add(torsion).toBytes(),
    little(2n ** 255n - 19n), // y = p, the uncanonical form of 0
    little(2n ** 255n - 18n),
    little(2n), // no point has this y
  ];
  for (const bytes of keys) {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(bytes).toString('base64url') };
    await assert.rejects(readPublicKey(jwk), KeyProblem, Buffer.from(bytes).toString('hex'));
  }
});

test('every encoding of a point of small order is refused as R, whatever its sign', () => {
  const points = Array.from({ length: 8 }, (_, times) =>
    (times === 0 ? noble.Point.ZERO : torsion.multiply(BigInt(times), false)).toBytes(),
  );
  const uncanonical = [little(2n ** 255n - 19n), little(2n ** 255n - 18n)];
  for (const bytes of [...points, ...uncanonical]) {
    for (const R of [bytes, withBitFlipped(bytes, 255)]) {
      assert.equal(isSignatureForm(joined(R, S)), false, Buffer.from(R).toString('hex'));
    }
  }
  assert.equal(isSignatureForm(honest), true);
  const beginsAlike = Uint8Array.of(1, ...new Uint8Array(30), 1);
  assert.equal(isSignatureForm(joined(beginsAlike, S)), true);
});

test('alone, both verify and sign at once; else the work may go to another core', async () => {
  let alone = true;
  const key = publicKey(point);
  const pair = libraries.map(([name, here]) => createSharedCrypto(name, here, ELSEWHERE, () => alone));
  for (const crypto of pair) {
    alone = true;
    assert.equal(crypto.verifyEd25519(key, message, honest), true, crypto.name);
    assert.equal(crypto.verifyEd25519(key, message, withBitFlipped(honest, 9)), false, crypto.name);
    const here = crypto.signEd25519(privateKey, message);
    assert.ok(here instanceof Uint8Array, crypto.name);
    assert.deepEqual(Buffer.from(here), Buffer.from(honest));
    alone = false;
    const elsewhere = crypto.verifyEd25519(key, message, honest);
    assert.ok(elsewhere instanceof Promise, crypto.name);
    assert.equal(await elsewhere, true);
    const signature = crypto.signEd25519(privateKey, message);
    assert.ok(signature instanceof Promise, crypto.name);
    assert.deepEqual(Buffer.from(await signature), Buffer.from(honest));
  }
});
