import assert from 'node:assert/strict';
import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openSealer } from '../../src/security/at-rest.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const OTHER = Buffer.alloc(32, 8).toString('base64');

describe('encryption at rest', () => {
  it('opens what it sealed, of any text, and no two seals are equal', async () => {
    await using place = await temporaryFolder();
    const { sealer } = await openSealer({ folder: place.folder });
    for (const text of ['', 'a', 'Ñandú 日本語 😀', 'x'.repeat(100_000)]) {
      const sealed = sealer.seal(text);
      assert.equal(sealer.open(sealed), text);
      assert.notEqual(sealer.seal(text), sealed);
      if (text.length > 1) assert.ok(!sealed.includes(text));
    }
  });

  it('refuses a sealed text that was changed anywhere, cut, or is none', async () => {
    await using place = await temporaryFolder();
    const { sealer } = await openSealer({ folder: place.folder });
    const sealed = sealer.seal('private');
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] ?? 0) ^ 1;
      assert.throws(() => sealer.open(`v1.${changed.toString('base64url')}`), { name: 'StoreError' }, `byte ${i}`);
    }
    for (const text of ['', 'v1.', 'private', sealed.slice(3), sealed.slice(0, -4)]) {
      assert.throws(() => sealer.open(text), { name: 'StoreError' }, text);
    }
  });

  it('with the store on MongoDB takes the given key, demands it, and leaves the folder alone', async () => {
    await using place = await temporaryFolder();
    const folder = join(place.folder, 'state');
    const one = await openSealer({ folder, encryptionKey: KEY, mongodb: {} });
    const other = await openSealer({ folder, encryptionKey: KEY, mongodb: {} });
    assert.equal(other.sealer.open(one.sealer.seal('private')), 'private');
    assert.deepEqual(one.hmacKey, other.hmacKey);
    await assert.rejects(openSealer({ folder, mongodb: {} }), /store\.encryption_key must hold 32 bytes/);
    assert.deepEqual(await readdir(place.folder), []);
  });

  it('makes a key at the first start, for its owner only, and finds it again', async () => {
    await using place = await temporaryFolder();
    const folder = join(place.folder, 'state');
    const first = await openSealer({ folder });
    const sealed = first.sealer.seal('kept');
    const second = await openSealer({ folder });
    assert.equal(second.sealer.open(sealed), 'kept');
    assert.deepEqual(second.hmacKey, first.hmacKey);
    for (const name of await readdir(folder)) assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600, name);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
  });

  it('lets many processes that start at once end with one key', async () => {
    await using place = await temporaryFolder();
    const all = await Promise.all(Array.from({ length: 20 }, () => openSealer({ folder: place.folder })));
    const sealed = all[0]?.sealer.seal('one') ?? '';
    for (const { sealer } of all) assert.equal(sealer.open(sealed), 'one');
    assert.deepEqual((await readdir(place.folder)).sort(), ['encryption.check', 'encryption.key'], 'no draft is left');
  });

  it('uses the configured key, and writes it nowhere', async () => {
    await using place = await temporaryFolder();
    const { sealer, hmacKey } = await openSealer({ folder: place.folder, encryptionKey: KEY });
    await using elsewhere = await temporaryFolder();
    const other = await openSealer({ folder: elsewhere.folder, encryptionKey: KEY });
    assert.equal(other.sealer.open(sealer.seal('x')), 'x');
    assert.deepEqual(other.hmacKey, hmacKey);
    for (const name of await readdir(place.folder))
      assert.ok(!(await readFile(join(place.folder, name), 'utf8')).includes(KEY));
    assert.notDeepEqual(hmacKey, Buffer.from(KEY, 'base64'), 'the key for hashes is another one');
  });

  it('refuses a wrong, a lost and a malformed key at start, and says what to do', async () => {
    await using place = await temporaryFolder();
    const { folder } = place;
    await openSealer({ folder, encryptionKey: KEY });
    await assert.rejects(openSealer({ folder, encryptionKey: OTHER }), {
      name: 'StoreError',
      message: /store\.encryption_key is not the key/,
    });
    await assert.rejects(openSealer({ folder }), { name: 'StoreError', message: /encryption\.key is missing/ });
    for (const encryptionKey of ['', 'short', `${KEY}AA`, KEY.slice(0, -1), Buffer.alloc(31).toString('base64')]) {
      await assert.rejects(openSealer({ folder, encryptionKey }), {
        name: 'StoreError',
        message: /32 bytes in base64/,
      });
    }
    await openSealer({ folder, encryptionKey: KEY });
  });

  it('refuses a key file that was replaced, lost or may be read by others', async () => {
    await using place = await temporaryFolder();
    const { folder } = place;
    const file = join(folder, 'encryption.key');
    await openSealer({ folder });
    const key = await readFile(file, 'utf8');
    await writeFile(file, OTHER);
    await assert.rejects(openSealer({ folder }), { name: 'StoreError', message: /encryption\.key is not the key/ });
    await writeFile(file, key);
    await chmod(file, 0o640);
    await assert.rejects(openSealer({ folder }), { name: 'StoreError', message: /mode 640.*chmod 600/ });
    await rm(file);
    await assert.rejects(openSealer({ folder }), { name: 'StoreError', message: /restore it/ });
  });
});
