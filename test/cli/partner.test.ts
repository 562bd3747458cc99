import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  addPartner,
  disablePartner,
  enablePartner,
  listPartners,
  rotateSecret,
  setKey,
  showPartner,
} from '../../src/cli/partner.ts';
import { createSecrets } from '../../src/security/secrets.ts';
import { type CommandRig, commandRig } from '../support/command-rig.ts';
import { jwk, problem, SENDER, stored } from '../support/partner-commands.ts';

const shownSecret = ({ lines }: CommandRig): string => {
  const secrets = lines.filter((line) => line.startsWith('client_secret: ')).map((line) => line.slice(15));
  assert.equal(secrets.length, 1, 'shown once');
  return secrets[0] ?? '';
};
const isSecret = async (rig: CommandRig, secret: string): Promise<boolean> => {
  const partner = await stored(rig);
  return createSecrets({ hmacKey: rig.context.hmacKey }).verify(partner, secret, [partner]);
};

describe('partner show', () => {
  it('tells how callbacks are authenticated, and none of the secrets', async () => {
    await using rig = await commandRig();
    const { config } = rig.context;
    const [first] = config.partners;
    assert.ok(first);
    const token = {
      url: 'https://health.example/token',
      clientId: 'us',
      clientSecret: 'hush-1',
      style: 'form',
    } as const;
    const callback = { rule: 'auto', bearer: 'hush-2', headers: { 'X-Api-Key': 'hush-3' }, token } as const;
    const partners = [{ ...first, partner: { ...first.partner, callback } }];
    await showPartner({ ...rig.context, config: { ...config, partners } }, first.partner.id);
    const shown = rig.lines.join('\n');
    assert.ok(shown.includes('https://health.example/token') && shown.includes('X-Api-Key'));
    assert.ok(!shown.includes('hush'), shown);
  });
});

