import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addPartner, grantRights, showPartner } from '../../src/cli/partner.ts';
import { endPurpose, setPurpose } from '../../src/cli/partner-purposes.ts';
import { commandRig } from '../support/command-rig.ts';
import { problem, SENDER, stored } from '../support/partner-commands.ts';

test('purposes are given, changed and taken away, and survive in the store', async () => {
  await using rig = await commandRig();
  await addPartner(rig.context, 'health', SENDER);
  const set = (name: string, options: object) => setPurpose(rig.context, 'health', 'sample', name, options);
  await assert.rejects(set('aid', { basis: 'contract' }), problem(/has no rights on sample/));
  await grantRights(rig.context, 'health', 'sample', { record: 'Person', fields: 'all' });
  await assert.rejects(set('aid', {}), problem(/--basis/));
  await assert.rejects(set('aid', { basis: 'consent' }), problem(/registries\.sample\.consent does not say/));
  await assert.rejects(set('aid', { basis: 'contract', scopes: ['basic'] }), problem(/no scope of fields basic/));
  await set('aid', { basis: 'contract', default: true });
  await set('audit', { basis: 'legal_obligation' });
  await grantRights(rig.context, 'health', 'sample', { width: 'any' });
  const rights = async () => (await stored(rig)).registries.get('sample');
  assert.deepEqual([...((await rights())?.purposes ?? [])], [['aid', { basis: 'contract' }], ['audit', { basis: 'legal_obligation' }]]); // biome-ignore format: one look
  assert.equal((await rights())?.defaultPurpose, 'aid');
  rig.lines.length = 0;
  await showPartner(rig.context, 'health');
  assert.deepEqual(JSON.parse(rig.lines.join('\n')).registries.sample.purposes.audit, { basis: 'legal_obligation' });
  await endPurpose(rig.context, 'health', 'sample', 'aid');
  assert.deepEqual([(await rights())?.purposes?.size, (await rights())?.defaultPurpose], [1, undefined]);
  await assert.rejects(endPurpose(rig.context, 'health', 'sample', 'aid'), problem(/does not act for aid/));
  await assert.rejects(
    endPurpose(rig.context, 'health', 'sample', 'audit'),
    problem(/last purpose/),
    'that would widen',
  );
});
