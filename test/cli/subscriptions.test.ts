import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { listQuarantine, retryQuarantine } from '../../src/cli/quarantine.ts';
import { addSubscription, itemOf, subscribePartner } from '../../src/cli/subscription-add.ts';
import { cancelSubscription, listSubscriptions, showSubscription } from '../../src/cli/subscriptions.ts';
import { loadConfig } from '../../src/config/load.ts';
import { EVENTS, QUARANTINE, SUBSCRIPTIONS, type Subscription } from '../../src/store/async-documents.ts';
import { insertOf } from '../../src/store/documents.ts';
import { type CommandRig, commandRig } from '../support/command-rig.ts';
import { configFolder } from '../support/config-folder.ts';
import { ownSample } from '../support/own-sample.ts';
import { partnerOf } from '../support/partners.ts';
import { ALL_OF_A_RECORD, rightsOf } from '../support/rights.ts';
import { subscriptionRig } from '../support/subscription-rig.ts';

const problem = (pattern: RegExp) => ({ name: 'CommandProblem', message: pattern });

const HEALTH = partnerOf('health', {
  callbacks: ['https://health.example'],
  registries: new Map([['social', rightsOf({ Person: ALL_OF_A_RECORD })]]),
});

/** A rig with the partner `health` and the sample registry, whose changes are told. */
const rigged = async (cleanUp: AsyncDisposableStack): Promise<CommandRig> => {
  const sample = cleanUp.use(ownSample());
  const folder = cleanUp.use(configFolder(`registries:\n  social:\n    file: ${sample.file}\n`));
  const config = await loadConfig({ file: join(folder.path, 'gateway.yaml'), env: {} });
  const rig = cleanUp.use(await commandRig({ config }));
  assert.ok(await rig.context.store.partners.insert(HEALTH));
  return rig;
};

const stored = async ({ context }: CommandRig): Promise<readonly Subscription[]> =>
  context.store.documents.find(SUBSCRIPTIONS, { index: 'byEnd', equals: [true], limit: 10 });

test('an operator subscribes a partner, sees the subscription without its filter, and cancels it', async () => {
  await using cleanUp = new AsyncDisposableStack();
  const rig = await rigged(cleanUp);
  const { context, lines } = rig;
  const filter = '{"type":"urn:gov:national-id","value":"SECRET-1"}';
  const url = 'https://health.example/dci';
  await addSubscription(context, 'health', 'social', { event: 'UPDATE', record: 'Person', filter, url, frequency: 'daily' }); // biome-ignore format: one look
  const [one, ...others] = await stored(rig);
  assert.ok(one !== undefined && others.length === 0);
  assert.deepEqual([one.partner, one.callbackUrl, one.transaction], ['health', `${url}/notify`, undefined]);
  assert.ok(one.nextSlot !== undefined && one.nextSlot % 86_400_000 === 0);

  lines.length = 0;
  await listSubscriptions(context, {});
  await showSubscription(context, one._id);
  assert.match(lines.join('\n'), new RegExp(`${one._id} health social Person UPDATE at daily until 20`));
  assert.match(lines.join('\n'), /by the operator/);
  assert.ok(!lines.join('\n').includes('SECRET-1'));

  const waiting = { _id: 'e', version: 1, sub: one._id, partner: 'health', registry: 'social', recordType: 'Person', change: 'updated', changeVersion: '1', state: 'waiting', position: 1, name: 'UPDATE', body: 'x', at: 1 } as const; // biome-ignore format: one look
  await context.store.documents.insert(EVENTS, waiting);
  await cancelSubscription(context, one._id);
  assert.equal((await stored(rig)).length, 0);
  assert.equal((await context.store.documents.get(EVENTS, 'e'))?.state, 'dropped');
  await assert.rejects(cancelSubscription(context, one._id), problem(/has ended already/));
  await assert.rejects(showSubscription(context, 'SUB-none'), problem(/There is no subscription/));
});

test('an operator cannot subscribe a partner to what it may not ask, nor call another’s address', async () => {
  await using cleanUp = new AsyncDisposableStack();
  const rig = cleanUp.use(await commandRig());
  const { context } = rig;
  const { registry } = subscriptionRig();
  const add = async (options: object) => {
    const all = { event: '*', record: 'Person', ...options };
    return subscribePartner(context, HEALTH, registry, itemOf(all), (options as { url?: string }).url);
  };
  await assert.rejects(add({ record: 'Group' }), problem(/may not make this request.*notify_types/));
  await assert.rejects(add({ event: 'MARRIAGE' }), problem(/notify_types/));
  await assert.rejects(add({ filter: '{' }), problem(/not JSON/));
  await assert.rejects(add({ filter: '{"what":1}' }), problem(/notify_details/));
  await assert.rejects(add({ frequency: 'often' }), problem(/frequency/));
  await assert.rejects(add({ end: '2030-01-01' }), problem(/--end/));
  await assert.rejects(add({ url: 'https://elsewhere.example' }), { code: 'sender_uri.invalid' });
  assert.equal((await stored(rig)).length, 0);
  await add({});
  await assert.rejects(add({}), problem(/exists already/));
  await assert.rejects(addSubscription(context, 'nobody', 'social', { event: '*' }), problem(/no partner nobody/));
  await context.store.partners.insert(HEALTH);
  await assert.rejects(addSubscription(context, 'health', 'nowhere', { event: '*' }), problem(/no registry nowhere/));
});

test('rows that could not be mapped are shown by their keys and given another try', async () => {
  await using cleanUp = new AsyncDisposableStack();
  const { context, lines } = await rigged(cleanUp);
  await listQuarantine(context, undefined);
  assert.deepEqual(lines, ['There are none.']);
  const entry = { _id: 'q', version: 1, registry: 'social', recordType: 'Person', key: context.sealer.seal('["P1"]'), change: 'updated', changeVersion: '1', reason: 'too large', at: 0 } as const; // biome-ignore format: one look
  await context.store.documents.insert(QUARANTINE, entry);
  await listQuarantine(context, 'social');
  assert.match(lines.join(), /social Person \["P1"\] too large 1970/);
  await retryQuarantine(context, undefined);
  assert.equal((await context.store.documents.get(QUARANTINE, 'q'))?.retry, true);
  assert.deepEqual(await context.store.lanes.due(10), ['feed:social']);
  const more = Array.from({ length: 1_100 }, (_, at) => insertOf(QUARANTINE, { ...entry, _id: `q-${at}`, at: at + 1 }));
  await context.store.documents.apply(more);
  lines.length = 0;
  await retryQuarantine(context, 'social');
  assert.deepEqual(lines, ['1101 rows will be read again.'], 'rows that fail again keep no others from their try');
  assert.equal((await context.store.documents.get(QUARANTINE, 'q-1099'))?.retry, true);
  await assert.rejects(listQuarantine(context, 'socail'), /There is no registry socail/);
});
