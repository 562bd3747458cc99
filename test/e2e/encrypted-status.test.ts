/** What was made to be encrypted is not told in clear once the partner's key is gone. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { createGateway } from '../../src/gateway.ts';
import { asyncConfig, call, searchMessage, statusMessage } from '../support/async-calls.ts';
import { type Answer, type Client, createClient } from '../support/client.ts';
import { DEMO_PARTNER, writeConfig } from '../support/gateway.ts';
import { decryptWith, encryptionPair } from '../support/jwe.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { until } from '../support/until.ts';
import { csvForm, csvOf, fileEnvelope, postForm } from '../support/uploads.ts';

const CLIENT = { clientId: 'reader', clientSecret: 'a long secret of theirs', senderId: 'reader.example.org' };

test('an answer that waited for a partner with an encryption key, and its result file, have no records in clear when the key is gone', async () => {
  const pair = encryptionPair('p-256');
  const { outbound, partners } = asyncConfig('http://127.0.0.1:9');
  const reader = {
    ...partners['external-system'],
    ...{ client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret, sender_ids: [CLIENT.senderId] },
    keys: [{ key_id: pair.kid, use: 'enc', jwk: pair.jwk }],
  };
  const { folder, file } = await writeConfig({
    outbound,
    partners: { 'external-system': DEMO_PARTNER, reader },
  } as never);
  const within = async (work: (client: Client) => Promise<void>) => {
    const gateway = await createGateway(await loadConfig({ file, env: {} }), { log: recordedLog().log });
    try {
      const { url } = await gateway.start();
      await work(createClient({ url, ...CLIENT }));
    } finally {
      await gateway.close();
    }
  };
  const [transaction, upload] = [randomUUID(), randomUUID()];
  const statusOf = (client: Client, id = transaction) =>
    call(client, '/sync/txn/status', 'txn-status', statusMessage('transaction_id', id));
  const fetched = async (client: Client, method: 'GET' | 'HEAD'): Promise<Answer> =>
    client.send(`/registry${result}`, { method, headers: { Authorization: `Bearer ${await client.getToken()}` } });
  let result = '';
  await within(async (client) => {
    const ack = await call(client, '/search', 'search', searchMessage(transaction));
    assert.equal(ack.status, 202, ack.text);
    const rows = csvOf(['12345678']);
    const envelope = fileEnvelope(rows, { senderId: CLIENT.senderId, message: { transaction_id: upload } });
    const accepted = await postForm(client, '/search', csvForm(rows, envelope));
    assert.equal(accepted.status, 202, accepted.text);
    const told = async (): Promise<string> => JSON.stringify(await decryptWith(pair, (await statusOf(client)).body.message)); // biome-ignore format: one look
    await until(async () => (await told()).includes('12345678'));
    await until(async () => {
      result = (await statusOf(client, upload)).body.header.meta?.result ?? '';
      return result !== '';
    });
    for (const method of ['GET', 'HEAD'] as const) assert.equal((await fetched(client, method)).status, 200);
  });
  const written = JSON.parse(await readFile(file, 'utf8'));
  written.partners.reader.keys = [];
  await writeFile(file, JSON.stringify(written));
  await within(async (client) => {
    const answer = await statusOf(client);
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.text, /"reference_id": "r1"/);
    assert.doesNotMatch(answer.text, /12345678|surname|reg_records/);
    const refused = await fetched(client, 'GET');
    assert.equal(refused.status, 403, refused.text);
    assert.doesNotMatch(refused.text, /12345678|surname/);
    assert.equal((await fetched(client, 'HEAD')).status, 403, 'as for GET');
  });
  await rm(folder, { recursive: true, force: true });
});
