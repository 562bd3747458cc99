import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSubscriptionSweepers } from '../../src/jobs/sweep-subscriptions.ts';
import { createReread } from '../../src/registry/reread.ts';
import { CURSORS, EVENTS, OUTBOX, QUARANTINE, SEEN, SENT, SUBSCRIPTIONS } from '../../src/store/async-documents.ts';
import { atOnce, exploredStore } from '../support/explored-store.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { ALL_OF_A_RECORD, rightsOf } from '../support/rights.ts';
import {
  addPerson,
  changePerson,
  criteria,
  happened,
  removePerson,
  type SubscriptionRig,
  subscriber,
  subscriptionRig,
} from '../support/subscription-rig.ts';

const ALL = { reg_event_type: '*' };
const region = (value: string) => ({ seq: [{ attribute: 'address.region_code', operator: '=', value }] });

const eventsOf = async (rig: SubscriptionRig, code: string | undefined) =>
  (await rig.told(code ?? '')).flatMap(({ records }) => records.map(({ event }) => event));

const recordsOf = async (rig: SubscriptionRig, code: string | undefined) =>
  (await rig.told(code ?? '')).flatMap(({ records }) => records.map(({ record }) => record));

describe('a notification', () => {
  it('carries the record as the partner may see it, the code, the number and the true event', async () => {
    const sees = rightsOf({ Person: { attributes: 'all', fields: ['identifier', 'name.surname'], identifierTypes: ['PASSPORT'] } }); // biome-ignore format: one look
    const rig = subscriptionRig({ partners: [subscriber('health', {}, { registries: new Map([['social', sees]]) })] });
    const { codes } = await rig.subscribe(criteria(ALL));
    rig.country.papers.push({ paper_id: 1, person_id: 1, kind: 'P', number: 'P77' });
    addPerson(rig.country, 1);
    await rig.poll();
    changePerson(rig.country, 1, { last_name: 'New' });
    await rig.poll();
    const [first, second] = await rig.told(codes[0] ?? '');
    assert.deepEqual([first?.entry.seq, second?.entry.seq], [1, 2]);
    assert.equal(first?.entry.url, 'https://health.example.org/dci/notify');
    const { meta, action, status } = (second?.header ?? {}) as Record<string, Record<string, unknown>>;
    assert.deepEqual([action, status], ['notify', 'succ']);
    assert.deepEqual([meta?.subscription_code, meta?.sequence_number], [codes[0], 2]);
    const [told] = second?.records ?? [];
    assert.deepEqual([told?.event, told?.regEventType], ['UPDATE', undefined], 'the enum of social has no update');
    const { '@context': _, '@type': type, ...record } = told?.record ?? {};
    assert.deepEqual([type, record], ['Person', { identifier: [{ identifier_type: 'PASSPORT', identifier_value: 'P77' }], name: { surname: 'New' } }]); // biome-ignore format: one look
  });

  it('follows the rights of the moment', async () => {
    const rig = subscriptionRig();
    const { codes } = await rig.subscribe(criteria(ALL));
    addPerson(rig.country, 1);
    await rig.poll();
    rig.partners[0] = subscriber('health', {}, { version: 2, registries: new Map([['social', rightsOf({ Person: { ...ALL_OF_A_RECORD, fields: ['name'] } })]]) }); // biome-ignore format: one look
    changePerson(rig.country, 1, { region: 'R2' });
    await rig.poll();
    rig.partners[0] = subscriber('health', {}, { version: 3, registries: new Map() });
    changePerson(rig.country, 1, { region: 'R3' });
    await rig.poll();
    const records = await recordsOf(rig, codes[0]);
    assert.equal(records.length, 2);
    assert.deepEqual(Object.keys(records[0] ?? {}).includes('birth_date'), true);
    assert.deepEqual(Object.keys(records[1] ?? {}).filter((key) => !key.startsWith('@')), ['name']); // biome-ignore format: one look
    assert.deepEqual(rig.warnings, ['subscription matches nothing']);
  });

  it('goes to nobody who may subscribe no more, except by what the operator subscribed it to', async () => {
    const rig = subscriptionRig();
    const [own = ''] = (await rig.subscribe(criteria(ALL))).codes;
    const [made] = await rig.documents.find(SUBSCRIPTIONS, { index: 'byPartner', equals: ['health', true], limit: 1 });
    assert.ok(made !== undefined);
    const { transaction: _, item: __, ...byOperator } = made;
    await rig.documents.insert(SUBSCRIPTIONS, { ...byOperator, _id: 'SUB-operator', liveKey: 'operator' });
    const actions = rightsOf({ Person: ALL_OF_A_RECORD }, { actions: ['search', 'status'] });
    rig.partners[0] = subscriber('health', {}, { version: 2, registries: new Map([['social', actions]]) });
    addPerson(rig.country, 1);
    await rig.poll();
    assert.deepEqual(await eventsOf(rig, own), []);
    assert.deepEqual(await eventsOf(rig, 'SUB-operator'), ['REGISTER']);
    rig.partners[0] = subscriber('health', {}, { version: 3, scopes: ['registry.search', 'registry.status'] });
    addPerson(rig.country, 2);
    await rig.poll();
    assert.deepEqual(await eventsOf(rig, own), [], 'no token of the partner’s is for subscribing any more');
    assert.deepEqual(await eventsOf(rig, 'SUB-operator'), ['REGISTER', 'REGISTER']);
  });

  it('holds what a GraphQL filter selects and no more, of a deletion the identifiers; each selection is another subscription', async () => {
    const rig = subscriptionRig();
    const of = (selection: string) => criteria({ ...ALL, filter: `{ Person(region_code: "R1") { ${selection} } }` });
    const [name, names, whole] = [of('name { surname }'), of('name { surname given_name }'), criteria({ ...ALL, filter: region('R1') })]; // biome-ignore format: one look
    const { codes, items } = await rig.subscribe([name, names, whole, of('name { surname }')]);
    assert.deepEqual(items.map(({ status }) => status), ['succ', 'succ', 'succ', 'rjct']); // biome-ignore format: one look
    addPerson(rig.country, 1);
    await rig.poll();
    changePerson(rig.country, 1, { deleted: true });
    happened(rig.country, 'deleted', 1);
    await rig.poll();
    const plain = (record: object) => Object.fromEntries(Object.entries(record).filter(([key]) => !key.startsWith('@'))); // biome-ignore format: one look
    const told = await Promise.all(codes.slice(0, 3).map(async (code) => (await recordsOf(rig, code)).map((each) => plain(each ?? {})))); // biome-ignore format: one look
    const gone = { identifier: [{ identifier_type: 'NID', identifier_value: 'N1' }] };
    assert.deepEqual(told[0], [{ name: { surname: 'L1' } }, gone]);
    assert.deepEqual(told[1], [{ name: { surname: 'L1', given_name: 'F1' } }, gone]);
    assert.deepEqual(Object.keys(told[2]?.[0] ?? {}).sort(), ['address', 'birth_date', 'identifier', 'name']);
    assert.deepEqual(told[2]?.[1], gone);
  });

  it('goes only to those whose filter the record satisfies, and who ask for what happened', async () => {
    const rig = subscriptionRig();
    const created = (await rig.subscribe(criteria({ reg_event_type: 'REGISTER', filter: region('R1') }))).codes[0];
    const updated = (await rig.subscribe(criteria({ reg_event_type: 'UPDATE', filter: region('R1') }))).codes[0];
    const elsewhere = (await rig.subscribe(criteria({ ...ALL, filter: region('R9') }))).codes[0];
    const person = (await rig.subscribe(criteria({ ...ALL, filter: { type: 'NID', value: 'N2' } }))).codes[0];
    for (const id of [1, 2]) addPerson(rig.country, id);
    await rig.poll();
    changePerson(rig.country, 1, { first_name: 'Other' });
    await rig.poll();
    assert.deepEqual(await eventsOf(rig, created), ['REGISTER', 'REGISTER']);
    assert.deepEqual(await eventsOf(rig, updated), ['UPDATE']);
    assert.deepEqual(await eventsOf(rig, elsewhere), []);
    assert.deepEqual(await eventsOf(rig, person), ['REGISTER']);
  });

  it('tells what happens right after it was subscribed to, though the clock of who reads the feed is behind', async () => {
    const rig = subscriptionRig();
    const { codes } = await rig.subscribe(criteria(ALL));
    const later = new Date(rig.world.now + 1_000).toISOString();
    const begins = (await rig.subscribe(criteria({ ...ALL, filter: region('R1'), frequency: { start_time: later } }))).codes[0]; // biome-ignore format: one look
    rig.world.now -= 5_000;
    addPerson(rig.country, 1);
    await rig.run('feed');
    assert.deepEqual(await eventsOf(rig, codes[0]), ['REGISTER']);
    assert.deepEqual(await eventsOf(rig, begins), [], 'its time has not come');
  });

  it('is decided by the registry where the record does not show what is asked', async () => {
    const rig = subscriptionRig();
    const home = { seq: [{ attribute: 'home', operator: '=', value: 'R2' }] };
    const { codes, items } = await rig.subscribe(criteria({ ...ALL, filter: home }));
    assert.equal(items[0]?.status, 'succ');
    addPerson(rig.country, 1);
    addPerson(rig.country, 2, { region: 'R2' });
    await rig.poll();
    assert.deepEqual((await recordsOf(rig, codes[0])).map(({ name }) => name), [{ given_name: 'F2', surname: 'L2' }]); // biome-ignore format: one look
  });

  it('is not made of a record that the partner’s row filter hides', async () => {
    const rows = { seq: [{ attribute: 'address.region_code', operator: '=', value: 'R2' }] };
    const hiding = rightsOf({ Person: { ...ALL_OF_A_RECORD, rows } });
    const rig = subscriptionRig({
      partners: [subscriber('health', {}, { registries: new Map([['social', hiding]]) })],
    });
    const { codes } = await rig.subscribe(criteria(ALL));
    const not = (await rig.subscribe(criteria({ ...ALL, filter: { query: { $nor: [{ birth_date: '2000-01-01' }] } } }))).codes[0]; // biome-ignore format: one look
    addPerson(rig.country, 1);
    addPerson(rig.country, 2, { region: 'R2' });
    await rig.poll();
    assert.equal((await recordsOf(rig, codes[0])).length, 1);
    assert.equal((await recordsOf(rig, not)).length, 1);
  });

  it('tells a domain’s own event to those who ask for it', async () => {
    const rig = subscriptionRig({ domain: 'crvs' });
    const death = (await rig.subscribe(criteria({ reg_event_type: 'spdci-common:RegistryEventType:Death' }))).codes[0];
    addPerson(rig.country, 1);
    changePerson(rig.country, 1, { region: 'R2' });
    happened(rig.country, 'updated', 1, { event: 'DEATH' });
    await rig.poll();
    const told = await rig.told(death ?? '');
    assert.deepEqual(told.flatMap(({ records }) => records.map(({ event, regEventType }) => [event, regEventType])), [['DEATH', 'Death']]); // biome-ignore format: one look
  });

  it('is not made again of what was told: the same change twice, a change of nothing that shows', async () => {
    const rig = subscriptionRig();
    const { codes } = await rig.subscribe(criteria(ALL));
    addPerson(rig.country, 1);
    await rig.poll();
    happened(rig.country, 'updated', 1);
    await rig.poll();
    rig.world.state.remove(CURSORS, 'social'); // all of it is read again
    await rig.poll();
    assert.deepEqual(await eventsOf(rig, codes[0]), ['REGISTER']);
  });

  it('tells the newer state where a crash left the older one of the same change', async () => {
    const rig = subscriptionRig();
    const { codes } = await rig.subscribe(criteria(ALL));
    addPerson(rig.country, 1);
    await rig.poll();
    // As if the process had ended between the event and what follows it, and the row changed before it came again.
    for (const { _id } of rig.world.state.all(SEEN)) rig.world.state.remove(SEEN, _id);
    rig.world.state.remove(CURSORS, 'social');
    Object.assign(rig.country.persons[0] ?? {}, { region: 'R2' });
    await rig.poll();
    happened(rig.country, 'updated', 1);
    await rig.poll();
    const last = (await recordsOf(rig, codes[0])).at(-1);
    assert.deepEqual(last?.address, [{ region_code: 'R2' }]);
  });

  it('names neither the key of the record nor the filter to a reader of the store', async () => {
    const rig = subscriptionRig();
    await rig.subscribe(criteria(ALL));
    addPerson(rig.country, 987_654_321, { national_id: 'X', first_name: 'A', last_name: 'B' });
    await rig.poll();
    assert.ok(!rig.world.state.describe().includes('987654321'));
    const [event] = rig.world.state.all(EVENTS);
    assert.equal(event?.body, undefined);
    const text = (await rig.told('SUB-health-1-0')).map((each) => each.text).join();
    assert.ok(text.includes('"X"') && !text.includes('987654321'), 'internal keys are not told');
  });
});

