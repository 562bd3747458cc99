/** 100,000 identifiers from the form to the fetched result, in a process whose memory is watched (PROTOCOL 9). */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createClient } from '../support/client.ts';
import { fileWorld, idOf, resultOf, upload } from '../support/file-world.ts';
import { freePort } from '../support/local-server.ts';
import { gatewayProcess } from '../support/storm/gateway-process.ts';
import { csvOf } from '../support/uploads.ts';

const FEW = 10_000;
const MANY = 100_000;
/**
 * What ten times as many rows in one file may take above few: rows that are held would show. As many rows were worked on before, in
 * files of few: so the caches of SQLite (80 MB), which fill with what is written, are full by then.
 */
const MOST_MORE_MB = 80;
/** So that a result which is held would be seen: all of it has 130 MB. */
const LONG_NAME = 'Amina '.repeat(150);
/** So that what is in memory is what is held, not what nobody collected yet. What does not fit into it ends the process. */
const SMALL_HEAP = ['--max-old-space-size=128'];
const LINE_FEED = 10;
const rssOf = (pid: number | undefined): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

for (const format of ['csv', 'json'] as const) {
  test(`${MANY} identifiers of a ${format} file take the memory of ${FEW}`, { timeout: 1_200_000 }, async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { config, receiver } = cleanUp.use(await fileWorld(MANY, {}, LONG_NAME));
    const gateway = cleanUp.use(gatewayProcess(config, await freePort(), SMALL_HEAP));
    await gateway.start();
    const client = createClient({ url: gateway.url });
    let peak = 0;
    let sent = 0;
    const watching = setInterval(() => {
      peak = Math.max(peak, rssOf(gateway.pid()));
    }, 20);
    cleanUp.defer(() => clearInterval(watching));

    /** From the form to the last line of the fetched result. @returns the most memory meanwhile */
    const run = async (name: string, rows: number): Promise<number> => {
      const before = rssOf(gateway.pid());
      peak = before;
      const times = [performance.now()];
      const took = (): void => void times.push(performance.now());
      const transaction = await upload(client, fileOf(rows, format), format);
      took();
      const result = await resultOf(client, transaction, 300_000);
      took();
      sent += rows;
      await receiver.came(sent / 1_000, 120_000);
      took();
      const response = await fetch(`${gateway.url}/registry${result}&format=${format}`, {
        headers: { Authorization: `Bearer ${await client.getToken()}` },
      });
      let lines = 0;
      for await (const chunk of response.body ?? []) for (const byte of chunk) if (byte === LINE_FEED) lines += 1;
      took();
      assert.equal(lines, format === 'csv' ? rows + 1 : rows + 2);
      const seconds = times.map((time) => ((time - (times[0] ?? 0)) / 1_000).toFixed(1));
      console.log(
        `${name}, ${rows} identifiers as ${format}: acknowledged after ${seconds[1]} s, answered after ${seconds[2]} s, delivered after ` +
          `${seconds[3]} s, fetched after ${seconds[4]} s; memory ${before.toFixed(0)} MB before, ${peak.toFixed(0)} MB at most`,
      );
      return peak;
    };

    for (let files = 0; files < MANY / FEW; files++) await run('to warm up', FEW);
    const few = await run('few', FEW);
    const many = await run('many', MANY);
    assert.equal(receiver.references().length, sent);
    assert.ok(many - few < MOST_MORE_MB, `${MANY} rows took ${(many - few).toFixed(0)} MB more than ${FEW}`);
  });
}

const fileOf = (rows: number, format: 'csv' | 'json'): string => {
  const ids = Array.from({ length: rows }, (_, person) => idOf(person));
  return format === 'csv'
    ? csvOf(ids)
    : JSON.stringify(ids.map((value) => ({ identifier_type: 'urn:gov:national-id', identifier_value: value })));
};
