/** What the feed of a registry cannot read, or cannot have decided, does not keep the other changes from being told. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackendError, type NativeFilter, type RegistryQuery } from '../../src/plugin.ts';
import { EVENTS, QUARANTINE } from '../../src/store/async-documents.ts';
import { ALL_OF_A_RECORD, rightsOf } from '../support/rights.ts';
import {
  addPerson,
  changePerson,
  createCountry,
  criteria,
  type SubscriptionRig,
  subscriber,
  subscriptionRig,
  YAML,
} from '../support/subscription-rig.ts';

const ALL = { reg_event_type: '*' };
const UNTOLD = 'changes are not told: the registry cannot decide whom they concern';

const namesOf = async (rig: SubscriptionRig, code: string | undefined) =>
  (await rig.told(code ?? '')).flatMap(({ records }) =>
    records.map(({ event, record }) => `${event} ${(record.name as { surname?: string } | undefined)?.surname}`),
  );

const columnsIn = (filter: NativeFilter): readonly string[] => {
  if ('of' in filter) return (Array.isArray(filter.of) ? filter.of : [filter.of]).flatMap(columnsIn);
  return 'column' in filter ? [filter.column] : [];
};

const keysIn = (query: RegistryQuery): string => JSON.stringify(query.filter);

test('a record with too many rows below it is put aside, and the others of its page are told', async () => {
  let searches = 0;
  const rig = subscriptionRig({
    searching: (query) => {
      searches += 1;
      if (query.limit > 0 && /\b77\b/.test(keysIn(query))) throw new BackendError('too_many', 'child papers has too many rows for one page'); // biome-ignore format: one look
    },
  });
  const { codes } = await rig.subscribe(criteria(ALL));
  for (let id = 1; id <= 90; id++) addPerson(rig.country, id);
  await rig.poll();
  assert.equal((await namesOf(rig, codes[0])).length, 89);
  assert.deepEqual(rig.world.state.all(QUARANTINE).map(({ reason }) => reason), ['too many rows']); // biome-ignore format: one look
  assert.ok(searches < 60, `${searches} searches`);
});

test('a record that the registry refuses to read is put aside once others can be read; where all are refused, all wait', async () => {
  let refused = /\b(1|77)\b/;
  const rig = subscriptionRig({
    searching: (query) => {
      if (refused.test(keysIn(query))) throw new BackendError('refused', 'PostgreSQL refused a statement (22008)');
    },
  });
  const { codes } = await rig.subscribe(criteria(ALL));
  addPerson(rig.country, 1);
  await assert.rejects(rig.poll(), /22008/);
  assert.equal(rig.world.state.all(QUARANTINE).length, 0);
  for (let id = 2; id <= 90; id++) addPerson(rig.country, id);
  await rig.poll();
  assert.equal((await namesOf(rig, codes[0])).length, 88);
  assert.deepEqual(rig.world.state.all(QUARANTINE).map(({ reason }) => reason), ['refused', 'refused']); // biome-ignore format: one look

  refused = /\d/;
  for (let id = 101; id <= 150; id++) addPerson(rig.country, id);
  await assert.rejects(rig.poll(), /22008/);
  assert.equal(rig.world.state.all(QUARANTINE).length, 2);
  refused = /-/;
  await rig.poll();
  assert.equal((await namesOf(rig, codes[0])).length, 138);
});

test('a registry that answers every page so is not asked for ever', async () => {
  let searches = 0;
  const rig = subscriptionRig({
    searching: () => {
      searches += 1;
      throw new BackendError('too_many', 'child papers has too many rows for one page');
    },
  });
  await rig.subscribe(criteria(ALL));
  for (let id = 1; id <= 100; id++) addPerson(rig.country, id);
  await rig.poll();
  assert.equal(rig.world.state.all(QUARANTINE).length, 100);
  assert.ok(searches < 60, `${searches} searches`);
});

test('a row on which an expression goes beyond its bounds is put aside', async () => {
  const yaml = YAML.replace(
    'given_name: first_name',
    "given_name: { from: first_name, expr: '$uppercase(first_name)' }",
  );
  const rig = subscriptionRig({ yaml });
  const { codes } = await rig.subscribe(criteria(ALL));
  addPerson(rig.country, 1, { first_name: 'x'.repeat(20_001) });
  addPerson(rig.country, 2);
  await rig.poll();
  assert.deepEqual(await namesOf(rig, codes[0]), ['REGISTER L2']);
  assert.deepEqual(rig.world.state.all(QUARANTINE).map(({ reason }) => reason), ['an expression fails']); // biome-ignore format: one look
});

/** A registry that may refuse conditions on regions. */
const regions = (kind: 'too_many' | 'refused') => {
  const decided = {
    refused: false,
    search: ({ filter }: RegistryQuery): void => {
      if (decided.refused && columnsIn(filter).includes('region')) throw new BackendError(kind, 'a condition on x finds more than 20 rows'); // biome-ignore format: one look
    },
  };
  return decided;
};

