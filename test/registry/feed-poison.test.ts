/** What the feed of a registry cannot read, or cannot have decided, does not keep the other changes from being told. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackendError } from '../../src/plugin.ts';
import { addPerson, createCountry, criteria, type SubscriptionRig, subscriptionRig } from '../support/subscription-rig.ts';

const ALL = { reg_event_type: '*' };

const namesOf = async (rig: SubscriptionRig, code: string | undefined) =>
  (await rig.told(code ?? '')).flatMap(({ records }) =>
    records.map(({ event, record }) => `${event} ${(record.name as { surname?: string } | undefined)?.surname}`),
  );

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
