/** Deliveries to partners with encryption keys, over real sockets: encrypted once, and never in clear again. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readEncryptionKey } from '../../src/security/keys/encryption-key.ts';
import type { Partner, PartnerEncryptionKey } from '../../src/security/partner.ts';
import { CHUNKS, OUTBOX, type OutboxEntry } from '../../src/store/async-documents.ts';
import { type DeliveryRig, deliveryRig, rigPartner } from '../support/delivery-rig.ts';
import { decryptWith, type EncryptionPair, encryptionPair, type Jwe } from '../support/jwe.ts';
import { ACK, type Behaviour, type ReceivedCall, startReceiver } from '../support/receiver.ts';

const QUICK = { retryMs: [80, 80, 80] };
const FAILS: Behaviour = { status: 500 };
const [first, second] = [encryptionPair('p-256', 'first'), encryptionPair('x25519', 'second')];

const keyOf = async ({ kid, jwk }: EncryptionPair): Promise<PartnerEncryptionKey> => ({
  ...{ ...(await readEncryptionKey(jwk)), keyId: kid, active: true, source: 'pinned' },
});

const entryIn = async ({ store }: DeliveryRig, state: OutboxEntry['state']): Promise<OutboxEntry> => {
  for (const until = performance.now() + 5_000; performance.now() < until; await sleep(5)) {
    const [entry] = await store.documents.find(OUTBOX, { index: 'byState', equals: [state], limit: 1 });
    if (entry !== undefined) return entry;
  }
  throw new Error(`no entry is ${state}`);
};

const messageOf = ({ body }: ReceivedCall): Jwe => body.message as never;

/** The wire body after its signature. */
const contentOf = ({ text }: ReceivedCall): string => text.slice(text.indexOf('"header"'));

/** With its quotes: `t-1` alone may stand in any ciphertext. */
const isInClear = ({ text }: ReceivedCall): boolean => text.includes('"t-1"');

/** One search, to a receiver that fails so often; the partner has these keys by the call that came before. */
const delivered = async (fails: number, keysAfter: readonly (readonly EncryptionPair[])[], transactionId?: string) => {
  const keys = await Promise.all(keysAfter.map((pairs) => Promise.all(pairs.map(keyOf))));
  const partnerAfter = (calls: number): Partial<Partner> => ({ encryptionKeys: keys[calls] ?? keys.at(-1) ?? [] });
  await using receiver = await startReceiver(({ time }) => {
    rig.partners.set('health', rigPartner([receiver.origin], partnerAfter(time)));
    return time <= fails ? FAILS : ACK;
  });
  const origins = [receiver.origin];
  await using rig = await deliveryRig({ origins, partner: partnerAfter(0), schedule: QUICK });
  await rig.search(receiver.origin, transactionId === undefined ? {} : { transactionId });
  const held = keys.at(-1)?.length === 0 && keys.some(({ length }) => length > 0);
  const entry = await entryIn(rig, held ? 'held' : 'delivered');
  const pieces = await rig.store.documents.count(CHUNKS, { index: 'byAge', equals: [] });
  return { entry, pieces, calls: receiver.calls };
};

test('each attempt sends the same header and message, whatever keys were added meanwhile', async () => {
  const { entry, calls } = await delivered(3, [[first], [second, first]]);
  assert.equal(calls.length, 4);
  assert.equal(new Set(calls.map(contentOf)).size, 1);
  assert.ok(!calls.some(isInClear));
  const [call] = calls;
  assert.ok(call);
  assert.equal(call.body.header.is_msg_encrypted, true);
  assert.equal((await decryptWith(first, messageOf(call))).name, 't-1');
  assert.deepEqual([entry.encrypted, entry.message], [undefined, undefined], 'nothing of it is kept');
});

test('a long one is kept in pieces, which go with it or with the key', async () => {
  const long = 'x'.repeat(900_000); // longer than what is kept in one piece once it is encrypted
  const { calls, pieces } = await delivered(3, [[first], [first], [second]], long);
  const names = await Promise.all(
    calls.map(async (each, n) => (await decryptWith(n < 2 ? first : second, messageOf(each))).name),
  );
  assert.deepEqual(names, [long, long, long, long]);
  assert.deepEqual(new Set(calls.map(contentOf)).size, 2);
  assert.equal(pieces, 0);
});

test('a key that comes between two attempts is used from then on, and once', async () => {
  const { calls } = await delivered(3, [[], [first]]);
  assert.deepEqual(calls.map(isInClear), [true, false, false, false]);
  const encrypted = calls.slice(1);
  assert.equal(new Set(encrypted.map(contentOf)).size, 1);
  assert.equal((await decryptWith(first, messageOf(encrypted[0] as ReceivedCall))).name, 't-1');
});

test('a key that takes the place of another one gets the message anew: the old one opens nothing any more', async () => {
  const { calls } = await delivered(3, [[first], [first], [second]]);
  assert.deepEqual(calls.map((each) => messageOf(each).header.kid), ['first', 'first', 'second', 'second']); // biome-ignore format: one look
  assert.equal(new Set(calls.map(contentOf)).size, 2);
  assert.equal((await decryptWith(second, messageOf(calls[3] as ReceivedCall))).name, 't-1');
});

test('without a key any more it is held, whether it was tried before or not', async () => {
  const { entry, calls } = await delivered(3, [[first], []]);
  assert.equal(entry.lastResult, 'encryption key gone');
  assert.deepEqual(calls.map(isInClear), [false]);

  await using receiver = await startReceiver();
  const origins = [receiver.origin];
  const key = await keyOf(first);
  await using rig = await deliveryRig({ origins, partner: { encryptionKeys: [key], active: false } });
  await rig.search(receiver.origin);
  const made = await entryIn(rig, 'held'); // it was never tried
  assert.equal(made.lastResult, 'partner not active');
  rig.partners.set('health', rigPartner(origins, { encryptionKeys: [{ ...key, active: false }] }));
  const again = { ...made, state: 'pending', open: true, dueAt: Date.now(), lastResult: '' } as const;
  assert.ok(await rig.store.documents.replace(OUTBOX, again));
  await rig.store.lanes.wake(made.lane ?? '', 0);
  while ((await entryIn(rig, 'held')).lastResult !== 'encryption key gone') await sleep(5);
  assert.equal(receiver.calls.length, 0);
});

test('while the key set of its partner cannot be read nothing is sent, and that is no attempt', async () => {
  await using receiver = await startReceiver();
  const origins = [receiver.origin];
  const jwksUrl = 'http://127.0.0.1:9/jwks'; // nobody is there
  await using rig = await deliveryRig({ origins, partner: { jwksUrl } });
  await rig.search(receiver.origin);
  const waits = () => rig.lines.some(({ message }) => message === 'message cannot be signed');
  for (const until = performance.now() + 5_000; !waits() && performance.now() < until; ) await sleep(5);
  const entry = await entryIn(rig, 'pending');
  assert.ok(waits());
  assert.deepEqual([entry.attempts, entry.confidential], [0, undefined]);
  assert.equal(receiver.calls.length, 0);
});
