import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createMakeContext } from '../../src/cli/command-context.ts';
import { addPartner, fetchKey, grantRights, setEncryption, setKey, showPartner } from '../../src/cli/partner.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createGateway } from '../../src/gateway.ts';
import type { Outbound } from '../../src/security/outbound/http-client.ts';
import { createClient, searchItem } from '../support/client.ts';
import { commandRig } from '../support/command-rig.ts';
import { writeConfig } from '../support/gateway.ts';
import { decryptWith, encryptFor, encryptionPair } from '../support/jwe.ts';
import { jwk, problem, SENDER, stored } from '../support/partner-commands.ts';
import { recordedLog } from '../support/recorded-log.ts';

const rsa = encryptionPair('rsa');
const curve = encryptionPair('p-256');
const QUERY = { type: 'urn:gov:national-id', value: '12345678' };
const pem = (pair: typeof rsa): string =>
  createPublicKey({ key: pair.jwk, format: 'jwk' } as never)
    .export({ type: 'spki', format: 'pem' })
    .toString();

describe('partner set-key --use enc, fetch-key and set-encryption', () => {
  it('pin encryption keys from PEM or JWK, beside a signing key of the same name, switch them off and on, and show them', async () => {
    await using rig = await commandRig();
    await addPartner(rig.context, 'health', { ...SENDER, encryption: 'required' });
    rig.files.set('rsa', pem(rsa));
    rig.files.set('curve', JSON.stringify(curve.jwk));
    rig.files.set('sig', JSON.stringify(jwk('k1')));
    const enc = { use: 'enc' } as const;
    const shown = async () => {
      rig.lines.length = 0;
      await showPartner(rig.context, 'health');
      const { encryption, encryptionKeys, keys } = JSON.parse(rig.lines.join('\n'));
      return [encryption, ...[encryptionKeys, keys].map((all) => all.map((key: { keyId: string; active: boolean }) => `${key.keyId} ${key.active}`))]; // biome-ignore format: one look
    };
    assert.deepEqual(await shown(), ['required', [], []]);
    await assert.rejects(setKey(rig.context, 'health', { ...enc, file: 'rsa' }), problem(/give --key-id/));
    await setKey(rig.context, 'health', { file: 'sig' });
    await setKey(rig.context, 'health', { ...enc, file: 'rsa', keyId: 'k1' });
    assert.equal(rig.lines.at(-1), 'Messages to partner health are encrypted for key k1.');
    await setKey(rig.context, 'health', { ...enc, file: 'curve', only: true });
    assert.equal(rig.lines.at(-1), `Messages to partner health are encrypted for key ${curve.kid}.`);
    assert.deepEqual(await shown(), ['required', ['k1 false', `${curve.kid} true`], ['k1 true']]);
    await setKey(rig.context, 'health', { ...enc, keyId: curve.kid, off: true });
    assert.match(rig.lines.at(-1) ?? '', /go out in clear: it has no active encryption key/);
    await setKey(rig.context, 'health', { ...enc, keyId: 'k1' });
    assert.deepEqual(await shown(), ['required', [`${curve.kid} false`, 'k1 true'], ['k1 true']]);
    await setEncryption(rig.context, 'health', 'optional');
    assert.deepEqual((await shown())[0], 'optional');
  });

  it('refuse in a sentence what cannot be encrypted for, and keep nothing of it', async () => {
    await using rig = await commandRig();
    await addPartner(rig.context, 'health', SENDER);
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const wrong = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    for (const [text, message] of [
      [small.publicKey.export({ type: 'spki', format: 'pem' }).toString(), /1024 bits; 2048 are needed/],
      [wrong.publicKey.export({ type: 'spki', format: 'pem' }).toString(), /Only RSA, P-256 and X25519/],
      [rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), /private key/],
      [JSON.stringify(jwk('k')), /Only RSA, P-256 and X25519/],
      [JSON.stringify({ ...rsa.jwk, use: 'sig' }), /`use` is not `enc`/],
      [JSON.stringify({ ...rsa.jwk, alg: 'RSA1_5' }), /`alg` is not `RSA-OAEP-256`/],
    ] as const) {
      rig.files.set('key', text);
      const refusal = { name: 'KeyProblem', message };
      await assert.rejects(setKey(rig.context, 'health', { use: 'enc', file: 'key', keyId: 'k' }), refusal);
    }
    await assert.rejects(
      setKey(rig.context, 'health', { use: 'enc', keyId: 'k' }),
      problem(/has no encryption key k\.$/),
    );
    rig.files.set('key', JSON.stringify(rsa.jwk));
    await assert.rejects(setKey(rig.context, 'health', { file: 'key' }), { message: /`use` is not `sig`/ });
    const { keys, encryptionKeys } = await stored(rig);
    assert.deepEqual([keys, encryptionKeys], [[], undefined]);
  });

  it('fetch-key keeps the keys of the set for what their use says, and what was switched off stays off', async () => {
    let keys: readonly object[] = [{ ...jwk('s1'), use: 'sig' }, rsa.jwk, curve.jwk];
    const outbound: Outbound = {
      fetch: async () => ({ status: 200, headers: {}, body: Buffer.from(JSON.stringify({ keys })) }),
    };
    await using rig = await commandRig({ outbound });
    await addPartner(rig.context, 'health', { ...SENDER, jwksUrl: 'https://health.example/jwks.json' });
    await fetchKey(rig.context, 'health', {});
    const kept = async () => {
      const { keys: signing, encryptionKeys = [] } = await stored(rig);
      return [signing, encryptionKeys].map((all) => all.map(({ keyId, active }) => [keyId, active]));
    };
    assert.deepEqual(await kept(), [[['s1', true]], [[rsa.kid, true], [curve.kid, true]]]); // biome-ignore format: one look
    assert.equal(rig.lines.at(-1), `Messages to partner health are encrypted for key ${rsa.kid}.`);
    await setKey(rig.context, 'health', { use: 'enc', keyId: rsa.kid, off: true });
    keys = [{ ...jwk('s2'), use: 'sig' }, rsa.jwk];
    await fetchKey(rig.context, 'health', {});
    assert.deepEqual(await kept(), [[['s2', true]], [[rsa.kid, false]]]);
    assert.match(rig.lines.at(-1) ?? '', /in clear unless its key set holds an encryption key/);
    keys = [
      { ...jwk('s2'), use: 'sig' },
      { ...rsa.jwk, kid: 'new', alg: 'RSA1_5' },
    ];
    await fetchKey(rig.context, 'health', {});
    assert.deepEqual((await kept())[1], []);
    assert.match(rig.lines.at(-1) ?? '', /Nothing can be sent to partner health until/);
  });
});

