import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listDeliveries, readTime, replayDeliveries, setPaused, showDelivery } from '../../src/cli/deliveries.ts';
import { createKeyed } from '../../src/registry/keyed.ts';
import { deliverLane } from '../../src/registry/lane-names.ts';
import { draftEntry, insertions } from '../../src/registry/outbox.ts';
import { createRightsVersion } from '../../src/registry/rights-version.ts';
import { OUTBOX, type OutboxEntry, SUBSCRIPTIONS } from '../../src/store/async-documents.ts';
import { type CommandRig, commandRig } from '../support/command-rig.ts';
import { createTestSealer } from '../support/memory-keys.ts';
import { partnerOf } from '../support/partners.ts';
import { rightsOf } from '../support/rights.ts';

const URL_OF_PARTNER = 'https://health.example/on-search';
const LANE = deliverLane('health', URL_OF_PARTNER);

const HEALTH = partnerOf('health', { registries: new Map([['social', rightsOf({ Person: { fields: 'all' } })]]) });

/** A rig with the partner `health` in its store. */
const rigged = async (): Promise<CommandRig> => {
  const rig = await commandRig();
  assert.ok(await rig.context.store.partners.insert(HEALTH));
  return rig;
};

const put = async (
  { context }: CommandRig,
  id: string,
  changes: Partial<OutboxEntry> = {},
  url: string | undefined = URL_OF_PARTNER,
): Promise<void> => {
  const drafted = draftEntry(
    {
      ...{ id, kind: 'on-search', partner: 'health', registry: 'social', count: 2, messageId: `m-${id}`, url },
      rightsVersion: createRightsVersion()(HEALTH, 'social'),
      envelope: { header: { status: 'succ' }, message: { secret: 'Müller' } },
      ...{ at: 1_000, confidential: false },
    },
    createTestSealer(),
    createKeyed(Buffer.alloc(32)),
  );
  await context.store.documents.apply(insertions({ ...drafted, entry: { ...drafted.entry, ...changes } }));
};

const stored = async ({ context }: CommandRig, id: string): Promise<OutboxEntry> => {
  const entry = await context.store.documents.get(OUTBOX, id);
  assert.ok(entry);
  return entry;
};

const DEAD = { state: 'dead', attempts: 4, lastResult: '410 refused' } as const;

test('dead letters are listed and shown without what they say', async () => {
  await using rig = await rigged();
  await put(rig, 'd-1', DEAD);
  await put(rig, 'd-2', { state: 'delivered' });
  await listDeliveries(rig.context, { state: 'dead', limit: 10 });
  assert.equal(rig.lines.length, 1);
  assert.match(rig.lines[0] ?? '', /^d-1 1970-\S+ health social on-search dead 4 attempts 410 refused$/);
  await showDelivery(rig.context, 'd-1');
  assert.ok(!rig.lines.join().includes('Müller'));
  assert.match(rig.lines.join('\n'), /^ {2}to https:\/\/health\.example\/on-search$/m);
  await put(rig, 'd-3', { state: 'retry', dueAt: 60_000 });
  await showDelivery(rig.context, 'd-3');
  assert.match(rig.lines.join('\n'), /on-search, next try 1970-01-01T00:01:00\.000Z$/m);
  await assert.rejects(showDelivery(rig.context, 'other'), /There is no message other/);
});

test('pending are all that are still to be sent, newest change first, each with its next try', async () => {
  await using rig = await rigged();
  await put(rig, 'd-1', { dueAt: 1_000, changedAt: 1_000 });
  await put(rig, 'd-2', { state: 'retry', dueAt: 90_000, changedAt: 3_000, attempts: 2, lastResult: '503' });
  await put(rig, 'd-3', { dueAt: 2_000, changedAt: 4_000 });
  for (const state of ['dead', 'held', 'delivered', 'cancelled'] as const) await put(rig, `d-${state}`, { state });
  await listDeliveries(rig.context, { state: 'pending', limit: 10 });
  assert.deepEqual(
    rig.lines.map((line) => line.slice(0, 3)),
    ['d-3', 'd-2', 'd-1'],
  );
  assert.match(rig.lines[1] ?? '', / retry 2 attempts 503, next try 1970-01-01T00:01:30\.000Z$/);
  assert.match(rig.lines[2] ?? '', / pending 0 attempts, next try 1970-01-01T00:00:01\.000Z$/);
  rig.lines.length = 0;
  await listDeliveries(rig.context, { state: 'pending', limit: 2 });
  assert.deepEqual(
    rig.lines.map((line) => line.slice(0, 3)),
    ['d-3', 'd-2'],
  );
  await listDeliveries(rig.context, { state: 'retry', limit: 10 });
  assert.deepEqual(
    rig.lines.slice(2).map((line) => line.slice(0, 3)),
    ['d-2'],
  );
  await listDeliveries(rig.context, { state: 'held', limit: 10 });
  assert.doesNotMatch(rig.lines.at(-1) ?? '', /next try/);
});

test('a dead letter that is replayed is due at once, with a schedule of its own and the same message', async () => {
  await using rig = await rigged();
  await put(rig, 'd-1', DEAD);
  const before = await stored(rig, 'd-1');
  await replayDeliveries(rig.context, 'd-1', {});
  const after = await stored(rig, 'd-1');
  assert.deepEqual([after.state, after.scheduleFrom, after.attempts], ['pending', 4, 4]);
  assert.deepEqual([after.messageId, after.message], [before.messageId, before.message]);
  assert.deepEqual(await rig.context.store.lanes.due(10), [LANE], 'its lane is woken');
});

