import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listKeys, retireKey, rotateKey } from '../../src/cli/keys.ts';
import { commandRig } from '../support/command-rig.ts';

describe('keys list, rotate and retire', () => {
  it('make the next key beside the present one, and end one at once', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    await using rig = await commandRig({ clock: () => now });
    const list = async () => {
      rig.lines.length = 0;
      await listKeys(rig.context);
      return rig.lines.map((line) => line.split('\t').slice(0, 3));
    };
    const ofUse = async (use: string) => (await list()).filter(([, each]) => each === use);
    const [[first], [token]] = [await ofUse('messages'), await ofUse('tokens')];
    assert.deepEqual([first?.[1], first?.[2], token?.[1], token?.[2]], ['messages', 'active', 'tokens', 'active']);
    await assert.rejects(retireKey(rig.context, first?.[0] ?? ''), { message: /only key/ });
    now += 1_000;
    await rotateKey(rig.context, { use: 'sig' });
    assert.match(
      rig.lines.at(-1) ?? '',
      /signs from 2026-01-01T01:01:01Z on/,
      'the configured max-age of the key set and a minute',
    );
    assert.deepEqual(
      (await ofUse('messages')).map(([, , state]) => state),
      ['active', 'pending'],
    );
    now += 2 * 3_600_000;
    await retireKey(rig.context, first?.[0] ?? '');
    const states = new Map((await list()).map(([keyId, , state]) => [keyId, state]));
    assert.equal(states.get(first?.[0] ?? ''), 'removed');
    await assert.rejects(retireKey(rig.context, 'nonsense'), { message: /no key of this id/ });
    assert.ok(!rig.lines.join('').includes('"d"'));

    await rotateKey(rig.context, { use: 'enc' });
    assert.match(rig.lines.at(-2) ?? '', /RSA-OAEP-256.*published from 2026-01-01T02:01:01Z on/);
    assert.match(rig.lines.at(-1) ?? '', /ECDH-ES\+A256KW.*opens messages until you retire it/);
    now += 60_000;
    const states2 = (await ofUse('encryption')).map(([, , state]) => state);
    assert.deepEqual(states2.sort(), ['active', 'active', 'opens', 'opens']);
    const [opening] = (await ofUse('encryption')).filter(([, , state]) => state === 'opens');
    await retireKey(rig.context, opening?.[0] ?? '');
    assert.equal((await ofUse('encryption')).filter(([, , state]) => state === 'opens').length, 1);
  });
});