/** A person is told, and changes while conditions on regions are refused. */
const changeUndecided = async (
  rig: ReturnType<typeof subscriptionRig>,
  decided: { refused: boolean },
): Promise<void> => {
  addPerson(rig.country, 1);
  await rig.poll();
  decided.refused = true;
  changePerson(rig.country, 1, { last_name: 'New' });
  await rig.poll();
};

for (const kind of ['too_many', 'refused'] as const) {
  test(`a filter that the registry does not decide (${kind}) holds up no other subscription, and tells nothing false`, async () => {
    const decided = regions(kind);
    const rig = subscriptionRig({
      partners: [subscriber('health'), subscriber('tax')],
      searching: decided.search,
    });
    const home = { seq: [{ attribute: 'home', operator: '=', value: 'R1' }] };
    const [undecided] = (await rig.subscribe(criteria({ ...ALL, filter: home }))).codes;
    const [other] = (await rig.subscribe(criteria(ALL), 'tax')).codes;
    await changeUndecided(rig, decided);
    assert.deepEqual(await namesOf(rig, other), ['REGISTER L1', 'UPDATE New']);
    assert.deepEqual(await namesOf(rig, undecided), ['REGISTER L1'], 'not that it left');
    assert.deepEqual(rig.warnings, [UNTOLD]);
    decided.refused = false;
    changePerson(rig.country, 1, { last_name: 'Newer' });
    await rig.poll();
    assert.deepEqual(await namesOf(rig, undecided), ['REGISTER L1', 'UPDATE Newer']);
  });
}

for (const kind of ['too_many', 'refused'] as const) {
  test(`a row filter that the registry does not decide (${kind}) holds up no other partner`, async () => {
    const decided = regions(kind);
    const rows = { seq: [{ attribute: 'address.region_code', operator: '=', value: 'R1' }] };
    const some = rightsOf({ Person: { ...ALL_OF_A_RECORD, rows } });
    const rig = subscriptionRig({
      partners: [subscriber('health', {}, { registries: new Map([['social', some]]) }), subscriber('tax')],
      searching: decided.search,
    });
    const [narrow] = (await rig.subscribe(criteria(ALL))).codes;
    const [other] = (await rig.subscribe(criteria(ALL), 'tax')).codes;
    await changeUndecided(rig, decided);
    assert.deepEqual(await namesOf(rig, other), ['REGISTER L1', 'UPDATE New']);
    assert.deepEqual(await namesOf(rig, narrow), ['REGISTER L1'], 'not that it left');
    assert.deepEqual(rig.warnings, [UNTOLD]);
  });
}

test('a registry that does not answer is waited for: nothing is put aside', async () => {
  let away = true;
  const rig = subscriptionRig({
    searching: () => {
      if (away) throw new BackendError('unavailable', 'no connection');
    },
  });
  const { codes } = await rig.subscribe(criteria(ALL));
  addPerson(rig.country, 1);
  await assert.rejects(rig.poll());
  away = false;
  await rig.poll();
  assert.deepEqual(await namesOf(rig, codes[0]), ['REGISTER L1']);
  assert.equal(rig.world.state.all(QUARANTINE).length, 0);
});