test('all dead letters since a time are replayed, of one partner or of all, those before it are not', async () => {
  await using rig = await rigged();
  const many = Array.from({ length: 450 }, (_, i) => put(rig, `d-${i}`, { ...DEAD, changedAt: 5_000 + (i % 2) }));
  await Promise.all(many);
  await put(rig, 'old', { ...DEAD, changedAt: 10 });
  await replayDeliveries(rig.context, undefined, { since: 4_000, partner: 'health' });
  assert.deepEqual(rig.lines, ['450 will be sent again']);
  assert.equal((await stored(rig, 'old')).state, 'dead');
  await replayDeliveries(rig.context, undefined, { since: 4_000 });
  assert.equal(rig.lines.at(-1), 'There are no dead messages since then.');
});

test('a time is a day or says its zone: what is none must not send everything since 2001', () => {
  assert.equal(readTime('2027-01-31'), Date.UTC(2027, 0, 31));
  assert.equal(readTime('2027-01-31T10:00:00+03:00'), Date.UTC(2027, 0, 31, 7));
  assert.equal(readTime('2027-01-31T10:00Z'), Date.UTC(2027, 0, 31, 10));
  for (const text of ['5', '31', '5m', '-1 day', 'May 5', '2027-01-31T10:00:00', '31.01.2027', '2027-13-01'])
    assert.throws(() => readTime(text), /Write a time: 2027-01-31T10:00:00Z/, text);
});

test('a message made with other rights is sent only where the operator says so', async () => {
  await using rig = await rigged();
  await put(rig, 'd-1', { state: 'held', rightsVersion: 'others', lastResult: 'rights changed' });
  await replayDeliveries(rig.context, 'd-1', {});
  assert.match(rig.lines[0] ?? '', /other rights/);
  assert.equal((await stored(rig, 'd-1')).state, 'held');
  await replayDeliveries(rig.context, 'd-1', { despiteRights: true });
  const { state, rightsVersion } = await stored(rig, 'd-1');
  assert.deepEqual([state, rightsVersion], ['pending', createRightsVersion()(HEALTH, 'social')]);
});

test('messages of a partner that was switched off for a while are sent together', async () => {
  await using rig = await rigged();
  for (const id of ['a', 'b'])
    await put(rig, id, { state: 'held', lastResult: 'partner not active', changedAt: 5_000 });
  await put(rig, 'dead', { ...DEAD, changedAt: 5_000 });
  await replayDeliveries(rig.context, undefined, { since: 4_000, state: 'held' });
  assert.deepEqual(rig.lines, ['2 will be sent again']);
  assert.equal((await stored(rig, 'dead')).state, 'dead');
});

test('what was delivered, has no content or no address is not sent again', async () => {
  await using rig = await rigged();
  await put(rig, 'delivered', { state: 'delivered' });
  await put(rig, 'empty', { ...DEAD, message: undefined });
  await put(rig, 'nowhere', {}, undefined);
  const { url: _, lane: __, ...nowhere } = await stored(rig, 'nowhere');
  await rig.context.store.documents.replace(OUTBOX, { ...nowhere, state: 'held' });
  for (const id of ['delivered', 'empty', 'nowhere']) await replayDeliveries(rig.context, id, {});
  assert.deepEqual(
    rig.lines.map((line) => line.slice(2, 20)),
    ['were delivered bef', 'have no content an', 'have no callback a'],
  );
  await assert.rejects(replayDeliveries(rig.context, 'nobody', {}), /There is no message nobody/);
  await assert.rejects(replayDeliveries(rig.context, undefined, {}), /Name one message, or --since/);
});

test('a paused subscription goes on with its lowest number', async () => {
  await using rig = await rigged();
  await rig.context.store.documents.insert(SUBSCRIPTIONS, {
    ...{
      _id: 'SUB-1',
      version: 1,
      partner: 'health',
      registry: 'social',
      live: true,
      eventType: 'UPDATE',
      changes: [],
    },
    ...{ recordType: 'Person', request: '', endAt: 9e12, createdAt: 1, changedAt: 1 },
  });
  const far = Date.now() + 3_600_000;
  await put(rig, 'n-2', { kind: 'notify', sub: 'SUB-1', seq: 2, dueAt: far });
  await put(rig, 'n-1', { kind: 'notify', sub: 'SUB-1', seq: 1, dueAt: far, state: 'retry', attempts: 9 });
  await setPaused(rig.context, 'SUB-1', 'pause');
  assert.equal((await rig.context.store.documents.get(SUBSCRIPTIONS, 'SUB-1'))?.paused, true);
  await setPaused(rig.context, 'SUB-1', 'resume');
  assert.equal((await rig.context.store.documents.get(SUBSCRIPTIONS, 'SUB-1'))?.paused, false);
  const [first, second] = [await stored(rig, 'n-1'), await stored(rig, 'n-2')];
  assert.ok(first.dueAt <= Date.now() && second.dueAt === far);
  assert.equal(first.scheduleFrom, 9);
  assert.deepEqual(await rig.context.store.lanes.due(10), [LANE]);
  await assert.rejects(setPaused(rig.context, 'SUB-9', 'pause'), /no live subscription/);
});
