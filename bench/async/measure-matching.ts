/** Ten thousand subscriptions and a change: what matching takes, without store and network. */

import type { CallContext } from '../../src/plugin.ts';
import { consider } from '../../src/registry/consider.ts';
import { fullView } from '../../src/registry/full-view.ts';
import { createKeyed } from '../../src/registry/keyed.ts';
import { matchPage } from '../../src/registry/match.ts';
import { readRecords } from '../../src/registry/read-records.ts';
import { touchedBy } from '../../src/registry/touched.ts';
import { SUBSCRIPTIONS, type Subscription } from '../../src/store/async-documents.ts';
import { addPerson, criteria, subscriber, subscriptionRig } from '../../test/support/subscription-rig.ts';

export interface Matching {
  readonly subscriptions: number;
  /** Of all of them, once, in milliseconds. */
  readonly compileMs: number;
  /** Looking whether they changed, before each page. */
  readonly refreshMs: number;
  /** Of one change. */
  readonly medianMs: number;
  readonly slowestMs: number;
  /** Subscriptions that are told of a change, in the mean. */
  readonly matches: number;
}

const PARTNERS = 100;

/** Of a hundred, one by birth date and nine by region; the others each wait for one identifier. */
const filterOf = (n: number): object => {
  if (n % 100 === 0)
    return { seq: [{ attribute: 'birth_date', operator: '>=', value: `${1900 + ((n / 100) % 120)}-01-01` }] };
  if (n % 10 === 0) return { seq: [{ attribute: 'address.region_code', operator: '=', value: `R${n % 700}` }] };
  return { type: 'NID', value: `N${n}` };
};

export const measureMatching = async (subscriptions: number, rounds: number): Promise<Matching> => {
  const partners = Array.from({ length: PARTNERS }, (_, n) => subscriber(`p${n}`));
  const rig = subscriptionRig({ partners, settings: { perPartner: subscriptions } });
  await rig.subscribe(criteria({ reg_event_type: '*' }), 'p0');
  const [one] = rig.world.state.all(SUBSCRIPTIONS);
  const { changes } = rig.mapping;
  const [source] = changes?.sources ?? [];
  if (one === undefined || changes === undefined || source === undefined) throw new Error('nothing to match');
  for (let n = 0; n < subscriptions - 1; n++) {
    const request = rig.sealer.seal(JSON.stringify(filterOf(n + 1)));
    const { liveKey: _, ...rest } = one;
    const added: Subscription = { ...rest, _id: `SUB-${n}`, partner: `p${n % PARTNERS}`, request };
    rig.world.state.insert(SUBSCRIPTIONS, added);
  }
  const first = performance.now();
  const index = await rig.live('social', rig.mapping);
  const compiled = performance.now();
  if ((await rig.live('social', rig.mapping)) !== index) throw new Error('compiled twice');
  const refreshed = performance.now();

  for (let n = 0; n < rounds; n++) addPerson(rig.country, n + 1, { region: `R${n * 10}` });
  const context = { signal: new AbortController().signal } as CallContext;
  const reading = { plugin: rig.registry.plugin, changes, context };
  const keyed = createKeyed(Buffer.alloc(32));
  const times: number[] = [];
  let matched = 0;
  for (const { change } of rig.country.log) {
    const touched = touchedBy(source, [change], 'social', keyed);
    const keys = touched.map(({ key }) => key);
    const whole = await readRecords('Person', keys, fullView(rig.mapping), reading);
    const page = await consider(touched, new Map([['Person', whole]]), { ...rig, keyed, baselined: () => true });
    const start = performance.now();
    matched += (await matchPage(page, { reading, mapping: rig.mapping, index, now: rig.world.now })).length;
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return {
    subscriptions: index.size,
    compileMs: compiled - first,
    refreshMs: refreshed - compiled,
    medianMs: times[Math.floor(rounds / 2)] ?? Number.NaN,
    slowestMs: times.at(-1) ?? Number.NaN,
    matches: matched / rounds,
  };
};
