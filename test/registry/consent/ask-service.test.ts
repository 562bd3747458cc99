/** Many persons are asked about in batches, some at once, and each gets the answer to its own question. */

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsentService } from '../../../src/config/config.ts';
import { createAskService } from '../../../src/registry/consent/ask-service.ts';
import { createOutbound } from '../../../src/security/outbound/http-client.ts';

const PERSONS = 95;
const BATCH = 10;

test('many persons do not wait for each other, and no more batches than a few are asked about at once', async () => {
  let running = 0;
  let most = 0;
  let calls = 0;
  let broken = false;
  const [together, refused] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const server = createServer(async (request, response) => {
    running += 1;
    most = Math.max(most, running);
    const call = calls++;
    let text = '';
    for await (const chunk of request) text += chunk;
    const persons: readonly { id: string; identifiers: { n: number } }[] = JSON.parse(text).persons;
    await sleep(call % 2 === 0 ? 60 : 20); // the answers come in another order
    running -= 1;
    if (broken) {
      if (calls === 4) together.resolve();
      await together.promise; // all that are asked about at once are here
      if (call === 2) return void response.writeHead(500).end(refused.resolve);
      await refused.promise.then(() => sleep(50)); // the others are answered when that was read
    }
    const consented = persons.flatMap(({ id, identifiers }) => (identifiers.n % 3 === 0 ? id : []));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ consented }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const outbound = createOutbound({ timeoutMs: 5_000, allowOrigins: [origin], privateOrigins: [origin] });
  const service = { url: `${origin}/decide`, batch: BATCH, timeoutMs: 2_000, most: 1_000 } as ConsentService; // nothing else of it is looked at
  const decide = () =>
    createAskService(outbound).decide({
      ...{ service, partner: 'health', purpose: 'care', legalBasis: 'consent', signal: AbortSignal.timeout(5_000) },
      persons: Array.from({ length: PERSONS }, (_, n) => ({ recordType: 'Person', identifiers: { n } })),
    });
  try {
    assert.deepEqual(await decide(), Array.from({ length: PERSONS }, (_, n) => n % 3 === 0)); // biome-ignore format: one look
    assert.equal(calls, 10);
    assert.equal(most, 4);
    [calls, broken] = [0, true];
    await assert.rejects(decide(), { code: 'service.unavailable' });
    assert.equal(calls, 4, 'nothing is asked after one batch had no answer');
  } finally {
    outbound.close();
    server.closeAllConnections();
    server.close();
  }
});
