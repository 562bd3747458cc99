/** 100,000 identifiers from the form to the fetched result, in a process whose memory is watched (PROTOCOL 9). */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createClient } from '../support/client.ts';
import { fileWorld, idOf, resultOf, upload } from '../support/file-world.ts';
import { freePort } from '../support/local-server.ts';
import { gatewayProcess } from '../support/storm/gateway-process.ts';
import { csvOf } from '../support/uploads.ts';

const ROWS = 100_000;
/** Caches of SQLite, the heap that V8 allows itself, eight large messages on their way: none depends on the number of rows. */
const MOST_GROWTH_MB = 450;
/** What the same number of rows again may take: here a leak, or rows that are held, would show. */
const MOST_MORE_MB = 80;
const LINE_FEED = 10;
const rssOf = (pid: number | undefined): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

test(`${ROWS} identifiers are answered in flat memory`, { timeout: 600_000 }, async () => {
  await using cleanUp = new AsyncDisposableStack();
  const { config, receiver } = cleanUp.use(await fileWorld(ROWS));
  const gateway = cleanUp.use(gatewayProcess(config, await freePort()));
  await gateway.start();
  const client = createClient({ url: gateway.url });
  const ids = Array.from({ length: ROWS }, (_, person) => idOf(person));
  const csv = csvOf(ids);
  const json = JSON.stringify(
    ids.map((value) => ({ identifier_type: 'urn:gov:national-id', identifier_value: value })),
  );

  let peak = 0;
  const watching = setInterval(() => {
    peak = Math.max(peak, rssOf(gateway.pid()));
  }, 20);
  cleanUp.defer(() => clearInterval(watching));

  /** From the form to the last line of the fetched result. @returns the most memory meanwhile */
  const run = async (name: string, format: 'csv' | 'json', messages: number): Promise<number> => {
    const before = rssOf(gateway.pid());
    peak = before;
    const times = [performance.now()];
    const took = (): void => void times.push(performance.now());
    const transaction = await upload(client, format === 'csv' ? csv : json, format);
    took();
    const result = await resultOf(client, transaction, 300_000);
    took();
    await receiver.came(messages, 120_000);
    took();
    const response = await fetch(`${gateway.url}/registry${result}&format=csv`, {
      headers: { Authorization: `Bearer ${await client.getToken()}` },
    });
    let lines = 0;
    for await (const chunk of response.body ?? []) for (const byte of chunk) if (byte === LINE_FEED) lines += 1;
    took();
    assert.equal(lines, ROWS + 1);
    const seconds = times.map((time) => ((time - (times[0] ?? 0)) / 1_000).toFixed(1));
    console.log(
      `${name} ${ROWS} identifiers: acknowledged after ${seconds[1]} s, answered after ${seconds[2]} s, delivered after ${seconds[3]} s, ` +
        `fetched after ${seconds[4]} s; memory ${before.toFixed(0)} MB before, ${peak.toFixed(0)} MB at most`,
    );
    return peak;
  };

  const base = rssOf(gateway.pid());
  const first = await run('first', 'csv', ROWS / 1_000);
  const second = await run('second, by json,', 'json', (2 * ROWS) / 1_000);
  assert.equal(receiver.references().length, 2 * ROWS);
  assert.ok(first - base < MOST_GROWTH_MB, `memory grew by ${first - base} MB`);
  assert.ok(second - first < MOST_MORE_MB, `as many again took ${second - first} MB more`);
});
