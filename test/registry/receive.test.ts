import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseJsonObject } from '../../src/dci/json-parse.ts';
import { readReceivedMessage } from '../../src/dci/received-message.ts';
import { createReceive } from '../../src/registry/receive.ts';
import { OUTBOX, RECEIPTS, RECEIVED } from '../../src/store/async-documents.ts';
import { addPerson, criteria, subscriber, subscriptionRig } from '../support/subscription-rig.ts';

const notified = async () => {
  const rig = subscriptionRig({ partners: [subscriber(), subscriber('labour')] });
  const { codes } = await rig.subscribe(criteria({ reg_event_type: '*' }));
  addPerson(rig.country, 1);
  await rig.poll();
  const [told] = await rig.told(codes[0] ?? '');
  assert.ok(told !== undefined);
  const receive = createReceive(rig.documents, () => rig.world.now);
  const send = (by: string, action: string, message: object, messageId = 'm-1') => {
    const { root: content } = parseJsonObject(JSON.stringify(message), { maxDepth: 8 });
    const call = { partner: subscriber(by), registryId: 'social', action, messageId };
    return receive({ ...call, message: readReceivedMessage(content), signed: true, content });
  };
  return { rig, told, send, code: codes[0] };
};

describe('what is received', () => {
  it('is tied to the caller’s own notification by its transaction_id, each item by itself', async () => {
    const { rig, told, send, code } = await notified();
    await send('health', 'on-notify', {
      transaction_id: told.entry.messageId,
      notify_response: [{ reference_id: told.records[0]?.referenceId, status: 'succ' }],
    });
    const [receipt, ...others] = rig.world.state.all(RECEIPTS);
    assert.equal(others.length, 0);
    assert.deepEqual([receipt?.delivery, receipt?.sub, receipt?.status], [told.entry._id, code, 'succ']);
    const [received] = rig.world.state.all(RECEIVED);
    assert.deepEqual([received?.action, received?.count, received?.partner], ['on-notify', 1, 'health']);
  });

  it('of another partner looks like an unknown one, and changes nothing', async () => {
    const { rig, told, send } = await notified();
    const before = rig.world.state.all(OUTBOX);
    await send('labour', 'receipt', { transaction_id: told.entry.messageId }, 'm-1');
    await send('labour', 'receipt', { transaction_id: 'unheard of' }, 'm-2');
    const receipts = rig.world.state.all(RECEIPTS);
    assert.deepEqual(receipts.map(({ delivery, sub }) => [delivery, sub]), Array(2).fill([undefined, undefined])); // biome-ignore format: one look
    assert.deepEqual(rig.world.state.all(OUTBOX), before);
  });

  it('is kept once, without its content, whatever it says', async () => {
    const { rig, send } = await notified();
    for (let n = 0; n < 2; n++) await send('health', 'notify', { transaction_id: 'x', notify_event: [{ data: { secret: 'SECRET-1' } }, 7] }); // biome-ignore format: one look
    await send('health', 'on-search', {}, 'm-2');
    assert.deepEqual(rig.world.state.all(RECEIVED).map(({ action, count }) => [action, count]), [['notify', 1], ['on-search', 0]]); // biome-ignore format: one look
    assert.equal(rig.world.state.all(RECEIPTS).length, 0);
    assert.ok(!rig.world.state.describe().includes('SECRET-1'));
  });
});
