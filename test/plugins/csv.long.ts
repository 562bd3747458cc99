/** A million rows: `node --test test/plugins/csv.long.ts`. Prints what it measured. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test } from 'node:test';
import type { CsvConfig } from '../../plugins/csv/config.ts';
import csv from '../../plugins/csv/index.ts';
import type { CallContext, PluginLog, RegistryQuery } from '../../src/plugin.ts';
import { makeFolder } from './csv/files.ts';

const ROWS = 1_000_000;
const MOST_SECONDS = 60;
const MOST_MEGABYTES = 500;
/** The server answers nobody for longer than this while it loads. */
const LONGEST_BLOCK_MS = 300;

const two = (number: number): string => String(number).padStart(2, '0');

const line = (n: number): string => {
  const id = (n * 7919) % 1_000_003;
  return (
    `P${String(id).padStart(7, '0')},${String((id * 97) % 100_000_000).padStart(8, '0')},Núñez Peña ${n % 5000},Ngọc ${n % 900},` +
    `${n % 2 ? 'M' : 'F'},${1940 + (n % 80)}-${two(1 + (n % 12))}-${two(1 + (n % 28))},DISTRICT_${n % 400},` +
    `"Calle ""${n % 300}"", Apt. ${n % 9}",${n % 99_999},+9991${String(n).padStart(7, '0')},2020-01-01 10:00:00,${(n % 1000) / 10},${n % 7 ? 'yes' : 'no'}\n`
  );
};

const HEADER =
  'person_id,national_id,family_name,given_name,sex,birth_date,area_code,address,postal_code,phone,registered_at,score,active\n';

const CONFIG: CsvConfig = {
  reload_every: 'never',
  files: {
    persons: {
      file: 'persons.csv',
      key: 'person_id',
      types: { birth_date: 'date', registered_at: 'datetime', score: 'number', active: 'boolean' },
      fold: ['family_name'],
      index: ['national_id', 'birth_date', 'family_name_folded', 'area_code'],
    },
  },
  entities: { person: { table: 'persons' } },
};

const quiet: PluginLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

const context = (): CallContext => ({
  signal: AbortSignal.timeout(300_000),
  deadline: performance.now() + 300_000,
  requestId: 'long',
  log: quiet,
});

const byNationalId = (value: string): RegistryQuery => ({
  entity: 'person',
  filter: { kind: 'compare', column: 'national_id', op: 'eq', value },
  select: { columns: ['person_id'], children: {} },
  order: [],
  limit: 10,
  offset: 0,
  countCap: 1000,
});

test(`${ROWS.toLocaleString('en-US')} rows load in under ${MOST_SECONDS} s and ${MOST_MEGABYTES} MB, and the server stays responsive`, async () => {
  using folder = makeFolder();
  const file = createWriteStream(join(folder.path, 'persons.csv'));
  file.write(HEADER);
  for (let n = 0; n < ROWS; n += 1) if (!file.write(line(n))) await once(file, 'drain');
  file.end();
  await once(file, 'finish');

  const lines: string[] = [];
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 50);
  const started = performance.now();
  const before = process.cpuUsage();
  const backend = await csv.create(CONFIG, {
    registry: 'long',
    baseFolder: folder.path,
    stateFolder: join(folder.path, 'state'),
    log: quiet,
    progress: (text) => lines.push(text),
  });
  try {
    await backend.describe(context());
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(before);
    const worked = (user + system) / 1e6;
    clearInterval(watch);
    delay.disable();
    const megabytes = peak / 1e6;
    const blocked = delay.max / 1e6;
    const asked = performance.now();
    const { total } = await backend.search(byNationalId('00768143'), context());
    const searchMs = performance.now() - asked;
    console.log(
      `loaded in ${seconds.toFixed(1)} s, of which ${worked.toFixed(1)} s of a core, peak RSS ${megabytes.toFixed(0)} MB, longest block ${blocked.toFixed(0)} ms, ` +
        `an identifier search ${searchMs.toFixed(1)} ms; progress: ${lines.slice(0, 2).join(' | ')} … ${lines.at(-1)}`,
    );
    assert.equal(total, 1);
    assert.match(lines[0] ?? '', /^persons\.csv: [\d,]+ rows$/);
    assert.equal(lines.at(-1), `persons.csv: ${ROWS.toLocaleString('en-US')} rows loaded`);
    assert.ok(seconds < MOST_SECONDS, `took ${seconds} s, of which ${worked} s of a core`);
    assert.ok(megabytes < MOST_MEGABYTES, `took ${megabytes} MB`);
    assert.ok(blocked < LONGEST_BLOCK_MS, `blocked for ${blocked} ms`);
  } finally {
    await backend.close();
  }
});