describe('a deletion', () => {
  it('is told to those who were sent the record, by the identifiers they saw and nothing else', async () => {
    const rig = subscriptionRig();
    const all = (await rig.subscribe(criteria(ALL))).codes[0];
    const other = (await rig.subscribe(criteria({ ...ALL, filter: region('R9') }))).codes[0];
    const updates = (await rig.subscribe(criteria({ reg_event_type: 'UPDATE' }))).codes[0];
    addPerson(rig.country, 1);
    await rig.poll();
    removePerson(rig.country, 1);
    await rig.poll();
    const [, deleted] = await recordsOf(rig, all);
    const { '@context': _, ...rest } = deleted ?? {};
    assert.deepEqual(rest, { '@type': 'Person', identifier: [{ identifier_type: 'NID', identifier_value: 'N1' }] });
    assert.deepEqual(await eventsOf(rig, all), ['REGISTER', 'DELETE']);
    assert.deepEqual(await eventsOf(rig, other), []);
    assert.deepEqual(await eventsOf(rig, updates), []);
    assert.equal(rig.world.state.all(SENT).length, 0, 'what was told is forgotten');
  });

  it('of a row that is only marked is told to whom its last state concerns', async () => {
    const rig = subscriptionRig();
    addPerson(rig.country, 1);
    await rig.poll();
    const matching = (await rig.subscribe(criteria({ reg_event_type: 'DELETE', filter: region('R1') }))).codes[0];
    const other = (await rig.subscribe(criteria({ reg_event_type: 'DELETE', filter: region('R9') }))).codes[0];
    changePerson(rig.country, 1, { deleted: true });
    await rig.poll();
    assert.deepEqual(await eventsOf(rig, matching), ['DELETE']);
    assert.deepEqual(Object.keys((await recordsOf(rig, matching))[0] ?? {}), ['@context', '@type', 'identifier']);
    assert.deepEqual(await eventsOf(rig, other), []);
  });

  it('of a row that is gone is told by its old values, where identifiers decide; else not', async () => {
    const rig = subscriptionRig();
    addPerson(rig.country, 1);
    await rig.poll();
    const person = (await rig.subscribe(criteria({ reg_event_type: 'DELETE', filter: { type: 'NID', value: 'N1' } }))).codes[0]; // biome-ignore format: one look
    const place = (await rig.subscribe(criteria({ reg_event_type: 'DELETE', filter: region('R1') }))).codes[0];
    removePerson(rig.country, 1, { person_id: 1, national_id: 'N1' });
    await rig.poll();
    assert.deepEqual(await eventsOf(rig, person), ['DELETE']);
    assert.deepEqual(await eventsOf(rig, place), [], 'what it was like is not known');
  });

  it('of a record that the partner’s row filter hides is not told', async () => {
    const rows = { seq: [{ attribute: 'address.region_code', operator: '=', value: 'R2' }] };
    const hiding = rightsOf({ Person: { ...ALL_OF_A_RECORD, rows } });
    const rig = subscriptionRig({
      partners: [subscriber('health', {}, { registries: new Map([['social', hiding]]) })],
    });
    const { codes } = await rig.subscribe(criteria(ALL));
    for (const [id, region] of [
      [1, 'R1'],
      [2, 'R2'],
    ] as const) {
      // biome-ignore format: one look
      addPerson(rig.country, id, { region, deleted: true });
      happened(rig.country, 'deleted', id, { old: { person_id: id, national_id: `N${id}` } });
    }
    await rig.poll();
    addPerson(rig.country, 3);
    removePerson(rig.country, 3, { person_id: 3, national_id: 'N3' });
    await rig.poll();
    const told = await recordsOf(rig, codes[0]);
    assert.deepEqual(told.map(({ identifier }) => identifier), [[{ identifier_type: 'NID', identifier_value: 'N2' }]]); // biome-ignore format: one look
  });

  it('is not told with identifiers that the partner may not see any more', async () => {
    const rig = subscriptionRig();
    const { codes } = await rig.subscribe(criteria(ALL));
    addPerson(rig.country, 1);
    await rig.poll();
    rig.partners[0] = subscriber('health', {}, { version: 2, registries: new Map([['social', rightsOf({ Person: { ...ALL_OF_A_RECORD, identifierTypes: ['PASSPORT'] } })]]) }); // biome-ignore format: one look
    removePerson(rig.country, 1);
    await rig.poll();
    assert.deepEqual(await eventsOf(rig, codes[0]), ['REGISTER']);
  });

  it('is told to a subscription whose filter the record left, and its return as an update', async () => {
    const rig = subscriptionRig();
    const { codes } = await rig.subscribe(criteria({ ...ALL, filter: region('R1') }));
    addPerson(rig.country, 1);
    await rig.poll();
    changePerson(rig.country, 1, { region: 'R2' });
    await rig.poll();
    changePerson(rig.country, 1, { first_name: 'Unseen' });
    await rig.poll();
    changePerson(rig.country, 1, { region: 'R1' });
    await rig.poll();
    assert.deepEqual(await eventsOf(rig, codes[0]), ['REGISTER', 'DELETE', 'UPDATE']);
    const left = (await recordsOf(rig, codes[0]))[1];
    assert.deepEqual(Object.keys(left ?? {}), ['@context', '@type', 'identifier']);
  });

  it('is told to a subscription that the record left by another identifier, though it was never sent: the source remembers it', async () => {
    const rig = subscriptionRig();
    addPerson(rig.country, 1);
    rig.country.papers.push({ paper_id: 1, person_id: 1, kind: 'P', number: 'X1' });
    await rig.poll();
    const gone = async (filter: object) =>
      (await rig.subscribe(criteria({ reg_event_type: 'DELETE', filter }))).codes[0];
    const nid = (value: string) => ({ type: 'NID', value });
    const [one, two, three, paper] = [await gone(nid('N1')), await gone(nid('N2')), await gone(nid('N3')), await gone({ type: 'PASSPORT', value: 'X1' })]; // biome-ignore format: one look
    const without = await gone({ $not: { 'identifier.identifier_value': { $eq: 'X1' } } });
    const updates = (await rig.subscribe(criteria({ reg_event_type: 'UPDATE', filter: nid('N1') }))).codes[0];
    const [person] = rig.country.persons;
    assert.ok(person);
    person.national_id = 'N2';
    happened(rig.country, 'updated', 1, { old: { person_id: 1, national_id: 'N1' } });
    person.national_id = 'N3';
    happened(rig.country, 'updated', 1, { old: { person_id: 1, national_id: 'N2' } });
    await rig.poll();
    for (const [code, value] of [
      [one, 'N1'],
      [two, 'N2'],
    ] as const) {
      assert.deepEqual(await eventsOf(rig, code), ['DELETE']);
      const { '@context': _, ...record } = (await recordsOf(rig, code))[0] ?? {};
      assert.deepEqual(record, {
        '@type': 'Person',
        identifier: [{ identifier_type: 'NID', identifier_value: value }],
      });
    }
    for (const code of [three, paper, without, updates]) assert.deepEqual(await eventsOf(rig, code), []);
    happened(rig.country, 'updated', 1, { old: { person_id: 9, national_id: 'N1' } });
    person.first_name = 'Other';
    await rig.poll();
    assert.equal((await eventsOf(rig, one)).length, 1, 'what another row was like says nothing of this one');
  });

  it('does not tell a record as left that is still there, to whom a change does not concern', async () => {
    const rig = subscriptionRig();
    const home = { seq: [{ attribute: 'home', operator: '=', value: 'R1' }] };
    const both = async (filter: object) => (await rig.subscribe([criteria({ reg_event_type: '*', filter })])).codes[0];
    const [shown, asked] = [await both(region('R1')), await both(home)];
    addPerson(rig.country, 1);
    await rig.poll();
    happened(rig.country, 'updated', 1, { event: 'DEATH' });
    await rig.poll();
    assert.deepEqual(await eventsOf(rig, shown), ['REGISTER']);
    assert.deepEqual(await eventsOf(rig, asked), ['REGISTER']);
  });
});

