import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { CHUNKS } from '../../src/store/async-documents.ts';
import { REPLAY_TABLES } from '../../src/store/sqlite/replay.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { storeSuite } from '../contract/store.suite.ts';
import { partnerOf } from '../support/partners.ts';

const temporaryFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dci-store-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
};

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const storeModule = new URL('../../src/store/sqlite/sqlite-store.ts', import.meta.url).href;

/** Runs `body` with a `store` in another process; resolves with what it printed once it printed a line. */
const otherProcess = async (folder: string, body: string) => {
  const script = `import { openSqliteStore } from ${JSON.stringify(storeModule)};
    const folder = ${JSON.stringify(folder)}; const clock = Date.now; ${body}`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const line = await new Promise<string>((resolve) =>
    child.stdout.once('data', (data) => resolve(String(data).trim())),
  );
  return { child, line, ended };
};

storeSuite('SQLite', async ({ clock }) => {
  const { folder, [Symbol.asyncDispose]: remove } = await temporaryFolder();
  const store = await openSqliteStore({ folder: join(folder, 'state'), clock });
  return {
    store,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await remove();
    },
  };
});

describe('the SQLite store', () => {
  it('has nothing of what was deleted in any of its files, once it is tidied', async () => {
    await using place = await temporaryFolder();
    const store = await openSqliteStore({ folder: place.folder, clock: Date.now });
    const secret = `deleted ${'x'.repeat(9_000)}`; // more than a page
    const filesWith = async (): Promise<readonly string[]> => {
      const names = await readdir(place.folder);
      const found = await Promise.all(names.map(async (name) => (await readFile(join(place.folder, name))).includes(secret.slice(0, 500)))); // biome-ignore format: one look
      return names.filter((_, index) => found[index]);
    };
    await store.documents.insert(CHUNKS, { _id: 'c', version: 1, digest: 'd', n: 0, data: secret, at: 1 });
    await store.documents.remove(CHUNKS, 'c');
    assert.deepEqual(await filesWith(), ['gateway.sqlite-wal'], 'the log still holds it');
    await store.tidy();
    assert.deepEqual(await filesWith(), []);
    await store.close();
  });

  it('keeps what was written when it is opened again, and runs its migrations only once', async () => {
    await using place = await temporaryFolder();
    const first = await openSqliteStore({ folder: place.folder, clock: Date.now });
    await first.partners.insert(partnerOf('a'));
    const revision = await first.partners.revision();
    await first.replay.remember('p', 'm', 'd', Date.now() + 60_000);
    await first.close();
    const second = await openSqliteStore({ folder: place.folder, clock: Date.now });
    assert.deepEqual(await second.partners.get('a'), partnerOf('a'));
    assert.equal(await second.partners.revision(), revision);
    assert.equal(await second.replay.remember('p', 'm', 'd', Date.now() + 60_000), 'same');
    await second.close();
  });

  it('makes its folder 0700 and its files 0600, the write-ahead logs included', async () => {
    await using place = await temporaryFolder();
    const folder = join(place.folder, 'new', 'state');
    const store = await openSqliteStore({ folder, clock: Date.now });
    await store.partners.insert(partnerOf('a'));
    await store.replay.remember('p', 'm', 'd', Date.now() + 1000);
    const modes = await Promise.all(
      (await readdir(folder)).map(async (name) => [name, ((await stat(join(folder, name))).mode & 0o777).toString(8)]),
    );
    assert.ok(modes.length >= 6, 'databases, logs and the lock are there');
    assert.deepEqual(
      modes.filter(([, mode]) => mode !== '600'),
      [],
    );
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    await store.close();
  });

  it('refuses to start where others may reach the folder or a file, and says which and how to mend it', async () => {
    await using place = await temporaryFolder();
    await (await openSqliteStore({ folder: place.folder, clock: Date.now })).close();
    await chmod(place.folder, 0o750);
    await assert.rejects(openSqliteStore({ folder: place.folder, clock: Date.now }), {
      name: 'StoreError',
      message: new RegExp(`${place.folder} has mode 750.*chmod 700`),
    });
    await chmod(place.folder, 0o700);
    await chmod(join(place.folder, 'gateway.sqlite'), 0o644);
    await assert.rejects(openSqliteStore({ folder: place.folder, clock: Date.now }), {
      name: 'StoreError',
      message: /gateway\.sqlite has mode 644.*chmod 600/,
    });
  });

  for (const name of ['gateway.sqlite', 'replay.sqlite']) {
    it(`refuses a damaged ${name}, naming the file and what to do, and leaves it as it is`, async () => {
      await using place = await temporaryFolder();
      const store = await openSqliteStore({ folder: place.folder, clock: Date.now });
      for (let i = 0; i < 200; i++) {
        await store.partners.insert(partnerOf(`p${i}`));
        await store.replay.remember(`p${i}`, 'm'.repeat(90), 'd'.repeat(90), Date.now() + 60_000);
      }
      await store.close();
      const path = join(place.folder, name);
      const whole = await readFile(path);
      for (const damaged of [
        Buffer.alloc(9000, 'no database'),
        Buffer.concat([whole.subarray(0, 100), Buffer.alloc(whole.length - 100, 0xa5)]),
      ]) {
        await writeFile(path, damaged);
        await assert.rejects(openSqliteStore({ folder: place.folder, clock: Date.now }), (error: Error) => {
          assert.equal(error.name, 'StoreError');
          assert.match(error.message, new RegExp(`${path} is damaged`));
          assert.match(error.message, /backup|Delete it/);
          return true;
        });
        assert.ok((await readFile(path)).equals(damaged));
      }
    });
  }

  it('refuses a file of a newer version', async () => {
    await using place = await temporaryFolder();
    await (await openSqliteStore({ folder: place.folder, clock: Date.now })).close();
    const database = new DatabaseSync(join(place.folder, 'gateway.sqlite'));
    database.exec('INSERT INTO schema_version (version) VALUES (999)');
    database.close();
    await assert.rejects(openSqliteStore({ folder: place.folder, clock: Date.now }), {
      name: 'StoreError',
      message: /gateway\.sqlite was written by a newer version \(schema 999/,
    });
  });

  it('lets one gateway process serve, commands beside it, and another gateway only after it was killed', async () => {
    await using place = await temporaryFolder();
    const { child, line, ended } = await otherProcess(
      place.folder,
      `const store = await openSqliteStore({ folder, clock }); console.log('serving'); setInterval(() => store.health(), 1000);`,
    );
    assert.equal(line, 'serving');
    await assert.rejects(openSqliteStore({ folder: place.folder, clock: Date.now }), {
      name: 'StoreError',
      message: new RegExp(`another gateway serves from the store in ${place.folder}`),
    });
    const command = await openSqliteStore({ folder: place.folder, clock: Date.now, role: 'command' });
    assert.equal(await command.partners.insert(partnerOf('added')), true);
    await assert.rejects(command.replay.remember('p', 'm', 'd', Date.now() + 1000), { name: 'StoreError' });
    await command.close();
    child.kill('SIGKILL');
    await ended;
    const next = await openSqliteStore({ folder: place.folder, clock: Date.now });
    assert.equal((await next.partners.list()).length, 1);
    await next.close();
  });

  it('refuses a second gateway within one process as well', async () => {
    await using place = await temporaryFolder();
    const first = await openSqliteStore({ folder: place.folder, clock: Date.now });
    await assert.rejects(openSqliteStore({ folder: place.folder, clock: Date.now }), /another gateway serves/);
    await first.close();
    await (await openSqliteStore({ folder: place.folder, clock: Date.now })).close();
  });

  it('waits for a lock without blocking the process, and gives up with a StoreError', async () => {
    await using place = await temporaryFolder();
    const store = await openSqliteStore({ folder: place.folder, clock: Date.now });
    const other = new DatabaseSync(join(place.folder, 'gateway.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    let turns = 0;
    const counting = setInterval(() => turns++, 10);
    const waiting = store.partners.insert(partnerOf('a'));
    await setTimeout(300);
    other.exec('COMMIT');
    assert.equal(await waiting, true);
    assert.ok(turns >= 2, `the event loop ran ${turns} times while waiting`);
    other.exec('BEGIN IMMEDIATE');
    await assert.rejects(store.partners.insert(partnerOf('b')), { name: 'StoreError', message: /locked/ });
    other.exec('ROLLBACK');
    assert.equal(await store.partners.insert(partnerOf('b')), true);
    clearInterval(counting);
    other.close();
    await store.close();
  });

  it('remembers nothing and lets nothing through while its replay memory cannot be written, and recovers by itself', async () => {
    await using place = await temporaryFolder();
    const store = await openSqliteStore({ folder: place.folder, clock: Date.now });
    const other = new DatabaseSync(join(place.folder, 'replay.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    const until = Date.now() + 60_000;
    assert.equal(await store.replay.remember('p', 'm', 'd', until), 'new');
    await setTimeout(2300);
    const during = await Promise.allSettled(times(20, (i) => store.replay.remember('p', `later${i}`, 'd', until)));
    assert.ok(during.every((each) => each.status === 'rejected' && each.reason.name === 'StoreError'));
    other.exec('ROLLBACK');
    assert.equal(await store.replay.remember('p', 'later0', 'd', until), 'new');
    assert.equal(await store.replay.remember('p', 'm', 'd', until), 'same');
    other.close();
    await store.close();
  });

  it('knows the messages of a replay memory that an earlier version wrote', async () => {
    await using place = await temporaryFolder();
    await (await openSqliteStore({ folder: place.folder, clock: Date.now })).close();
    const old = new DatabaseSync(join(place.folder, 'replay.sqlite'));
    old.exec(`DROP TABLE replay; DELETE FROM schema_version WHERE version > 1; ${REPLAY_TABLES}`);
    const until = Date.now() + 300_000;
    old.prepare("INSERT INTO replay VALUES ('p', 'm', 'd', ?)").run(until);
    old.close();
    const store = await openSqliteStore({ folder: place.folder, clock: Date.now });
    assert.equal(await store.replay.remember('p', 'm', 'other', until), 'different');
    await store.close();
  });

  it('knows a message after a restart under the longer of two times that it was sent with', async () => {
    await using place = await temporaryFolder();
    let now = 0;
    const open = () => openSqliteStore({ folder: place.folder, clock: () => now });
    const first = await open();
    await first.replay.remember('p', 'm', 'd', 30_000);
    await setTimeout(50); // written
    assert.equal(await first.replay.remember('p', 'm', 'd', 200_000), 'same');
    await first.close();
    now = 100_000;
    const second = await open();
    assert.equal(await second.replay.remember('p', 'm', 'd', 150_000), 'same');
    assert.equal(await second.replay.remember('p', 'm', 'other', 150_000), 'different');
    await second.close();
  });

  it('removes expired replay entries in batches while it is written to', async () => {
    await using place = await temporaryFolder();
    let now = 1000;
    const store = await openSqliteStore({ folder: place.folder, clock: () => now });
    await Promise.all(Array.from({ length: 500 }, (_, i) => store.replay.remember('p', `m${i}`, 'd', 2000)));
    now = 65_000;
    for (let i = 0; i < 40; i++) await store.replay.remember('p', `later${i}`, 'd', 69_000);
    await store.close();
    const database = new DatabaseSync(join(place.folder, 'replay.sqlite'), { readOnly: true });
    const { left } = database.prepare("SELECT count(*) AS left FROM replay WHERE message_id LIKE 'm%'").get() as {
      left: number;
    };
    database.close();
    assert.equal(left, 0);
  });

  it('leaves nothing of a replaced secret in its files once it was closed', async () => {
    await using place = await temporaryFolder();
    const store = await openSqliteStore({ folder: place.folder, clock: Date.now });
    await store.partners.insert(partnerOf('a', { secret: { kind: 'hmac', hash: 'the-old-hash-value' } }));
    await store.partners.replace(partnerOf('a', { secret: { kind: 'hmac', hash: 'the-new-hash-value' } }), 1);
    await store.close();
    const files = await Promise.all((await readdir(place.folder)).map((name) => readFile(join(place.folder, name))));
    assert.ok(files.some((content) => content.includes('the-new-hash-value')));
    assert.ok(!files.some((content) => content.includes('the-old-hash-value')));
  });

  it('refuses a folder that cannot be made', async () => {
    await using place = await temporaryFolder();
    await writeFile(join(place.folder, 'file'), '');
    await mkdir(join(place.folder, 'x'));
    await assert.rejects(openSqliteStore({ folder: join(place.folder, 'file', 'state'), clock: Date.now }), {
      name: 'StoreError',
    });
  });
});