test('a source that fails for ever does not keep the others from being read', async () => {
  const country = createCountry();
  const { changes } = subscriptionRig().mapping;
  const rig = subscriptionRig({
    country,
    fromNow: {
      sources: changes?.sources ?? [],
      changes: async ({ source, cursor }) => {
        if (source.id !== 'log.person_log') throw new BackendError('refused', 'PostgreSQL refused a statement (42P01)');
        const told = country.log.slice(Number(cursor ?? 0));
        return { changes: told.map(({ change }) => change), cursor: String(country.log.length), more: false };
      },
    },
  });
  const { codes } = await rig.subscribe(criteria(ALL));
  for (let look = 0; look < 6; look++) {
    if (look < 2) addPerson(country, look + 1);
    await rig.run('feed').catch((cause: unknown) => assert.match(String(cause), /42P01/));
    rig.world.now += 5_000;
  }
  assert.deepEqual(await namesOf(rig, codes[0]), ['REGISTER L1', 'REGISTER L2']);
});

test('a pushed key that cannot be read does not keep what is polled from being told, and is taken once it can be', async () => {
  let refuses = true;
  const rig = subscriptionRig({
    searching: (query) => {
      if (refuses && /\b77\b/.test(keysIn(query))) throw new BackendError('refused', 'PostgreSQL refused a statement (22008)'); // biome-ignore format: one look
    },
  });
  const { codes } = await rig.subscribe(criteria(ALL));
  addPerson(rig.country, 77, { last_name: 'Pushed' });
  rig.country.log.length = 0;
  await rig.push('social', [{ recordType: 'Person', key: '77' }]);
  addPerson(rig.country, 1);
  const looks = async () => {
    for (let look = 0; look < 4; look++) {
      await rig.run('feed').catch((cause: unknown) => assert.match(String(cause), /22008/));
      rig.world.now += 5_000;
    }
  };
  await looks();
  assert.deepEqual(await namesOf(rig, codes[0]), ['REGISTER L1']);
  refuses = false;
  await looks();
  assert.deepEqual(await namesOf(rig, codes[0]), ['REGISTER L1', 'REGISTER Pushed']);
});

test('a clock that is put back does not put off the next poll', async () => {
  let elapsed = 0;
  const rig = subscriptionRig({ monotonic: () => elapsed });
  const { codes } = await rig.subscribe(criteria(ALL));
  await rig.run('feed');
  addPerson(rig.country, 1);
  rig.world.now -= 3_600_000;
  elapsed += 10_000;
  await rig.run('feed');
  assert.deepEqual(await namesOf(rig, codes[0]), ['REGISTER L1']);
});

test('an event that cannot be opened any more is dropped, and the others of its registry are numbered', async () => {
  const rig = subscriptionRig({ partners: [subscriber('health'), subscriber('tax')] });
  const daily = criteria({ ...ALL, frequency: { frequency: 'daily' } });
  const [digest = ''] = (await rig.subscribe(daily)).codes;
  const [other] = (await rig.subscribe(criteria(ALL), 'tax')).codes;
  for (const id of [1, 2]) addPerson(rig.country, id);
  await rig.poll();
  const [damaged] = rig.world.state.all(EVENTS).filter(({ sub }) => sub === digest);
  assert.ok(damaged !== undefined);
  await rig.documents.replace(EVENTS, { ...damaged, body: 'damaged', urgent: true });
  addPerson(rig.country, 3);
  await rig.poll();
  assert.deepEqual(await namesOf(rig, other), ['REGISTER L1', 'REGISTER L2', 'REGISTER L3']);
  assert.deepEqual(rig.warnings, ['event cannot be read: it is not told']);
});