it('a partner that was made by command is answered encrypted and must encrypt, as one of the file', async () => {
  const { folder, file } = await writeConfig({});
  try {
    const lines: string[] = [];
    const print = (line: string): void => void lines.push(line);
    const complain = (line: string): never => assert.fail(line);
    const nothing = { write: print, readInput: async () => '', setStatus: () => undefined };
    const run = createMakeContext({ env: {}, print, complain, ...nothing });
    const key = join(folder, 'health.pem');
    await writeFile(key, pem(rsa));
    await run(file, async (context) => {
      await addPartner(context, 'health', { ...SENDER, require: 'optional', clientId: 'health' });
      await grantRights(context, 'health', 'social', { record: 'Person', fields: 'all', identifierTypes: 'all' });
      await setKey(context, 'health', { use: 'enc', file: key, keyId: rsa.kid });
      await setEncryption(context, 'health', 'required');
    });
    const clientSecret = lines.map((line) => /^client_secret: (\S+)/.exec(line)?.[1]).find((each) => each) ?? '';
    await using gateway = await openGateway(file);
    const client = createClient({ ...gateway, clientId: 'health', clientSecret, senderId: 'health.gov.example' });
    const refused = await client.search(QUERY);
    assert.equal(refused.status, 400, refused.text);
    assert.equal(refused.body.message.error.code, 'err.encryption.invalid');
    const { body } = await client.send('/.well-known/jwks.json', {});
    const ours = body.keys.find(({ use }: { use: string }) => use === 'enc');
    const { header, message } = client.envelope([searchItem(QUERY)], { is_msg_encrypted: true });
    const answer = await client.post({ header, message: { ...(await encryptFor(ours, message)) } });
    assert.equal(answer.status, 200, answer.text);
    assert.ok(!answer.text.includes('12345678'));
    const { search_response: found } = await decryptWith(rsa, answer.body.message);
    assert.equal(found[0].data.reg_records[0].name.surname, 'Núñez Peña');
  } finally {
    await rm(folder, { recursive: true });
  }
});

const openGateway = async (file: string): Promise<{ readonly url: string } & AsyncDisposable> => {
  const gateway = await createGateway(await loadConfig({ file, env: {} }), { log: recordedLog().log });
  const { url } = await gateway.start();
  return { url, [Symbol.asyncDispose]: () => gateway.close() };
};
