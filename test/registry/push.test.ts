import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PUSHED } from '../../src/store/async-documents.ts';
import { K } from '../../src/store/document-key.ts';
import { subscriptionRig } from '../support/subscription-rig.ts';

test('whoever reads the store cannot try keys of persons against a pushed change, although they know its request', async () => {
  const rig = subscriptionRig({});
  const push = () => rig.push('social', [{ recordType: 'Person', key: 'N-77', event: 'DEATH' }], 'request 1');
  await push();
  await push();
  const [kept, ...others] = await rig.documents.find(PUSHED, { index: 'byRegistry', equals: ['social'], limit: 9 });
  assert.equal(others.length, 0, 'the same request is kept once');
  assert.ok(!JSON.stringify(kept).includes('N-77'));
  assert.notEqual(kept?._id, K('social', 'request 1', 0, 'Person', 'N-77', 'DEATH'));
});