describe('a digest', () => {
  it('sends what was collected at its times inside the range, in one message', async () => {
    const rig = subscriptionRig();
    const frequency = { frequency: '0 * * * *', start_time: '2023-11-14T23:30:00Z', end_time: '2023-11-15T01:30:00Z' };
    const { codes } = await rig.subscribe(criteria({ ...ALL, frequency }));
    const [code = ''] = codes;
    const slot = () => rig.world.state.get(SUBSCRIPTIONS, code)?.nextSlot;
    assert.equal(slot(), Date.parse('2023-11-15T00:00:00Z'), 'the first inside the range');
    addPerson(rig.country, 1);
    await rig.poll();
    rig.world.now = Date.parse('2023-11-14T23:40:00Z');
    for (const id of [2, 3]) addPerson(rig.country, id);
    await rig.poll();
    await rig.run('digest', code);
    assert.equal((await rig.told(code)).length, 0, 'not before');
    rig.world.now = slot() ?? 0;
    const look = await rig.run('digest', code);
    assert.deepEqual(await eventsOf(rig, code), ['REGISTER', 'REGISTER'], 'what was before the range is not told');
    assert.deepEqual((await rig.told(code)).map(({ entry }) => [entry.seq, entry.count]), [[1, 2]]); // biome-ignore format: one look
    assert.equal(look.nextDueInMs, 3_600_000);
    addPerson(rig.country, 4);
    await rig.poll();
    rig.world.now = Date.parse('2023-11-15T01:29:00Z'); // late: it goes out all the same
    await rig.run('digest', code);
    assert.equal((await rig.told(code)).length, 2);
    addPerson(rig.country, 5);
    await rig.poll();
    const end = Date.parse('2023-11-15T01:30:00Z');
    assert.equal(slot(), end, 'no further time lies in the range: what is left is told at its end');
    rig.world.now = end;
    await rig.run('digest', code);
    assert.deepEqual((await rig.told(code)).map(({ entry }) => entry.count), [2, 1, 1]); // biome-ignore format: one look
    rig.world.now += 60_000;
    assert.equal((await rig.run('digest', code)).nextDueInMs, undefined);
    assert.equal(slot(), undefined);
  });

  it('still comes when its time is over and the partner has subscribed to the same again', async () => {
    const rig = subscriptionRig();
    const wanted = criteria({ ...ALL, frequency: { frequency: '0 * * * *', end_time: '2023-11-15T01:30:00Z' } });
    const [code = ''] = (await rig.subscribe(wanted)).codes;
    rig.world.now = Date.parse('2023-11-15T00:40:00Z');
    addPerson(rig.country, 1);
    await rig.poll();
    rig.world.now = Date.parse('2023-11-15T02:00:00Z'); // nobody was there at 01:00
    const again = criteria({ ...ALL, frequency: { frequency: '0 * * * *' } });
    assert.notEqual((await rig.subscribe(again)).codes[0], code);
    await rig.run('digest', code);
    assert.deepEqual(await eventsOf(rig, code), ['REGISTER']);
  });
});

