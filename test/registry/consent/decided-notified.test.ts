/** Notifications for a purpose whose consent a service decides: asked after a change was seen, before it takes a number. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../../src/errors.ts';
import type { ConsentDecider } from '../../../src/registry/consent/decider.ts';
import { readPending } from '../../../src/registry/consent/undecided.ts';
import { EVENTS, QUARANTINE, SENT } from '../../../src/store/async-documents.ts';
import type { Documents } from '../../../src/store/documents.ts';
import { BY_SERVICE } from '../../support/consent-service.ts';
import { addPerson, changePerson, criteria, EVERYTHING, removePerson, subscriber, subscriptionRig } from '../../support/subscription-rig.ts'; // biome-ignore format: one look

const purposes = new Map([
  ['aid', { basis: 'consent' }],
  ['audit', { basis: 'contract' }],
] as const);

const ANY = criteria({ reg_event_type: '*', filter: EVERYTHING });

const set = async (criterion: object = ANY) => {
  const yes = new Set<string>();
  const asked: string[][] = [];
  const service = { down: false, bad: '' };
  const decider: ConsentDecider = {
    decide: async ({ persons }) => {
      const texts = persons.map(({ identifiers }) => JSON.stringify(identifiers));
      asked.push(texts);
      const bad = service.bad !== '' && texts.some((text) => text.includes(`"${service.bad}"`));
      if (service.down || bad) throw new GatewayError('service.unavailable');
      return texts.map((text) => [...yes].some((value) => text.includes(`"${value}"`)));
    },
  };
  const partners = [subscriber('health', { purposes, defaultPurpose: 'aid' })];
  const rig = subscriptionRig({ consent: BY_SERVICE, decider, partners });
  const [code = '', other = ''] = (await rig.subscribe([criterion, { ...ANY, authorize: { purpose: { code: 'audit' } } }])).codes; // biome-ignore format: one look
  const decide = () => rig.run('decide', code);
  const poll = async () => {
    await rig.poll();
    return decide();
  };
  const told = async () => (await rig.told(code)).map(({ entry, records }) => [entry.seq, records[0]?.event, JSON.stringify(records[0]?.record)] as const); // biome-ignore format: one look
  return { rig, yes, asked, service, code, other, poll, decide, told };
};

test('those alone are told who consented; they are numbered without a gap and asked about in batches', async () => {
  const { rig, yes, asked, poll, told, other } = await set();
  for (const value of ['N1', 'N3', 'N5']) yes.add(value);
  for (const id of [1, 2, 3, 4, 5]) addPerson(rig.country, id);
  await poll();
  const all = await told();
  assert.deepEqual(all.map(([seq, event]) => [seq, event]), [[1, 'REGISTER'], [2, 'REGISTER'], [3, 'REGISTER']]); // biome-ignore format: one look
  assert.deepEqual(
    all.map(([, , text]) => /N\d/.exec(text ?? '')?.[0]),
    ['N1', 'N3', 'N5'],
  );
  assert.deepEqual(asked.map(({ length }) => length), [2, 2, 1]); // biome-ignore format: one look
  assert.ok((await rig.told(other)).length === 5, 'where none is needed all are told');
  const events = rig.world.state.all(EVENTS).filter(({ key, record }) => key !== undefined || record !== undefined);
  assert.deepEqual(events, [], 'no key and no record is left of what was refused');
});

test('while the service does not answer nothing is told, nobody else waits, and all goes on in order', async () => {
  const { rig, yes, asked, service, poll, decide, told, other } = await set();
  service.down = true;
  for (const id of [1, 2, 3]) {
    yes.add(`N${id}`);
    addPerson(rig.country, id);
    await poll();
  }
  changePerson(rig.country, 1, { region: 'R9' });
  const look = await poll();
  assert.ok((look.nextDueInMs ?? 0) > 0, 'it is looked at again by itself');
  assert.deepEqual(await told(), []);
  assert.equal((await rig.told(other)).length, 4);
  const tries = asked.length;
  await decide();
  assert.equal(asked.length, tries, 'not asked again before its time');
  service.down = false;
  yes.delete('N2');
  rig.world.now += 60_000;
  await decide();
  assert.deepEqual((await told()).map(([seq, event]) => [seq, event]), [[1, 'REGISTER'], [2, 'REGISTER'], [3, 'UPDATE']]); // biome-ignore format: one look
});

test('a deletion is told to whom the person was sent, and nobody is asked about it', async () => {
  const { rig, yes, asked, poll, told } = await set();
  yes.add('N1');
  for (const id of [1, 2]) addPerson(rig.country, id);
  await poll();
  asked.length = 0;
  for (const id of [1, 2]) removePerson(rig.country, id, { person_id: id, national_id: `N${id}` });
  await poll();
  const [, gone, ...more] = await told();
  assert.deepEqual([gone?.[0], gone?.[1], more], [2, 'DELETE', []]);
  assert.ok(gone?.[2]?.includes('"N1"') && !gone[2].includes('"L1"'));
  assert.deepEqual(asked, []);
  assert.equal(rig.world.state.all(SENT).filter(({ recordType, sub }) => recordType === 'Person' && sub.endsWith('-0')).length, 0); // biome-ignore format: one look
});

test('a person that is removed before the service answers was never there', async () => {
  const { rig, yes, service, poll, told } = await set();
  yes.add('N1');
  service.down = true;
  addPerson(rig.country, 1);
  await poll();
  removePerson(rig.country, 1);
  await poll();
  service.down = false;
  rig.world.now += 60_000;
  await poll();
  assert.deepEqual(await told(), []);
});

test('a consent that is withdrawn is told as a deletion with the next change of the person, once', async () => {
  const { rig, yes, poll, told } = await set();
  yes.add('N1');
  addPerson(rig.country, 1);
  await poll();
  yes.clear();
  for (const last_name of ['Later', 'Still']) {
    changePerson(rig.country, 1, { last_name });
    await poll();
  }
  const all = await told();
  assert.deepEqual(all.map(([seq, event]) => [seq, event]), [[1, 'REGISTER'], [2, 'DELETE']]); // biome-ignore format: one look
  assert.ok(!JSON.stringify(all).includes('Later'));
  yes.add('N1');
  changePerson(rig.country, 1, { last_name: 'Again' });
  await poll();
  assert.match((await told()).at(-1)?.[2] ?? '', /Again/);
});

test('a consent that was withdrawn, and told so, is told with the next change when it is given again, though nothing else changed', async () => {
  const { rig, yes, poll, told } = await set();
  yes.add('N1');
  addPerson(rig.country, 1);
  await poll();
  yes.delete('N1');
  changePerson(rig.country, 1, { last_name: 'Later' });
  await poll();
  yes.add('N1');
  for (const _ of ['once', 'and no more']) {
    changePerson(rig.country, 1, {});
    await poll();
  }
  assert.deepEqual((await told()).map(([, event]) => event), ['REGISTER', 'DELETE', 'UPDATE']); // biome-ignore format: one look
});

test('what left the filter is told as a deletion to whom it was sent', async () => {
  const { rig, yes, poll, told } = await set(criteria({ reg_event_type: '*', filter: { home: { $eq: 'R1' } } }));
  for (const value of ['N1', 'N2']) yes.add(value);
  addPerson(rig.country, 1);
  addPerson(rig.country, 2, { region: 'R2' });
  await poll();
  changePerson(rig.country, 1, { region: 'R2' });
  changePerson(rig.country, 2, { last_name: 'Elsewhere' });
  await poll();
  assert.deepEqual((await told()).map(([, event, text]) => [event, text?.includes('N1')]), [['REGISTER', true], ['DELETE', true]]); // biome-ignore format: one look
});

test('what waits for a decision is held while its partner may not have it, and dropped with its subscription', async () => {
  const { rig, yes, service, poll, decide, told, code } = await set();
  yes.add('N1');
  service.down = true;
  addPerson(rig.country, 1);
  await poll();
  service.down = false;
  const [partner] = rig.partners;
  assert.ok(partner);
  rig.partners[0] = { ...partner, active: false };
  rig.world.now += 60_000;
  assert.ok(((await decide()).nextDueInMs ?? 0) > 0);
  assert.deepEqual(await told(), []);
  rig.partners[0] = partner;
  await decide();
  assert.equal((await told()).length, 1);
  service.down = true;
  changePerson(rig.country, 1, { last_name: 'Later' });
  await poll();
  await rig.unsubscribe([code]);
  assert.ok(rig.world.state.all(EVENTS).every(({ state }) => state === 'numbered' || state === 'dropped'));
});

test('one person whom the service never answers about is put away after some tries; the others are told, in order', async () => {
  const { rig, yes, service, poll, decide, told } = await set();
  for (const id of [1, 2, 3, 4]) {
    yes.add(`N${id}`);
    addPerson(rig.country, id);
  }
  service.bad = 'N2';
  await poll();
  for (let tries = 0; tries < 20; tries++) {
    rig.world.now += 60_000;
    await decide();
  }
  const names = (await told()).map(([seq, , text]) => [seq, /N\d/.exec(text ?? '')?.[0]]);
  assert.deepEqual(names, [[1, 'N1'], [2, 'N3'], [3, 'N4']]); // biome-ignore format: one look
  const aside = rig.world.state.all(QUARANTINE);
  assert.deepEqual(aside.map(({ reason }) => reason), ['consent cannot be decided']); // biome-ignore format: one look
  assert.ok(rig.world.state.all(EVENTS).every(({ state }) => state !== 'undecided'));
});

test('a service that is down for long puts nothing away: when it is there again everything is told', async () => {
  const { rig, yes, service, poll, decide, told } = await set();
  for (const id of [1, 2, 3]) {
    yes.add(`N${id}`);
    addPerson(rig.country, id);
  }
  service.down = true;
  await poll();
  for (let tries = 0; tries < 20; tries++) {
    rig.world.now += 60_000;
    await decide();
  }
  assert.deepEqual(await told(), []);
  service.down = false;
  rig.world.now += 60_000;
  await decide();
  assert.equal((await told()).length, 3);
  assert.deepEqual(rig.world.state.all(QUARANTINE), []);
});

test('while a service is away one subscription asks whether it is there again, not each of them', async () => {
  const { rig, yes, asked, service, poll, code, told } = await set();
  const { codes: [second = ''] } = await rig.subscribe(criteria({ reg_event_type: 'REGISTER', filter: EVERYTHING })); // biome-ignore format: one look
  yes.add('N1');
  addPerson(rig.country, 1);
  service.down = true;
  await poll();
  assert.equal(asked.length, 1);
  assert.ok(((await rig.run('decide', second)).nextDueInMs ?? 0) > 0);
  assert.equal(asked.length, 1, 'it waits with the other');
  rig.world.now += 60_000;
  service.down = false;
  for (const each of [second, code]) {
    await rig.run('decide', each);
    assert.equal((await rig.told(each)).length, 1);
  }
  assert.equal((await told()).length, 1);
});

test('a record that changes again and again while decisions wait is looked for once a subscription', async () => {
  const { rig, service, poll } = await set();
  service.down = true;
  addPerson(rig.country, 1);
  await poll();
  for (let change = 0; change < 5; change++) {
    changePerson(rig.country, 1, { last_name: `Name${change}` });
    await poll();
  }
  const { record } = rig.world.state.all(EVENTS).find(({ state }) => state === 'undecided') ?? {};
  let read = 0;
  const documents: Documents = {
    ...rig.documents,
    find: async (collection, range) => {
      const found = await rig.documents.find(collection, range);
      if (range.index === 'byRecord') read += found.length;
      return found;
    },
  };
  const touched = [{ recordType: 'Person', id: record }] as unknown as Parameters<typeof readPending>[0];
  const pending = await readPending(touched, { asks: () => true } as never, documents);
  assert.deepEqual([pending.get(record ?? '')?.size, read], [1, 1]);
});

test('the last digest waits for what is not decided when the time is over', async () => {
  const frequency = { frequency: '0 * * * *', end_time: '2023-11-14T23:30:00Z' };
  const { rig, yes, code, service, poll, decide } = await set(
    criteria({ reg_event_type: '*', filter: EVERYTHING, frequency }),
  );
  const digest = () => rig.run('digest', code);
  yes.add('N1');
  rig.world.now = Date.parse('2023-11-14T23:10:00Z');
  await digest();
  service.down = true;
  addPerson(rig.country, 1);
  await poll();
  rig.world.now = Date.parse('2023-11-14T23:40:00Z');
  await digest();
  service.down = false;
  rig.world.now += 600_000;
  await decide();
  await digest();
  assert.equal((await rig.told(code)).length, 1);
  assert.equal((await digest()).nextDueInMs, undefined);
});
