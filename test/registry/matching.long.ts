/** 10,000 subscriptions and a change: matching takes milliseconds, not a query for each. Prints what it took. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CallContext } from '../../src/plugin.ts';
import { consider } from '../../src/registry/consider.ts';
import { fullView } from '../../src/registry/full-view.ts';
import { createKeyed } from '../../src/registry/keyed.ts';
import { matchPage } from '../../src/registry/match.ts';
import { readRecords } from '../../src/registry/read-records.ts';
import { touchedBy } from '../../src/registry/touched.ts';
import { SUBSCRIPTIONS, type Subscription } from '../../src/store/async-documents.ts';
import { addPerson, criteria, subscriber, subscriptionRig } from '../support/subscription-rig.ts';

const SUBSCRIPTION_COUNT = 10_000;
const ROUNDS = 50;

const filterOf = (n: number): object => {
  if (n % 100 === 0)
    return { seq: [{ attribute: 'birth_date', operator: '>=', value: `${1900 + ((n / 100) % 120)}-01-01` }] };
  if (n % 10 === 0) return { seq: [{ attribute: 'address.region_code', operator: '=', value: `R${n % 700}` }] };
  return { type: 'NID', value: `N${n}` };
};

it('a change meets 10,000 subscriptions in milliseconds', async (t) => {
  const partners = Array.from({ length: 100 }, (_, n) => subscriber(`p${n}`));
  const rig = subscriptionRig({ partners, settings: { perPartner: SUBSCRIPTION_COUNT } });
  await rig.subscribe(criteria({ reg_event_type: '*' }), 'p0');
  const [one] = rig.world.state.all(SUBSCRIPTIONS);
  assert.ok(one !== undefined);
  for (let n = 0; n < SUBSCRIPTION_COUNT - 1; n++) {
    const request = rig.sealer.seal(JSON.stringify(filterOf(n + 1)));
    const { liveKey: _, ...rest } = one;
    const added: Subscription = { ...rest, _id: `SUB-${n}`, partner: `p${n % 100}`, request };
    rig.world.state.insert(SUBSCRIPTIONS, added);
  }
  const first = performance.now();
  const index = await rig.live('social', rig.mapping);
  const compileMs = performance.now() - first;
  assert.equal(index.size, SUBSCRIPTION_COUNT);
  const again = performance.now();
  assert.equal(await rig.live('social', rig.mapping), index);
  const refreshMs = performance.now() - again;

  for (let n = 0; n < ROUNDS; n++) addPerson(rig.country, n + 1, { region: `R${n * 10}` });
  const { changes } = rig.mapping;
  const [source] = changes?.sources ?? [];
  assert.ok(changes !== undefined && source !== undefined);
  const context = { signal: new AbortController().signal } as CallContext;
  const reading = { plugin: rig.registry.plugin, changes, context };
  const keyed = createKeyed(Buffer.alloc(32));
  const times: number[] = [];
  let matched = 0;
  for (const { change } of rig.country.log) {
    const touched = touchedBy(source, [change], 'social', keyed);
    const whole = await readRecords(
      'Person',
      touched.map(({ key }) => key),
      fullView(rig.mapping),
      reading,
    );
    const page = await consider(touched, new Map([['Person', whole]]), { ...rig, keyed, baselined: () => true });
    const start = performance.now();
    matched += (await matchPage(page, { reading, mapping: rig.mapping, index, now: rig.world.now })).length;
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const median = times[ROUNDS / 2] ?? 0;
  t.diagnostic(`compiling ${SUBSCRIPTION_COUNT} subscriptions: ${compileMs.toFixed(0)} ms, once; looking whether they changed: ${refreshMs.toFixed(2)} ms`); // biome-ignore format: one look
  t.diagnostic(`matching one change: median ${median.toFixed(3)} ms, slowest ${times.at(-1)?.toFixed(2)} ms, ${(matched / ROUNDS).toFixed(1)} matches a change`); // biome-ignore format: one look
  assert.ok(matched > ROUNDS, 'something matches');
  assert.ok(median < 10, `${median} ms`);
});
