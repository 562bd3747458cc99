import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { ConfiguredPartner } from '../../src/config/config.ts';
import { createPartnerDirectory, type PartnerDirectoryOptions } from '../../src/security/partner-directory.ts';
import { createSecrets } from '../../src/security/secrets.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { StoreError } from '../../src/store/store.ts';
import { partnerOf } from '../support/partners.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { rightsOf } from '../support/rights.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const configured = (id: string, changes = {}, secretText?: string): ConfiguredPartner => ({
  partner: partnerOf(id, { source: 'config', ...changes }),
  secretText,
  at: () => 'gateway.yaml:1:1',
});

const setUp = async (options: Partial<PartnerDirectoryOptions> = {}) => {
  const place = await temporaryFolder();
  const store = await openSqliteStore({ folder: place.folder, clock: Date.now });
  const { log, lines } = recordedLog();
  const secrets = createSecrets({ hmacKey: Buffer.alloc(32, 1) });
  const open = () =>
    createPartnerDirectory({ configured: [configured('yaml')], store, secrets, log, pollMs: 20, ...options });
  return {
    store,
    folder: place.folder,
    lines,
    secrets,
    open,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await place[Symbol.asyncDispose]();
    },
  };
};

const eventually = async (check: () => boolean, what: string): Promise<void> => {
  const until = performance.now() + 3_000;
  while (!check()) {
    if (performance.now() > until) assert.fail(`${what} did not come`);
    await pause(10);
  }
};

describe('the partner directory', () => {
  it('gives rights in the store what the scopes hold that they name', async () => {
    const scopes = new Map([
      ['basic', new Map([['Person', { fields: ['name'], attributes: [], identifierTypes: [] }]])],
    ]);
    await using rig = await setUp({ scopesOf: () => scopes });
    const rights = rightsOf({}, { scopes: ['basic', 'gone'] });
    await rig.store.partners.insert(partnerOf('stored', { registries: new Map([['social', rights]]) }));
    const directory = await rig.open();
    const read = directory.byId('stored')?.registries.get('social');
    assert.deepEqual(read?.records.get('Person')?.fields, ['name']);
    assert.equal(read?.records.size, 1);
    assert.ok(
      rig.lines.some(({ message, fields }) => message.includes('scopes') && JSON.stringify(fields).includes('gone')),
    );
    await directory.close();
  });

  it('holds the partners of the file and of the store, by id and client id', async () => {
    await using rig = await setUp();
    await rig.store.partners.insert(partnerOf('stored'));
    const directory = await rig.open();
    assert.deepEqual(
      directory
        .all()
        .map(({ id }) => id)
        .sort(),
      ['stored', 'yaml'],
    );
    assert.equal(directory.byClientId('stored-client')?.id, 'stored');
    assert.equal(directory.byId('yaml')?.source, 'config');
    assert.equal(directory.byId('yaml-client'), undefined);
    assert.equal(directory.byClientId('yaml'), undefined);
    await directory.close();
  });

  it('hashes the secrets of the file', async () => {
    await using rig = await setUp({ configured: [configured('yaml', {}, 'secret123')] });
    const directory = await rig.open();
    const partner = directory.byId('yaml');
    assert.equal(partner?.secret?.kind, 'scrypt');
    assert.equal(await rig.secrets.verify(partner, 'secret123', directory.all()), true);
    assert.ok(!JSON.stringify(directory.all()).includes('secret123'));
    await directory.close();
  });

  it('sees what another process adds and changes, by itself', async () => {
    await using rig = await setUp();
    const directory = await rig.open();
    const command = await openSqliteStore({ folder: rig.folder, clock: Date.now, role: 'command' });
    await command.partners.insert(partnerOf('new'));
    await eventually(() => directory.byId('new') !== undefined, 'the new partner');
    await command.partners.replace(partnerOf('new', { active: false }), 1);
    await eventually(() => directory.byId('new')?.active === false, 'the change');
    assert.equal(directory.byId('new')?.version, 2);
    await command.close();
    await directory.close();
  });

  it('keeps its objects while nothing has changed', async () => {
    await using rig = await setUp();
    await rig.store.partners.insert(partnerOf('stored'));
    const directory = await rig.open();
    const before = directory.byId('stored');
    await directory.refresh();
    assert.equal(directory.byId('stored'), before);
    await directory.close();
  });

  for (const [what, changes] of [
    ['id', { id: 'yaml' }],
    ['client id', { clientId: 'yaml-client' }],
    ['sender id', { senderIds: ['own', 'yaml.example.org'] }],
  ] as const) {
    it(`refuses to start where the store and the file share a ${what}, and leaves such a partner out while it runs`, async () => {
      await using rig = await setUp();
      const directory = await rig.open();
      await rig.store.partners.insert(partnerOf('stored', changes));
      await directory.refresh();
      assert.deepEqual(
        directory.all().map(({ source }) => source),
        ['config'],
      );
      assert.equal(directory.byClientId('yaml-client')?.source, 'config');
      assert.match(
        String(rig.lines.find(({ message }) => message === 'partner left out')?.fields.problem),
        new RegExp(`has the ${what}`),
      );
      await directory.close();
      await assert.rejects(rig.open(), { message: new RegExp(`has the ${what} .* of partner yaml`) });
    });
  }

  it('refuses two partners of the file that share one', async () => {
    await using rig = await setUp({ configured: [configured('a'), configured('b', { clientId: 'a-client' })] });
    await assert.rejects(rig.open(), { message: /partner b \(config\) has the client id a-client of partner a/ });
  });

  it('refuses requests once its copy is older than five seconds, and serves again when the store does', async () => {
    let now = 0;
    let down = false;
    await using rig = await setUp({ monotonic: () => now, pollMs: 5 });
    const { partners } = rig.store;
    const revision = async (): Promise<number> => {
      if (down) throw new StoreError('down');
      return partners.revision();
    };
    const directory = await createPartnerDirectory({
      configured: [configured('yaml')],
      store: { partners: { ...partners, revision } },
      secrets: rig.secrets,
      log: recordedLog().log,
      pollMs: 5,
      monotonic: () => now,
    });
    down = true;
    now = 5_000;
    assert.equal(directory.byId('yaml')?.id, 'yaml');
    now = 5_001;
    await pause(30);
    for (const read of [() => directory.byId('yaml'), () => directory.byClientId('x'), () => directory.all()]) {
      assert.throws(read, { code: 'service.unavailable' });
    }
    await assert.rejects(directory.refresh(), { name: 'StoreError' });
    down = false;
    await pause(30);
    assert.equal(directory.byId('yaml')?.id, 'yaml');
    await directory.close();
  });
});
