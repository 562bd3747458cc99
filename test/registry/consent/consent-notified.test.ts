/** Notifications for a purpose that needs consent: by the rule of the registry, with the purpose of the subscription. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConsentConfig } from '../../../src/config/config.ts';
import { addPerson, changePerson, criteria, EVERYTHING, subscriber, subscriptionRig } from '../../support/subscription-rig.ts'; // biome-ignore format: one look
import { toNode } from '../../support/to-node.ts';

const CONSENT: ConsentConfig = {
  notNeededFor: ['contract'],
  rules: new Map([['Person', toNode({ agreed: '{purpose}' })]]),
  purposeRules: new Map(),
};

const purposes = new Map([
  ['aid', { basis: 'consent' }],
  ['audit', { basis: 'contract' }],
] as const);

const set = () =>
  subscriptionRig({ consent: CONSENT, partners: [subscriber('health', { purposes, defaultPurpose: 'aid' })] });

const ANY = criteria({ reg_event_type: '*', filter: EVERYTHING });

test('a person without a consent is not told and takes no number; the purpose is kept with the subscription', async () => {
  const rig = set();
  const { codes } = await rig.subscribe([ANY, { ...ANY, authorize: { purpose: { code: 'audit' } } }]);
  addPerson(rig.country, 1, { agreed: 'aid' });
  addPerson(rig.country, 2, { agreed: 'research' });
  addPerson(rig.country, 3, { agreed: 'aid' });
  await rig.poll();
  const aid = await rig.told(codes[0] ?? '');
  assert.deepEqual(aid.map(({ entry }) => entry.seq), [1, 2]); // biome-ignore format: one look
  assert.ok(!JSON.stringify(aid.map(({ entry: _, ...says }) => says)).includes('N2'));
  assert.equal((await rig.told(codes[1] ?? '')).length, 3, 'where none is needed all are told');
  assert.ok(
    aid.every(({ entry }) => entry.persons !== undefined),
    'it is asked again before it is sent',
  );
});

test('a consent that is withdrawn is told as a deletion to whom the person was sent, once', async () => {
  const rig = set();
  const [code = ''] = (await rig.subscribe(ANY)).codes;
  addPerson(rig.country, 1, { agreed: 'aid' });
  await rig.poll();
  changePerson(rig.country, 1, { agreed: 'no' }); // nothing of the record itself has changed
  await rig.poll();
  changePerson(rig.country, 1, { last_name: 'Later' });
  await rig.poll();
  const told = await rig.told(code);
  assert.equal(told.length, 2);
  assert.ok(!JSON.stringify(told).includes('Later'));
  const [, left] = told.map(({ entry: _, ...says }) => JSON.stringify(says));
  assert.ok(left && /\bN1\b/.test(left) && !/\bL1\b/.test(left), 'its identifiers, and nothing else');
});

test('a person whose consent was withdrawn, and told so, is told again when it is given again', async () => {
  const rig = set();
  const [code = ''] = (await rig.subscribe(ANY)).codes;
  addPerson(rig.country, 1, { agreed: 'aid' });
  for (const agreed of ['no', 'aid', 'aid']) {
    await rig.poll();
    changePerson(rig.country, 1, { agreed });
  }
  await rig.poll();
  const told = (await rig.told(code)).flatMap(({ records }) => records.map(({ event }) => event));
  assert.deepEqual(told, ['REGISTER', 'DELETE', 'UPDATE']);
});

test('a purpose that is not the partner’s is refused like any right that is missing', async () => {
  const rig = set();
  const { items } = await rig.subscribe({ ...ANY, consent: { purpose: { code: 'marketing' } } });
  assert.match(JSON.stringify(items), /rjct\.notify_details\.invalid/);
});