describe('a feed', () => {
  it('notes what is there when it begins and tells only what comes later', async () => {
    const rig = subscriptionRig();
    addPerson(rig.country, 1);
    await rig.poll();
    const { codes } = await rig.subscribe(criteria(ALL));
    changePerson(rig.country, 1, { region: 'R2' });
    await rig.poll();
    assert.deepEqual(await eventsOf(rig, codes[0]), ['UPDATE']);
  });

  it('is read at once, before its time, where changes may have been missed', async () => {
    const rig = subscriptionRig();
    const { codes } = await rig.subscribe(criteria(ALL));
    await rig.poll();
    addPerson(rig.country, 1);
    rig.world.now += 1_000;
    await rig.run('feed');
    assert.deepEqual(await eventsOf(rig, codes[0]), [], 'it is not its time yet');
    const { log } = recordedLog();
    const clock = () => rig.world.now;
    const reread = createReread({ documents: rig.documents, sealer: rig.sealer, clock, log, registry: () => rig.registry, wake: () => undefined }); // biome-ignore format: one look
    await reread('social');
    await rig.run('feed');
    assert.deepEqual(await eventsOf(rig, codes[0]), ['REGISTER']);
    changePerson(rig.country, 1, { region: 'R2' });
    rig.world.now += 1_000;
    await rig.run('feed');
    assert.deepEqual(await eventsOf(rig, codes[0]), ['REGISTER'], 'once');
  });

  it('keeps how far it read sealed: a cursor may hold the key of a row', async () => {
    const rig = subscriptionRig();
    addPerson(rig.country, 1);
    await rig.poll();
    const [stored] = rig.world.state.all(CURSORS);
    assert.ok(stored && !stored.position.includes('person_log'));
    assert.match(rig.sealer.open(stored.position), /"log.person_log":\{"cursor":"1"\}/);
  });

  it('reads pushed keys again, and refuses record types and keys that are not pushed', async () => {
    const rig = subscriptionRig();
    const { codes } = await rig.subscribe(criteria(ALL));
    rig.country.persons.push({ person_id: 5, national_id: 'N5', first_name: 'F', last_name: 'L', region: 'R1', dob: null, deleted: false }); // biome-ignore format: one look
    await rig.push('social', [{ recordType: 'Person', key: '5' }]);
    await rig.push('social', [{ recordType: 'Person', key: '6' }]);
    await rig.poll();
    assert.deepEqual(await eventsOf(rig, codes[0]), ['REGISTER'], 'a key without a row tells nothing');
    await assert.rejects(rig.push('social', [{ recordType: 'Group', key: '5' }]), { code: 'request.bad' });
    await assert.rejects(rig.push('other', []), { code: 'request.not_found' });
  });

  it('tells what was pushed before what was read after it, in a digest as well, though the clock of who reads is behind', async () => {
    let elapsed = 0;
    const rig = subscriptionRig({ monotonic: () => elapsed });
    const [code = ''] = (await rig.subscribe(criteria({ ...ALL, frequency: { frequency: 'daily' } }))).codes;
    addPerson(rig.country, 1);
    rig.country.log.length = 0;
    await rig.push('social', [{ recordType: 'Person', key: '1', event: 'REGISTER' }]);
    await rig.run('feed');
    rig.world.now -= 60_000;
    elapsed += 10_000;
    removePerson(rig.country, 1, { person_id: 1, national_id: 'N1' });
    await rig.run('feed');
    rig.world.now += 86_400_000;
    await rig.run('digest', code);
    assert.deepEqual(await eventsOf(rig, code), ['REGISTER', 'DELETE']);
  });

  it('believes what a push says of a record that was never seen', async () => {
    const rig = subscriptionRig();
    const { codes } = await rig.subscribe(criteria(ALL));
    addPerson(rig.country, 5);
    addPerson(rig.country, 6);
    await rig.push('social', [{ recordType: 'Person', key: '5', event: 'spdci:Update' }]);
    await rig.push('social', [{ recordType: 'Person', key: '6', event: 'REGISTRATION' }]);
    await rig.poll();
    assert.deepEqual((await eventsOf(rig, codes[0])).toSorted(), ['REGISTER', 'UPDATE']);
  });

  it('tells an event of a record that was never seen as a change, unless it makes the record or a source says it is new', async () => {
    const rig = subscriptionRig();
    const updates = (await rig.subscribe(criteria({ reg_event_type: 'UPDATE' }))).codes[0];
    const created = (await rig.subscribe(criteria({ reg_event_type: 'REGISTER' }))).codes[0];
    const names = async (code: string | undefined) =>
      (await recordsOf(rig, code)).map((record) => (record as { name: { surname: string } }).name.surname).toSorted();
    for (const id of [5, 6, 7, 8]) addPerson(rig.country, id);
    rig.country.log.length = 0; // they were there before
    happened(rig.country, 'changed', 5, { event: 'DEATH' });
    await rig.push('social', [{ recordType: 'Person', key: '6', event: 'DEATH' }]);
    await rig.push('social', [{ recordType: 'Person', key: '7', event: 'LIVE_BIRTH' }]);
    happened(rig.country, 'created', 8, { event: 'DEATH' });
    await rig.poll();
    assert.deepEqual(await names(updates), ['L5', 'L6']);
    assert.deepEqual(await names(created), ['L7', 'L8']);
  });

  it('drops what a cancelled subscription still had to say', async () => {
    const rig = subscriptionRig();
    const { codes } = await rig.subscribe(criteria({ ...ALL, frequency: { frequency: 'daily' } }));
    addPerson(rig.country, 1);
    await rig.poll();
    await rig.unsubscribe(codes);
    assert.deepEqual(rig.world.state.all(EVENTS).map(({ state, body }) => [state, body]), [['dropped', undefined]]); // biome-ignore format: one look
    rig.world.now += 86_400_000;
    await rig.run('digest', codes[0]);
    assert.equal(rig.world.state.all(OUTBOX).length, 0);
  });

  it('puts a row aside that cannot be mapped, goes on, and tries it again when told to', async () => {
    const rig = subscriptionRig();
    const { codes } = await rig.subscribe(criteria(ALL));
    addPerson(rig.country, 1, { last_name: 'x'.repeat(4_000_001) });
    addPerson(rig.country, 2);
    await rig.poll();
    assert.deepEqual(await eventsOf(rig, codes[0]), ['REGISTER']);
    const [aside] = rig.world.state.all(QUARANTINE);
    assert.equal(aside?.reason, 'too large');
    const retry = async (): Promise<void> => {
      const [found] = rig.world.state.all(QUARANTINE);
      if (found !== undefined) await rig.documents.replace(QUARANTINE, { ...found, retry: true });
      await rig.poll();
    };
    await retry();
    assert.equal(rig.world.state.all(QUARANTINE).length, 1, 'it is as large as before');
    Object.assign(rig.country.persons[0] ?? {}, { last_name: 'short' });
    await retry();
    assert.equal((await eventsOf(rig, codes[0])).length, 2);
    assert.equal(rig.world.state.all(QUARANTINE).length, 0);
  });
});

