/** Who was told what: one entry a search, without an identifier in clear. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { inspect } from 'node:util';
import { listAudit } from '../../src/cli/audit.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createGateway } from '../../src/gateway.ts';
import { createRetention } from '../../src/jobs/retention.ts';
import { createAuditEntry } from '../../src/registry/audit.ts';
import { createKeyed } from '../../src/registry/keyed.ts';
import { openSealer } from '../../src/security/at-rest.ts';
import { AUDIT } from '../../src/store/async-documents.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { asyncConfig, call, searchMessage, statusMessage } from '../support/async-calls.ts';
import { type CallbackReceiver, startReceiver } from '../support/callback-receiver.ts';
import { createClient, searchItem } from '../support/client.ts';
import { commandRig } from '../support/command-rig.ts';
import { resultOf, upload } from '../support/file-world.ts';
import { type RunningGateway, startGateway, writeConfig } from '../support/gateway.ts';
import { silentLog } from '../support/signing-partner.ts';
import { until } from '../support/until.ts';
import { csvOf } from '../support/uploads.ts';

const TYPE = 'urn:gov:national-id';
/** Of nobody: it stands in no other file of the state. */
const ABSENT = 'absent-7731-4402';

/** Transactions whose callbacks are not taken. */
const away = new Set<string>();
let receiver: CallbackReceiver;
let gateway: RunningGateway;
before(async () => {
  receiver = await startReceiver(({ body }) => (away.has(body.message.transaction_id) ? 503 : 200));
  gateway = await startGateway({ config: asyncConfig(receiver.origin) as never });
});
after(async () => {
  await gateway?.close();
  await receiver?.[Symbol.asyncDispose]();
});

const stateFolder = (): string => join(gateway.folder, 'var');

/** What the command prints, beside the running gateway. */
const listed = async (options: Omit<Parameters<typeof listAudit>[1], 'limit'> & { limit?: number } = {}) => {
  const folder = stateFolder();
  await using store = await closing(await openSqliteStore({ folder, clock: Date.now, role: 'command' }));
  await using rig = await commandRig({ store, ...(await openSealer({ folder })) });
  await listAudit(rig.context, { limit: 50, ...options });
  return [...rig.lines];
};

/** Entries of answers that leave at once are written a little later. */
const written = async (transaction: string): Promise<readonly string[]> => {
  let lines: readonly string[] = [];
  await until(async () => {
    lines = (await listed()).filter((each) => each.includes(transaction));
    return lines.length > 0;
  });
  return lines;
};

const closing = async <S extends { close(): Promise<void> }>(store: S) =>
  Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });

test('a synchronous search is written with who, what and how many, and is found by the identifier', async () => {
  const client = gateway.client();
  const transaction = randomUUID();
  const items = ['12345678', ABSENT].map((value) => searchItem({ type: TYPE, value }));
  const { status } = await client.post(client.envelope(items, {}, { transaction_id: transaction }));
  assert.equal(status, 200);
  const [line = '', ...others] = await written(transaction);
  assert.deepEqual(others, []);
  assert.match(line, /^\d{4}-\S+Z external-system social search \w+ 1 records, 2 identifiers, purpose \[\], /);
  assert.deepEqual(await listed({ identifier: { type: TYPE, value: ABSENT } }), [line]);
  assert.deepEqual(await listed({ partner: 'external-system', identifier: { type: TYPE, value: ABSENT } }), [line]);
  const none = ['There are no such entries.'];
  assert.deepEqual(await listed({ identifier: { type: TYPE, value: 'another' } }), none);
  assert.deepEqual(await listed({ identifier: { type: 'OTHER', value: ABSENT } }), none);
  assert.deepEqual(await listed({ partner: 'integrating-server' }), none);
  assert.deepEqual(await listed({ since: Date.now() + 60_000 }), none);
  assert.ok(!line.includes(ABSENT));
});

test('an identifier stands in clear in no file of the state', async () => {
  const folder = stateFolder();
  const names = (await readdir(folder)).filter((name) => name.includes('sqlite'));
  const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
  assert.ok(files.some((bytes) => bytes.includes('"tried":2'))); // the entry of that search is among what is looked at
  for (const bytes of files) assert.ok(!bytes.includes(ABSENT));
});

test('an asynchronous search is written before its callback', async () => {
  const transaction = randomUUID();
  assert.equal((await call(gateway.client(), '/search', 'search', searchMessage(transaction))).status, 202);
  await receiver.next(({ body }) => body.message.transaction_id === transaction);
  const lines = (await listed({ identifier: { type: TYPE, value: '12345678' } })).filter((each) =>
    each.includes(transaction),
  );
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', / external-system social async-search succ 1 records, 1 identifiers, /);
});