describe('partner add', () => {
  it('makes a client id and a secret, shows them once and keeps only a keyed hash', async () => {
    await using rig = await commandRig();
    await addPartner(rig.context, 'health', SENDER);
    const secret = shownSecret(rig);
    const partner = await stored(rig);
    assert.equal(partner.secret?.kind, 'hmac');
    assert.ok(!JSON.stringify(partner).includes(secret));
    assert.equal(await isSecret(rig, secret), true);
    assert.ok(rig.lines.some((line) => line.endsWith(partner.clientId)));
    rig.lines.length = 0;
    await showPartner(rig.context, 'health');
    await listPartners(rig.context);
    const after = rig.lines.join('\n');
    assert.ok(after.includes(partner.clientId) && after.includes('health.gov.example'));
    assert.ok(!after.includes(secret) && !after.includes(partner.secret?.hash ?? ''));
  });

  it('gives no rights, requires signatures and takes the other settings', async () => {
    await using rig = await commandRig();
    await addPartner(rig.context, 'health', SENDER);
    const plain = await stored(rig);
    assert.equal(plain.registries.size, 0);
    assert.deepEqual(plain.signature, {
      accept: ['dci-spaced', 'dci-compact', 'dci-normalised'],
      send: 'dci-spaced',
      require: 'required',
      replay: 'answer',
    });
    await addPartner(rig.context, 'other', {
      sender: ['a', 'b', 'a'],
      name: 'Other',
      clientId: 'chosen',
      callback: ['https://other.example'],
      scope: ['registry/search'],
      accept: ['jws'],
      send: 'jws',
      require: 'optional',
      optionalUntil: '2030-01-01',
      replay: 'refuse',
      limits: { perMinute: 3 },
    });
    const other = await stored(rig, 'other');
    assert.deepEqual(other.senderIds, ['a', 'b']);
    assert.deepEqual(
      [other.name, other.clientId, other.callbacks, other.scopes, other.limits],
      ['Other', 'chosen', ['https://other.example'], ['registry.search'], { perMinute: 3 }],
    );
    assert.deepEqual(other.signature, {
      accept: ['jws'],
      send: 'jws',
      require: 'optional',
      optionalUntil: '2030-01-01',
      replay: 'refuse',
    });
  });

  it("refuses what is another partner's, in the store or in the file, and what is malformed", async () => {
    await using rig = await commandRig();
    await addPartner(rig.context, 'health', { ...SENDER, clientId: 'health-client' });
    for (const [id, options, pattern] of [
      ['health', { sender: ['x'] }, /has the id health/],
      ['other', SENDER, /one of these sender ids/],
      ['other', { sender: ['x'], clientId: 'health-client' }, /the client id health-client/],
      ['external-system', { sender: ['x'] }, /external-system of the configuration file/],
      ['other', { sender: ['external.system.org'] }, /of the configuration file/],
      ['other', { sender: ['x'], clientId: 'external_system' }, /of the configuration file/],
      ['No Good', { sender: ['x'] }, /is no id/],
      ['other', { sender: [''] }, /1 to 99/],
      ['other', { sender: ['x'.repeat(100)] }, /1 to 99/],
      ['other', { sender: ['x'], clientId: 'a:b' }, /colon/],
      ['other', { sender: ['x'], callback: ['https://a.example/path'] }, /is no origin/],
      ['other', { sender: ['x'], jwksUrl: 'file:///etc/passwd' }, /would not be fetched: neither https nor http/],
      ['other', { sender: ['x'], jwksUrl: 'keys' }, /would not be fetched: not a URL/],
      ['other', { sender: ['x'], jwksUrl: 'http://10.0.0.1/jwks.json' }, /would not be fetched: .*allow_origins/],
      ['other', { sender: ['x'], jwksUrl: 'https://10.0.0.1/jwks.json' }, /an address that may not be connected/],
      ['other', { sender: ['x'], scope: ['admin'] }, /is no scope/],
      ['other', { sender: ['x'], optionalUntil: '2030-13-01' }, /is no date/],
    ] as const) {
      await assert.rejects(addPartner(rig.context, id, options), problem(pattern), `${id} ${JSON.stringify(options)}`);
    }
    assert.equal((await rig.context.store.partners.list()).length, 1);
  });
});

describe('partner disable, enable and rotate-secret', () => {
  it('change the stored partner, and a new secret ends the old one', async () => {
    await using rig = await commandRig();
    await addPartner(rig.context, 'health', SENDER);
    const old = shownSecret(rig);
    await disablePartner(rig.context, 'health');
    assert.equal((await stored(rig)).active, false);
    assert.equal((await stored(rig)).revocations, 1);
    await enablePartner(rig.context, 'health');
    assert.equal((await stored(rig)).active, true);
    rig.lines.length = 0;
    await rotateSecret(rig.context, 'health');
    assert.equal(await isSecret(rig, shownSecret(rig)), true);
    assert.equal(await isSecret(rig, old), false);
    assert.equal((await stored(rig)).version, 4);
  });

  it('say that a partner of the file is changed there, and that an unknown one is unknown', async () => {
    await using rig = await commandRig();
    for (const work of [disablePartner, enablePartner, rotateSecret]) {
      await assert.rejects(work(rig.context, 'external-system'), problem(/stands in the configuration file/));
      await assert.rejects(work(rig.context, 'nobody'), problem(/There is no partner nobody/));
    }
    await assert.rejects(showPartner(rig.context, 'nobody'), problem(/There is no partner nobody/));
  });

  it('lose no change when many commands run at once', async () => {
    await using rig = await commandRig();
    await addPartner(rig.context, 'health', SENDER);
    for (const name of ['a', 'b', 'c', 'd']) rig.files.set(name, JSON.stringify(jwk(name)));
    await Promise.all(['a', 'b', 'c', 'd'].map((file) => setKey(rig.context, 'health', { file })));
    assert.deepEqual((await stored(rig)).keys.map(({ keyId }) => keyId).sort(), ['a', 'b', 'c', 'd']);
  });
});
