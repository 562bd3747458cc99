/** A file through another gateway that limits requests by the minute; the gateway in front is killed while it waits. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createClient } from '../../support/client.ts';
import { resultOf, upload } from '../../support/file-world.ts';
import { DEMO_PARTNER, type RunningGateway, writeConfig } from '../../support/gateway.ts';
import { freePort } from '../../support/local-server.ts';
import { PROJECT } from '../../support/source-files.ts';
import { gatewayProcess } from '../../support/storm/gateway-process.ts';
import { until } from '../../support/until.ts';
import { csvOf } from '../../support/uploads.ts';
import { FRONT_SENDER, startUpstream, upstreamBackend } from '../../support/upstream-pair.ts';

const PER_MINUTE = 40;
const ROWS = 2_200;
/** Of 20 identifiers each; rows are looked up 250 at a time, in parts of 1,000. */
const CALLS = 2 * 4 * Math.ceil(250 / 20) + Math.ceil(200 / 20);

const KNOWN = readFileSync(join(PROJECT, 'config/sample/identifiers.csv'), 'utf8')
  .split('\n')
  .flatMap((line) => (line.includes(',NATIONAL_ID,') ? (line.split(',')[3]?.trim() ?? []) : []));
/** Every other one is there. */
const IDS = Array.from({ length: ROWS }, (_, row) => (row % 2 === 0 ? (KNOWN[(row / 2) % 400] ?? '') : `none-${row}`));

/** Searches of the front, by what they were answered. */
const searches = async ({ adminUrl }: RunningGateway, status: number): Promise<number> => {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  const found = new RegExp(`dci_requests_total\\{partner="front",registry="social",action="search",status="${status}".*\\} (\\d+)`); // biome-ignore format: one look
  return Number(found.exec(metrics)?.[1] ?? 0);
};

test('every row is answered, nothing is asked twice, whenever the gateway in front is killed', {
  timeout: 600_000,
}, async () => {
  const port = await freePort();
  await using upstream = await startUpstream(port, { limits: { per_minute: PER_MINUTE } });
  const { folder, file } = await writeConfig({
    identity: { id: FRONT_SENDER },
    server: { port },
    registries: {
      social: {
        ...{ domain: 'social', mounts: ['/registry'], sample: true, records: 'dci' },
        backend: upstreamBackend(upstream.url, { queries: ['idtype-value'] }),
      },
    },
    partners: {
      'external-system': { ...DEMO_PARTNER, registries: { social: { search: 'any', records: 'all', actions: 'all' } } },
    },
  });
  try {
    await using front = gatewayProcess(file, port);
    await front.start();
    const client = createClient({ url: front.url });
    const began = performance.now();
    const transaction = await upload(client, csvOf(IDS));
    for (let kills = 0; kills < 2; kills++) {
      await until(() => front.output().includes('file waits'), 120_000);
      await front.kill();
      await front.start();
    }
    const path = await resultOf(client, transaction, 400_000);
    const seconds = (performance.now() - began) / 1_000;
    const headers = { Authorization: `Bearer ${await createClient({ url: front.url }).getToken()}` };
    const { body } = await client.send(`/registry${path}`, { headers });
    const items: readonly ReturnType<typeof JSON.parse>[] = body.search_response;
    assert.equal(items.length, ROWS);
    items.forEach(({ reference_id, status, data }, row) => {
      assert.deepEqual([reference_id, status, data.reg_records.length], [`row-${row + 1}`, 'succ', row % 2 === 0 ? 1 : 0]); // biome-ignore format: one look
    });
    assert.equal(await searches(upstream, 200), CALLS);
    const refused = await searches(upstream, 429);
    assert.ok(refused > 0 && refused <= 20, `${refused} calls were refused`);
    assert.ok(seconds > 60 * Math.floor(CALLS / PER_MINUTE), `${seconds} s`);
    assert.ok(!front.output().includes('file failed'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
