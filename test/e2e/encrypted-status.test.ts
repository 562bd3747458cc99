/** What was made to be encrypted is not told in clear once the partner's key is gone. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { createGateway } from '../../src/gateway.ts';
import { asyncConfig, call, searchMessage, statusMessage } from '../support/async-calls.ts';
import { type Answer, createClient } from '../support/client.ts';
import { DEMO_PARTNER, writeConfig } from '../support/gateway.ts';
import { decryptWith, encryptionPair } from '../support/jwe.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { until } from '../support/until.ts';

const CLIENT = { clientId: 'reader', clientSecret: 'a long secret of theirs', senderId: 'reader.example.org' };

test('an answer that waited for a partner with an encryption key has no records in clear when the key is gone', async () => {
  const pair = encryptionPair('p-256');
  const reader = {
    ...asyncConfig('http://127.0.0.1:9').partners['external-system'],
    ...{ client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret, sender_ids: [CLIENT.senderId] },
    keys: [{ key_id: pair.kid, use: 'enc', jwk: pair.jwk }],
  };
  const { folder, file } = await writeConfig({ partners: { 'external-system': DEMO_PARTNER, reader } } as never);
  const within = async (work: (status: () => Promise<Answer>, search: () => Promise<Answer>) => Promise<void>) => {
    const gateway = await createGateway(await loadConfig({ file, env: {} }), { log: recordedLog().log });
    try {
      const { url } = await gateway.start();
      const client = createClient({ url, ...CLIENT });
      await work(
        () => call(client, '/sync/txn/status', 'txn-status', statusMessage('transaction_id', transaction)),
        () => call(client, '/search', 'search', searchMessage(transaction)),
      );
    } finally {
      await gateway.close();
    }
  };
  const transaction = randomUUID();
  await within(async (status, search) => {
    const ack = await search();
    assert.equal(ack.status, 202, ack.text);
    const told = async (): Promise<string> => JSON.stringify(await decryptWith(pair, (await status()).body.message));
    await until(async () => (await told()).includes('12345678'));
  });
  const written = JSON.parse(await readFile(file, 'utf8'));
  written.partners.reader.keys = [];
  await writeFile(file, JSON.stringify(written));
  await within(async (status) => {
    const answer = await status();
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.text, /"reference_id": "r1"/);
    assert.doesNotMatch(answer.text, /12345678|surname|reg_records/);
  });
  await rm(folder, { recursive: true, force: true });
});
