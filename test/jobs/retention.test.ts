import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRetention } from '../../src/jobs/retention.ts';
import {
  ATTEMPTS,
  AUDIT,
  CHUNKS,
  EVENTS,
  MEMORY,
  OUTBOX,
  PUSHED,
  QUARANTINE,
  RECEIPTS,
  RECEIVED,
  REFERENCES,
  RELAYED,
  RELAYED_PARTS,
  SENT,
  SUBSCRIPTIONS,
  TRANSACTIONS,
} from '../../src/store/async-documents.ts';
import type { Collection } from '../../src/store/documents.ts';
import { atOnce, createWorld, exploredStore } from '../support/explored-store.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { addPerson, changePerson, criteria, subscriptionRig } from '../support/subscription-rig.ts';

const DAY = 86_400_000;

const started = async () => {
  const rig = subscriptionRig();
  const { codes } = await rig.subscribe(criteria({ reg_event_type: '*' }));
  const [code = ''] = codes;
  addPerson(rig.country, 1);
  await rig.poll();
  changePerson(rig.country, 1, { region: 'R2' });
  await rig.poll();
  const { documents, world } = rig;
  const { lanes } = exploredStore(world, atOnce);
  const recorded = recordedLog();
  let tidied = 0;
  const retain = createRetention({
    ...{ documents, lanes, log: recorded.log, clock: () => world.now, retentionMs: 30 * DAY },
    tidy: async () => {
      tidied += 1;
    },
  });
  const deliver = async (seq: number) => {
    const [entry] = await documents.find(OUTBOX, { index: 'seq', equals: [code, seq], limit: 1 });
    assert.ok(entry !== undefined);
    await documents.replace(OUTBOX, { ...entry, state: 'delivered', open: undefined, message: undefined });
  };
  const states = () => world.state.all(OUTBOX).map(({ seq, state, message }) => [seq, state, message !== undefined]);
  return { rig, code, retain, deliver, states, recorded, tidied: () => tidied };
};