describe('the sweep', () => {
  it('ends subscriptions whose time is over, once what happened in it was told', async () => {
    const rig = subscriptionRig();
    const { codes } = await rig.subscribe(criteria({ ...ALL, frequency: { end_time: '2023-11-15T00:00:00Z' } }));
    const [code = ''] = codes;
    addPerson(rig.country, 1);
    await rig.poll();
    const { documents, lanes } = exploredStore(rig.world, atOnce);
    const sweepers = createSubscriptionSweepers({
      documents,
      lanes,
      clock: () => rig.world.now,
      feeds: () => ['social'],
    });
    const sweep = async () => {
      for (const each of sweepers) await each();
    };
    rig.world.now += 86_400_000;
    addPerson(rig.country, 2);
    await rig.poll();
    assert.equal((await eventsOf(rig, code)).length, 1, 'nothing after its end');
    await sweep();
    assert.equal(rig.world.state.get(SUBSCRIPTIONS, code)?.live, true, 'a message is on its way');
    const [entry] = rig.world.state.all(OUTBOX);
    if (entry !== undefined) await documents.replace(OUTBOX, { ...entry, state: 'delivered', open: undefined });
    await sweep();
    const { live, by, liveKey } = rig.world.state.get(SUBSCRIPTIONS, code) ?? {};
    assert.deepEqual([live, by, liveKey], [false, 'expired', undefined]);
  });
});
