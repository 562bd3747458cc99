import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRetention } from '../../src/jobs/retention.ts';
import { ATTEMPTS, EVENTS, OUTBOX, QUARANTINE, SENT, SUBSCRIPTIONS } from '../../src/store/async-documents.ts';
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
  const recorded = recordedLog();
  let tidied = 0;
  const retain = createRetention({
    ...{ documents, log: recorded.log, clock: () => world.now, retentionMs: 30 * DAY },
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

  it('removes attempts and receipts by age', async () => {
    const { rig, retain } = await started();
    const attempt = { _id: 'a', version: 1, delivery: 'd', n: 1, partner: 'health', at: rig.world.now, ms: 1, result: 'dead' as const }; // biome-ignore format: one look
    await rig.documents.insert(ATTEMPTS, attempt);
    rig.world.now += 31 * DAY;
    await retain();
    assert.equal(rig.world.state.all(ATTEMPTS).length, 0);
  });
});