describe('retention', () => {
  it('keeps what is young', async () => {
    const { rig, retain, states } = await started();
    rig.world.now += 29 * DAY;
    await retain();
    assert.deepEqual(states(), [[1, 'pending', true], [2, 'pending', true]]); // biome-ignore format: one look
  });

  it('removes what was delivered, but for the highest number of a live subscription', async () => {
    const { rig, code, retain, deliver, states, tidied } = await started();
    await deliver(1);
    await deliver(2);
    rig.world.now += 31 * DAY;
    await retain();
    assert.deepEqual(states(), [[2, 'tombstone', false]]);
    assert.equal(rig.world.state.all(EVENTS).length, 0);
    assert.equal(rig.world.state.all(SENT).length, 1, 'a deletion can still be told');
    assert.equal(tidied(), 1);
    changePerson(rig.country, 1, { region: 'R3' });
    await rig.poll();
    assert.deepEqual((await rig.told(code)).map(({ entry }) => entry.seq), [2, 3]); // biome-ignore format: one look
    await rig.unsubscribe([code]);
    rig.world.now += 31 * DAY;
    await retain();
    await retain();
    assert.deepEqual([states(), rig.world.state.all(SUBSCRIPTIONS), rig.world.state.all(SENT)], [[], [], []]);
  });

  it('drops the content of what was never delivered, with a warning that names nobody', async () => {
    const { rig, retain, states, recorded } = await started();
    const encrypted = { key: 'k', message: 'as it goes out', digest: 'd' };
    for (const entry of rig.world.state.all(OUTBOX)) await rig.documents.replace(OUTBOX, { ...entry, encrypted });
    rig.world.now += 31 * DAY;
    await retain();
    assert.deepEqual(states(), [[1, 'expired', false], [2, 'expired', false]]); // biome-ignore format: one look
    assert.ok(rig.world.state.all(OUTBOX).every((entry) => entry.encrypted === undefined));
    const warnings = recorded.lines.filter(({ message }) => message === 'message expired undelivered');
    assert.equal(warnings.length, 2);
    assert.ok(!JSON.stringify(warnings).includes('N1'));
  });

  it('removes rows in quarantine by age, and says so', async () => {
    const { rig, retain, recorded } = await started();
    const row = { _id: 'q', version: 1, registry: 'social', recordType: 'Person', key: 'sealed', change: 'updated', changeVersion: 'v1', reason: 'too large', at: rig.world.now } as const; // biome-ignore format: one look
    await rig.documents.insert(QUARANTINE, row);
    rig.world.now += 29 * DAY;
    await retain();
    assert.equal(rig.world.state.all(QUARANTINE).length, 1);
    rig.world.now += 2 * DAY;
    await retain();
    assert.equal(rig.world.state.all(QUARANTINE).length, 0);
    assert.deepEqual(recorded.lines.filter(({ message }) => message.startsWith('rows expired')).length, 1);
  });

  it('removes of every collection what is over, and nothing else', async () => {
    const world = createWorld(1_000 * DAY);
    const { documents, lanes } = exploredStore(world, atOnce);
    const recorded = recordedLog();
    const limit = world.now - 30 * DAY;
    const put = (collection: Collection, _id: string, members: object): Promise<unknown> =>
      documents.insert(collection, { _id, version: 1, ...members });
    const cases: readonly (readonly [Collection, object, field: string, end: number])[] = [
      [TRANSACTIONS, { state: 'done' }, 'changedAt', limit],
      ...[REFERENCES, RELAYED, RELAYED_PARTS, ATTEMPTS, RECEIVED, RECEIPTS, AUDIT, QUARANTINE, PUSHED].map((each) => [each, {}, 'at', limit] as const), // biome-ignore format: one look
      [CHUNKS, { n: 0 }, 'at', limit],
      [MEMORY, {}, 'until', world.now],
      ...['numbered', 'dropped', 'undecided'].map((state) => [EVENTS, { state }, 'at', limit] as const),
      [SENT, { sub: 'live' }, 'at', world.now - 365 * DAY],
    ];
    for (const [collection, members, field, end] of cases) {
      const id = `${JSON.stringify(members)}`;
      await put(collection, `old ${id}`, { digest: 'old', ...members, [field]: end });
      await put(collection, `young ${id}`, { digest: 'young', ...members, [field]: end + 1 });
    }
    const kept: readonly (readonly [Collection, object])[] = [
      [TRANSACTIONS, { state: 'running', changedAt: 0 }],
      [EVENTS, { sub: 'live', state: 'waiting', position: 1, at: 0 }],
      [SUBSCRIPTIONS, { live: true, endAt: 0, changedAt: 0 }],
      [SUBSCRIPTIONS, { live: false, endAt: 0, changedAt: limit + 1 }],
    ];
    for (const [collection, members] of kept) await put(collection, `young ${JSON.stringify(members)}`, members);
    await put(SUBSCRIPTIONS, 'old', { live: false, endAt: 0, changedAt: limit });
    await put(EVENTS, 'old of it', { sub: 'old', state: 'waiting', position: 1, at: world.now });
    await put(SENT, 'old of it', { sub: 'old', record: 'r', at: world.now });
    for (let more = 0; more < 500; more++) await put(AUDIT, `old ${more}`, { at: more });

    const retain = createRetention({ ...{ documents, lanes, log: recorded.log, clock: () => world.now, retentionMs: 30 * DAY }, tidy: async () => undefined }); // biome-ignore format: one look
    await retain();
    for (const collection of new Set([...cases, ...kept].map(([each]) => each))) {
      const ids = world.state.all(collection).map(({ _id }) => _id);
      assert.ok(ids.length > 0 && ids.every((id) => id.startsWith('young')), `${collection.name}: ${ids.join()}`);
    }
    const left = (collection: Collection): number => world.state.all(collection).length;
    assert.deepEqual([left(EVENTS), left(SUBSCRIPTIONS), left(TRANSACTIONS)], [4, 2, 2]);
    assert.ok(recorded.lines.some(({ message, fields }) => message === 'changes expired before consent was decided' && fields.events === 1)); // biome-ignore format: one look
  });
});
