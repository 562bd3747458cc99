/** What audit entries of notifications say: who was told of whom. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identifierHash } from '../../src/registry/audit.ts';
import { AUDIT, type AuditEntry, EVENTS } from '../../src/store/async-documents.ts';
import { BY_SERVICE } from '../support/consent-service.ts';
import { rightsOf } from '../support/rights.ts';
import {
  addPerson,
  changePerson,
  criteria,
  removePerson,
  type SubscriptionRig,
  subscriber,
  subscriptionRig,
} from '../support/subscription-rig.ts';

const ALL = criteria({ reg_event_type: '*' });
const NAMES = new Map([['social', rightsOf({ Person: { attributes: 'all', fields: ['name'] } })]]);

const entriesOf = (rig: SubscriptionRig): Promise<readonly AuditEntry[]> =>
  rig.documents.find(AUDIT, { index: 'byPartner', equals: ['health'], limit: 100 });

const hashOf = (rig: SubscriptionRig, value: string, type = 'NID'): string =>
  identifierHash(rig.keyed, { type, value });

test('of each notification: the subscription, the message and every identifier, also of papers and after a deletion', async () => {
  const rig = subscriptionRig();
  const { codes } = await rig.subscribe(ALL);
  rig.country.papers.push({ paper_id: 1, person_id: 1, kind: 'P', number: 'P77' });
  addPerson(rig.country, 1);
  await rig.poll();
  removePerson(rig.country, 1);
  await rig.poll();
  const told = await rig.told(codes[0] ?? '');
  const entries = await entriesOf(rig);
  assert.equal(told.length, 2);
  assert.deepEqual(
    entries.map(({ action, outcome, count, sub, transaction }) => [action, outcome, count, sub, transaction]),
    told.map(({ entry }) => ['notify', 'succ', 1, codes[0], entry.messageId]),
  );
  for (const { identifiers, tried } of entries) {
    assert.deepEqual([...identifiers].sort(), [hashOf(rig, 'N1'), hashOf(rig, 'P77', 'PASSPORT')].sort());
    assert.equal(tried, 2);
  }
  assert.ok(!JSON.stringify(rig.world.state.all(EVENTS)).includes('about'), 'kept until it is numbered');
});

test('of somebody whose identifiers the partner does not see as well', async () => {
  const rig = subscriptionRig({ partners: [subscriber('health', {}, { registries: NAMES })] });
  const { codes } = await rig.subscribe(ALL);
  addPerson(rig.country, 1);
  await rig.poll();
  const [first] = await rig.told(codes[0] ?? '');
  assert.ok(first && !/\bN1\b/.test(first.text));
  assert.deepEqual((await entriesOf(rig)).map(({ identifiers }) => identifiers), [[hashOf(rig, 'N1')]]); // biome-ignore format: one look
});

test('of all in one digest, once', async () => {
  const rig = subscriptionRig();
  const { codes } = await rig.subscribe(criteria({ reg_event_type: '*', frequency: { frequency: '0 * * * *' } }));
  for (const id of [1, 2]) addPerson(rig.country, id);
  changePerson(rig.country, 2, { region: 'R2' });
  await rig.poll();
  assert.deepEqual(await entriesOf(rig), [], 'nothing was told yet');
  rig.world.now += 3_600_000;
  await rig.run('digest', codes[0] ?? '');
  const [entry, ...others] = await entriesOf(rig);
  assert.deepEqual(others, []);
  assert.deepEqual([...(entry?.identifiers ?? [])].sort(), [hashOf(rig, 'N1'), hashOf(rig, 'N2')].sort());
  assert.equal(entry?.count, (await rig.told(codes[0] ?? ''))[0]?.records.length);
});

test('of those alone who consented, where a service decides, with the purpose', async () => {
  const purposes = new Map([['aid', { basis: 'consent' as const }]]);
  const rig = subscriptionRig({
    consent: BY_SERVICE,
    decider: {
      decide: async ({ persons }) => persons.map(({ identifiers }) => JSON.stringify(identifiers).includes('"N1"')),
    },
    partners: [subscriber('health', { purposes, defaultPurpose: 'aid' })],
  });
  const { codes } = await rig.subscribe({ ...ALL, authorize: { purpose: { code: 'aid' } } });
  for (const id of [1, 2]) addPerson(rig.country, id);
  await rig.poll();
  await rig.run('decide', codes[0] ?? '');
  const entries = await entriesOf(rig);
  assert.deepEqual(entries.map(({ purposes: named, identifiers }) => [named, identifiers]), [[['aid'], [hashOf(rig, 'N1')]]]); // biome-ignore format: one look
});