test('what is read by status is written with whom it shows, and no state alone', async () => {
  const client = gateway.client();
  const transaction = randomUUID();
  away.add(transaction); // so that the result is kept
  await call(client, '/search', 'search', searchMessage(transaction));
  const status = () => call(client, '/sync/txn/status', 'txn-status', statusMessage('transaction_id', transaction));
  await until(async () => (await status()).text.includes('reg_records'));
  const ours = async () => (await listed({ identifier: { type: TYPE, value: '12345678' } })).filter((each) => each.includes(transaction)); // biome-ignore format: one look
  await until(async () => (await ours()).length === 2);
  const [line = '', search = ''] = await ours();
  assert.match(line, / external-system social status succ 1 records, 1 identifiers, /);
  assert.match(search, / async-search /);
  const unknown = randomUUID();
  await call(client, '/sync/txn/status', 'txn-status', statusMessage('transaction_id', unknown));
  await written((await client.post(client.envelope([searchItem({ type: TYPE, value: ABSENT })]))).body.message.transaction_id); // biome-ignore format: one look
  assert.ok(!(await listed()).some((each) => each.includes(unknown)));
});

test('a search by file is found by every identifier in it', async () => {
  const client = gateway.client();
  const values = [...Array.from({ length: 150 }, (_, n) => `none-${n}`), '12345678'];
  const transaction = await upload(client, csvOf(values));
  const path = await resultOf(client, transaction, 10_000);
  for (const value of ['none-3', '12345678']) {
    const found = await listed({ identifier: { type: TYPE, value } });
    const [line = '', ...others] = found.filter((each) => each.includes(transaction));
    assert.deepEqual(others, []);
    assert.match(line, / external-system social file-search succ 1 records, 151 identifiers, /);
  }
  const headers = { Authorization: `Bearer ${await client.getToken()}` };
  assert.equal((await client.send(`${client.mount}${path}`, { headers })).status, 200);
  const fetched = (lines: readonly string[]) =>
    lines.find((each) => each.includes(transaction) && each.includes(' file-result '));
  await until(async () => fetched(await listed({ identifier: { type: TYPE, value: 'none-3' } })) !== undefined);
  assert.match(fetched(await listed()) ?? '', / file-result succ 1 records, 151 identifiers, /);
});

test('the newest come first, and only as many as are wanted', async () => {
  const all = await listed();
  assert.ok(all.length >= 2);
  assert.deepEqual(all, [...all].sort().reverse());
  assert.deepEqual(await listed({ limit: 1 }), all.slice(0, 1));
});

test('nothing is told while entries cannot be written, and what was told is written afterwards', async () => {
  const database = new DatabaseSync(join(stateFolder(), 'gateway.sqlite'), { timeout: 5_000 });
  const client = gateway.client();
  const search = (transaction: string) =>
    client.post(client.envelope([searchItem({ type: TYPE, value: '12345678' })], {}, { transaction_id: transaction }));
  const told = randomUUID();
  const refused = randomUUID();
  try {
    database.exec("CREATE TRIGGER no_audit BEFORE INSERT ON doc_audit BEGIN SELECT RAISE(ABORT, 'no space'); END");
    assert.equal((await search(told)).status, 200);
    await until(() => gateway.log.some(({ message }) => message === 'audit entries cannot be written'));
    const { status, text } = await search(refused);
    assert.equal(status, 503);
    assert.ok(!text.includes('reg_records'));
    database.exec('DROP TRIGGER no_audit');
  } finally {
    database.close();
  }
  await until(async () => (await client.search({ type: TYPE, value: '12345678' })).status === 200);
  assert.equal((await written(told)).length, 1);
  assert.deepEqual((await listed()).filter((line) => line.includes(refused)), []); // biome-ignore format: one look
});

test('a gateway that is closed writes what waits while its store is still there, and says what it cannot write', async () => {
  const { folder, file } = await writeConfig();
  try {
    const running = await createGateway(await loadConfig({ file, env: {} }), { log: silentLog, retryMs: [50] });
    const { url } = await running.start();
    const database = new DatabaseSync(join(folder, 'var', 'gateway.sqlite'), { timeout: 5_000 });
    database.exec("CREATE TRIGGER no_audit BEFORE INSERT ON doc_audit BEGIN SELECT RAISE(ABORT, 'no space'); END");
    database.close();
    assert.equal((await createClient({ url }).search({ type: TYPE, value: '12345678' })).status, 200);
    await assert.rejects(running.close(), (problem: Error) => {
      assert.equal(problem.message, 'audit entries that are lost: 1');
      assert.match(inspect(problem.cause), /no space/); // not: the store is closed
      return true;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('at most a thousand hashes are kept, and age removes entries', async () => {
  await using rig = await commandRig();
  const { store, hmacKey } = rig.context;
  const { documents } = store;
  const identifiers = Array.from({ length: 1_250 }, (_, n) => ({ type: TYPE, value: `${n}` }));
  const told = { partner: 'p', registry: 'r', action: 'async-search', outcome: 'succ', count: 1, transaction: 't' };
  await documents.insert(AUDIT, createAuditEntry(createKeyed(hmacKey))({ ...told, identifiers }, 1_000));
  const all = () => documents.find(AUDIT, { index: 'byAge', equals: [], limit: 10 });
  const [kept] = await all();
  assert.equal(kept?.tried, 1_250);
  assert.equal(kept?.identifiers.length, 1_000);
  const retain = (now: number) =>
    createRetention({
      documents,
      lanes: store.lanes,
      clock: () => now,
      log: silentLog,
      retentionMs: 500,
      tidy: async () => undefined,
    })();
  await retain(1_400);
  assert.equal((await all()).length, 1);
  await retain(1_600);
  assert.deepEqual(await all(), []);
});
