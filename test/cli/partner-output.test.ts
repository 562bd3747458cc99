import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addPartner, setOutput, showPartner } from '../../src/cli/partner.ts';
import { commandRig } from '../support/command-rig.ts';
import { problem, SENDER, stored } from '../support/partner-commands.ts';

describe('partner set-output', () => {
  it('sets what is named, keeps the rest, and shows it', async () => {
    await using rig = await commandRig();
    await addPartner(rig.context, 'health', SENDER);
    const shown = async () => {
      rig.lines.length = 0;
      await showPartner(rig.context, 'health');
      return JSON.parse(rig.lines.join('\n')).output;
    };
    assert.deepEqual(await shown(), { profile: 'standard', values: 'codes', identifierTypes: 'codes' });
    await setOutput(rig.context, 'health', { profile: 'openspp' });
    assert.deepEqual(await shown(), { profile: 'openspp', values: 'codes', identifierTypes: 'names' });
    const { version } = await stored(rig);
    await setOutput(rig.context, 'health', { typeName: ['urn:a=b=National ID', 'UIN = Number'] });
    const typeNames = { 'urn:a=b': 'National ID', UIN: 'Number' };
    assert.deepEqual(await shown(), { profile: 'openspp', values: 'codes', identifierTypes: 'names', typeNames });
    assert.ok((await stored(rig)).version > version, 'a running gateway would not see it');
    await setOutput(rig.context, 'health', { values: 'labels', identifierTypes: 'codes' });
    await setOutput(rig.context, 'health', { values: 'labels' });
    assert.deepEqual(await shown(), { profile: 'openspp', values: 'labels', identifierTypes: 'codes', typeNames });
    await setOutput(rig.context, 'health', { profile: 'standard', values: 'codes', typeNames: false });
    assert.deepEqual(await shown(), { profile: 'standard', values: 'codes', identifierTypes: 'codes' });
  });

  it('refuses a name that names nothing', async () => {
    await using rig = await commandRig();
    await addPartner(rig.context, 'health', SENDER);
    for (const text of ['National ID', '=National ID', 'urn:a='])
      await assert.rejects(setOutput(rig.context, 'health', { typeName: [text] }), problem(/is no name of a type/));
    assert.equal((await stored(rig)).output, undefined);
  });
});
