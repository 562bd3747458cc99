import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { addPartner, fetchKey, setKey } from '../../src/cli/partner.ts';
import type { Outbound } from '../../src/security/outbound/http-client.ts';
import { commandRig } from '../support/command-rig.ts';
import { jwk, problem, SENDER, stored } from '../support/partner-commands.ts';

describe('partner set-key and fetch-key', () => {
  it('pin a key from PEM or JWK, replace it by name, switch it off and on', async () => {
    await using rig = await commandRig();
    await addPartner(rig.context, 'health', SENDER);
    rig.files.set('pem', generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }).toString());
    rig.files.set('jwk', JSON.stringify(jwk('k2')));
    await assert.rejects(setKey(rig.context, 'health', { file: 'pem' }), problem(/--key-id/));
    await setKey(rig.context, 'health', { file: 'pem', keyId: 'k1' });
    await setKey(rig.context, 'health', { file: 'jwk' });
    const keys = async () =>
      (await stored(rig)).keys.map(({ keyId, active, source, algorithm }) => [keyId, active, source, algorithm]);
    assert.deepEqual(await keys(), [
      ['k1', true, 'pinned', 'ed25519'],
      ['k2', true, 'pinned', 'ed25519'],
    ]);
    await setKey(rig.context, 'health', { keyId: 'k1', off: true });
    assert.deepEqual(await keys(), [
      ['k2', true, 'pinned', 'ed25519'],
      ['k1', false, 'pinned', 'ed25519'],
    ]);
    await setKey(rig.context, 'health', { keyId: 'k1', only: true });
    assert.deepEqual(
      (await keys()).map(([keyId, active]) => [keyId, active]),
      [
        ['k2', false],
        ['k1', true],
      ],
    );
    await assert.rejects(setKey(rig.context, 'health', { keyId: 'k3' }), problem(/has no key k3/));
    await assert.rejects(setKey(rig.context, 'health', {}), problem(/--file/));
  });

  it('say that keys of a key set verify on where the others were switched off', async () => {
    await using rig = await commandRig();
    await addPartner(rig.context, 'health', { ...SENDER, jwksUrl: 'https://health.example/jwks.json' });
    rig.files.set('jwk', JSON.stringify(jwk('k2')));
    rig.lines.length = 0;
    await setKey(rig.context, 'health', { file: 'jwk', only: true });
    const said = /Keys of its key set \(https:\/\/health\.example\/jwks\.json\) verify on.*fetch-key health/;
    assert.match(rig.lines.join('\n'), said);
    rig.lines.length = 0;
    await setKey(rig.context, 'health', { keyId: 'k2', off: true });
    assert.match(rig.lines.join('\n'), said);
    assert.doesNotMatch(rig.lines.join('\n'), /no active key/);
  });

  it('refuse a private key', async () => {
    await using rig = await commandRig();
    await addPartner(rig.context, 'health', SENDER);
    rig.files.set(
      'private',
      generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    );
    await assert.rejects(setKey(rig.context, 'health', { file: 'private', keyId: 'k' }), { name: 'KeyProblem' });
    assert.deepEqual((await stored(rig)).keys, []);
  });

  it('fetch the key set of the registered address, keep the address, and leave what was switched off switched off', async () => {
    const asked: string[] = [];
    let keys = [jwk('one'), jwk('two')];
    const outbound: Outbound = {
      fetch: async (url) => {
        asked.push(url);
        return {
          status: 200,
          headers: {},
          body: Buffer.from(JSON.stringify({ keys: [...keys, { kty: 'EC', kid: 'ec' }] })),
        };
      },
    };
    await using rig = await commandRig({ outbound });
    await addPartner(rig.context, 'health', SENDER);
    await assert.rejects(fetchKey(rig.context, 'health', {}), problem(/no JWKS address/));
    await fetchKey(rig.context, 'health', { url: 'https://health.example/jwks.json' });
    assert.equal((await stored(rig)).jwksUrl, 'https://health.example/jwks.json');
    assert.ok(rig.lines.some((line) => line.startsWith('One was left out')));
    await setKey(rig.context, 'health', { keyId: 'two', off: true });
    keys = [jwk('two'), jwk('three')];
    await fetchKey(rig.context, 'health', {});
    assert.deepEqual(asked, ['https://health.example/jwks.json', 'https://health.example/jwks.json']);
    assert.deepEqual(
      (await stored(rig)).keys.map(({ keyId, active, source }) => [keyId, active, source]),
      [
        ['two', false, 'jwks'],
        ['three', true, 'jwks'],
      ],
    );
    await assert.rejects(
      fetchKey(rig.context, 'health', { url: 'nonsense' }),
      problem(/nonsense would not be fetched: not a URL/),
    );
  });
});
