import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addPartner, grantRights, revokeRights, showPartner } from '../../src/cli/partner.ts';
import { commandRig } from '../support/command-rig.ts';
import { problem, SENDER, stored } from '../support/partner-commands.ts';

describe('partner grant and revoke', () => {
  it('give what is named, keep the rest, and take it away again', async () => {
    await using rig = await commandRig();
    await addPartner(rig.context, 'health', SENDER);
    await grantRights(rig.context, 'health', 'sample', {
      record: 'Person',
      fields: ['name'],
      rows: '{"sex":{"eq":"female"}}',
    });
    assert.match(rig.lines.join('\n'), /what --rows names was not checked: dci-gateway check does/);
    assert.match(rig.lines.join('\n'), /No identifier of Person can be searched or is shown yet: --identifier-types/);
    const person = async () => (await stored(rig)).registries.get('sample')?.records.get('Person');
    assert.deepEqual((await stored(rig)).registries.get('sample')?.actions, ['search', 'status']);
    assert.deepEqual(
      [(await person())?.fields, (await person())?.attributes, (await person())?.identifierTypes],
      [['name'], [], []],
    );
    await grantRights(rig.context, 'health', 'sample', { record: 'Person', attributes: 'all', width: 'any' });
    assert.deepEqual([(await person())?.fields, (await person())?.attributes], [['name'], 'all']);
    assert.ok((await person())?.rows, 'the row filter stays');
    rig.lines.length = 0;
    await showPartner(rig.context, 'health');
    assert.deepEqual(JSON.parse(rig.lines.join('\n')).registries.sample.records.Person.rows, { sex: { eq: 'female' } });
    await grantRights(rig.context, 'health', 'sample', { record: 'Person', rows: '' });
    assert.equal((await person())?.rows, undefined);
    await grantRights(rig.context, 'health', 'sample', { record: 'Group', fields: 'all' });
    await revokeRights(rig.context, 'health', 'sample', { record: 'Person' });
    assert.deepEqual([...((await stored(rig)).registries.get('sample')?.records.keys() ?? [])], ['Group']);
    assert.equal((await stored(rig)).registries.get('sample')?.width, 'any');
    await revokeRights(rig.context, 'health', 'sample', {});
    assert.equal((await stored(rig)).registries.size, 0);
    await assert.rejects(revokeRights(rig.context, 'health', 'sample', {}), problem(/has no rights on sample/));
  });

  it('refuse registries, record types and row filters that are none', async () => {
    await using rig = await commandRig();
    await addPartner(rig.context, 'health', SENDER);
    const grant = (registry: string, options: object) => grantRights(rig.context, 'health', registry, options);
    await assert.rejects(grant('social', {}), problem(/no registry social. Known: sample/));
    await assert.rejects(grant('sample', { record: 'Cow' }), problem(/no record type Cow. Known: .*Person/));
    await assert.rejects(grant('sample', { fields: 'all' }), problem(/--record/));
    await assert.rejects(grant('sample', { scopes: ['basic'] }), problem(/no scope of fields basic. Known: none/));
    await assert.rejects(
      grant('sample', { record: 'Person', fields: ['name', 'birthdate'] }),
      problem(/birthdate is no field of Person. Did you mean birth_date\?/),
    );
    await assert.rejects(
      grant('sample', { record: 'Person', attributes: ['shoe_size'] }),
      problem(/shoe_size is no attribute of Person. Known: .*birth_date/),
    );
    await assert.rejects(
      grant('sample', { actions: ['search', 'subscibe'] }),
      problem(/subscibe is no action. Did you mean subscribe\?/),
    );
    await assert.rejects(grant('sample', { record: 'Person', rows: '{"a"' }), /^CommandProblem: --rows is no query: /);
    await assert.rejects(grant('sample', { record: 'Person', rows: '{"a":{"$where":1}}' }), /--rows .*\$where/);
    assert.equal((await stored(rig)).registries.size, 0);
  });
});
