import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CsvConfig } from '../../../plugins/csv/config.ts';
import type { CsvBackend } from '../../../plugins/csv/csv-backend.ts';
import csv from '../../../plugins/csv/index.ts';
import type { CallContext, NativeFilter, PluginLog } from '../../../src/plugin.ts';
import { type Folder, makeFolder } from './files.ts';

const FILES = {
  'persons.csv': 'id,name,home,score\nP1,Zoë,H1,1.5\nP2,Ángel,H1,\nP3,ángel,H2,10\n',
  'papers.csv': 'paper,person,number\n1,P1,007\n2,P1,7\n3,P3,007a\n',
};

const CONFIG: CsvConfig = {
  reload_every: 'never',
  files: {
    persons: { file: 'persons.csv', key: 'id', types: { score: 'number' } },
    papers: { file: 'papers.csv', key: 'paper', index: ['number'] },
  },
  entities: {
    person: {
      select: 'select p.*, (select count(*) from papers k where k.person = p.id) as papers from persons p',
      keep: true,
      key: 'id',
      children: { papers: { entity: 'paper', on: { id: 'person' }, order: ['-number'] } },
    },
    paper: { table: 'papers' },
  },
};

interface Started extends AsyncDisposable {
  readonly backend: CsvBackend;
  readonly lines: readonly string[];
}

const context = (log: PluginLog): CallContext => ({
  signal: AbortSignal.timeout(20_000),
  deadline: performance.now() + 20_000,
  requestId: 'test',
  log,
});

const quiet: PluginLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const ctx = () => context(quiet);

const start = async (folder: Folder, config: CsvConfig = CONFIG): Promise<Started> => {
  const lines: string[] = [];
  const say = (message: string, fields: object = {}) => lines.push(`${message} ${JSON.stringify(fields)}`);
  const environment = {
    registry: 'test',
    baseFolder: folder.path,
    stateFolder: join(folder.path, 'state', 'test'),
    log: { debug: say, info: say, warn: say, error: say },
    progress: (line: string) => lines.push(line),
  };
  const backend = (await csv.create(config, environment)) as CsvBackend;
  return { backend, lines, [Symbol.asyncDispose]: () => backend.close() };
};

const find = async ({ backend }: Started, filter: NativeFilter = { kind: 'all' }) => {
  const { rows, total } = await backend.search(
    {
      entity: 'person',
      filter,
      select: {
        columns: ['id', 'name', 'score', 'papers'],
        children: { papers: { child: 'papers', columns: ['number'], children: {} } },
      },
      order: [],
      limit: 10,
      offset: 0,
      countCap: 100,
    },
    ctx(),
  );
  return {
    rows: rows.map(({ columns, children }) => [
      ...Object.values(columns),
      children.papers?.map((each) => each.columns.number),
    ]),
    total,
  };
};

const any = (number: string): NativeFilter => ({
  kind: 'any',
  child: 'papers',
  filter: { kind: 'compare', column: 'number', op: 'eq', value: number },
});

test('rows and their children are found exactly: leading zeros, letters after digits, case and accents count', async () => {
  using folder = makeFolder(FILES);
  await using started = await start(folder);
  const entities = await started.backend.describe(ctx());
  assert.deepEqual(
    [...(entities[0]?.columns.values() ?? [])].map(({ name, type, nullable }) => [name, type, nullable]),
    [
      ['id', 'text', false],
      ['name', 'text', true],
      ['home', 'text', true],
      ['score', 'float', true],
      ['papers', 'integer', true],
    ],
  );
  assert.deepEqual(await find(started, any('007')), { rows: [['P1', 'Zoë', 1.5, 2, ['7', '007']]], total: 1 });
  assert.equal((await find(started, any('07'))).total, 0);
  const named: NativeFilter = { kind: 'compare', column: 'name', op: 'eq', value: 'ángel' };
  assert.deepEqual((await find(started, named)).rows, [['P3', 'ángel', 10, 1, ['007a']]]);
  assert.equal((await find(started, { kind: 'not', of: named })).total, 2);
  assert.deepEqual((await find(started, { kind: 'present', column: 'score' })).total, 2);
});

test('a start with unchanged files and configuration uses what was loaded; a change of either loads again', async () => {
  using folder = makeFolder(FILES);
  const loaded = async (config?: CsvConfig) => {
    await using started = await start(folder, config);
    await started.backend.describe(ctx());
    const { total } = await find(started);
    return [started.lines.some((line) => line.startsWith('files loaded')), total];
  };
  assert.deepEqual(await loaded(), [true, 3]);
  assert.deepEqual(await loaded(), [false, 3]);
  assert.deepEqual(await loaded({ ...CONFIG, max_bad_rows: 7 }), [false, 3], 'what does not change the rows');
  folder.write('persons.csv', `${FILES['persons.csv']}P4,,,\n`);
  assert.deepEqual(await loaded(), [true, 4]);
  const persons = { ...CONFIG.files.persons, file: 'persons.csv', empty: ['', '10'] };
  assert.deepEqual(await loaded({ ...CONFIG, files: { ...CONFIG.files, persons } }), [true, 4]);
  assert.equal(readdirSync(join(folder.path, 'state', 'test')).length, 1, 'older ones are gone');
});

test('the copy lies in a folder and a file that nobody else may read; a wider folder stops the start', async () => {
  using folder = makeFolder(FILES);
  const state = join(folder.path, 'state', 'test');
  {
    await using started = await start(folder);
    await started.backend.describe(ctx());
  }
  assert.equal(statSync(state).mode & 0o777, 0o700);
  for (const name of readdirSync(state)) assert.equal(statSync(join(state, name)).mode & 0o777, 0o600, name);
  chmodSync(state, 0o755);
  await using refused = await start(folder);
  await assert.rejects(refused.backend.describe(ctx()), { name: 'ConfigProblems', message: /may be read by others/ });
});

test('what a crashed load left behind is removed and never served', async () => {
  using folder = makeFolder(FILES);
  {
    await using started = await start(folder);
    await started.backend.describe(ctx());
  }
  const state = join(folder.path, 'state', 'test');
  const [half, others] = [join(state, 'csv-1.sqlite.part'), join(state, 'csv-2.sqlite.part')];
  for (const path of [half, others]) writeFileSync(path, 'half a database');
  utimesSync(half, new Date(), new Date(Date.now() - 3_600_000));
  await using started = await start(folder);
  await started.backend.describe(ctx());
  assert.equal(existsSync(half), false);
  assert.equal(existsSync(others), true, 'a replica may be writing it');
  assert.equal((await find(started)).total, 3);
});

test('a stored copy that is damaged is made again', async () => {
  using folder = makeFolder(FILES);
  const state = join(folder.path, 'state', 'test');
  const damages: readonly ((path: string) => void)[] = [
    (path) => writeFileSync(path, 'no database at all'.repeat(100)),
    (path) => writeFileSync(path, ''),
    (path) => truncateSync(path, statSync(path).size - 4096),
  ];
  for (const damage of damages) {
    {
      await using started = await start(folder);
      await started.backend.describe(ctx());
    }
    for (const name of readdirSync(state)) damage(join(state, name));
    await using started = await start(folder);
    await started.backend.describe(ctx());
    assert.equal((await find(started)).total, 3);
    assert.ok(started.lines.some((line) => line.startsWith('files loaded')));
  }
});

test('new content is taken over while the old serves; searches never fail in between', async () => {
  using folder = makeFolder(FILES);
  await using started = await start(folder);
  await started.backend.describe(ctx());
  folder.write(
    'persons.csv',
    `${FILES['persons.csv']}${Array.from({ length: 20_000 }, (_, n) => `N${n},x,,\n`).join('')}`,
  );
  let done = false;
  const reload = started.backend.reload().then(() => {
    done = true;
  });
  let before = 0;
  while (!done) {
    const { total } = await find(started);
    assert.ok(total === 3 || total === 100, `found ${total}`);
    if (total === 3) before += 1;
    await sleep(5);
  }
  await reload;
  assert.ok(before > 3, 'the old rows were served while the new were loaded');
  assert.equal((await find(started)).total, 100);
});

/** A file that takes long enough to load that it can be written meanwhile. */
const LONG = Array.from({ length: 60_000 }, (_, n) => `N${n},x,,\n`).join('');

const loading = async (folder: Folder): Promise<void> => {
  const state = join(folder.path, 'state', 'test');
  while (!readdirSync(state).some((name) => name.endsWith('.part'))) await sleep(2);
};

test('a file that is written anew while it is read is read again: half of each is no registry', async () => {
  using folder = makeFolder(FILES);
  await using started = await start(folder);
  await started.backend.describe(ctx());
  const endings = ['', 'B1,x,,many\nB2,x,,many\n']; // the second cannot be used, and is mended while that is found out
  for (const [round, ending] of endings.entries()) {
    folder.write('persons.csv', `id,name,home,score\n${LONG}${ending.repeat(60)}`);
    const reload = started.backend.reload();
    await loading(folder);
    folder.write('persons.csv', `id,name,home,score\nP${round},new,,\n`);
    await reload;
    const { rows, total } = await find(started);
    assert.deepEqual([total, rows[0]?.[0]], [1, `P${round}`]);
  }
});

test('a file that somebody goes on writing is refused, and the old rows stay', async () => {
  using folder = makeFolder(FILES);
  await using started = await start(folder);
  await started.backend.describe(ctx());
  let size = 0;
  const write = () => folder.write('persons.csv', `id,name,home,score\n${LONG}${'\n'.repeat(++size)}`);
  write();
  const writer = setInterval(write, 20);
  try {
    await assert.rejects(started.backend.reload(), /persons\.csv was written while it was read, 3 times/);
  } finally {
    clearInterval(writer);
  }
  assert.equal((await find(started)).total, 3);
});

test('a file that changes is noticed once it stays as it is', async () => {
  using folder = makeFolder(FILES);
  await using started = await start(folder, { ...CONFIG, reload_every: '1s' });
  await started.backend.describe(ctx());
  folder.write('persons.csv', 'id,name,home,score\nP9,new,,\n');
  for (let tries = 0; (await find(started)).total !== 1; tries += 1) {
    assert.ok(tries < 100, 'the change was not noticed in ten seconds');
    await sleep(100);
  }
  assert.equal((await find(started)).rows[0]?.[0], 'P9');
});

test('files that cannot be used, or no longer fit, are refused while the gateway runs, and the old rows stay', async () => {
  using folder = makeFolder(FILES);
  await using started = await start(folder);
  await started.backend.describe(ctx());
  const broken: readonly (readonly [string, RegExp])[] = [
    ['number,name\n1,x\n', /persons\.csv:1 has no column "id"/],
    ['id,name,score\nP1,x,1\n', /column home is gone/],
  ];
  for (const [content, message] of broken) {
    folder.write('persons.csv', content);
    await assert.rejects(started.backend.reload(), message);
    assert.equal((await find(started)).total, 3);
    await started.backend.health(ctx());
  }
  folder.write('persons.csv', 'id,name,home,score\nP9,new,,\n');
  await started.backend.reload();
  assert.equal((await find(started)).total, 1);
});

test('a file that lost all its rows is not taken over, unless that was said to be meant', async () => {
  using folder = makeFolder(FILES);
  const { files } = CONFIG;
  const papers = { file: 'papers.csv', key: 'paper', may_be_empty: true };
  await using started = await start(folder, { ...CONFIG, files: { ...files, papers } });
  await started.backend.describe(ctx());
  folder.write('persons.csv', 'id,name,home,score\n');
  await assert.rejects(started.backend.reload(), /persons\.csv has no row any more/);
  assert.equal((await find(started)).total, 3);
  folder.write('persons.csv', FILES['persons.csv']);
  folder.write('papers.csv', 'paper,person,number\n');
  await started.backend.reload();
  const { rows, total } = await find(started);
  assert.equal(total, 3);
  assert.deepEqual(
    rows.map((row) => row.at(-1)),
    [[], [], []],
  );
});

test('the log says what to do about files that are not taken over', async () => {
  using folder = makeFolder({ ...FILES, 'persons.csv': 'identity\n' });
  await using started = await start(folder);
  await assert.rejects(started.backend.describe(ctx()));
  const told = started.lines.find((line) => line.startsWith('files not taken over')) ?? '';
  assert.match(told, /"fix":"is the separator .* right\?"/);
});

test('a malformed file stops the start with file and line, all of them at once', async () => {
  using folder = makeFolder({ 'persons.csv': 'identity,name\n' });
  await using started = await start(folder);
  await assert.rejects(started.backend.describe(ctx()), (error: Error) => {
    assert.equal(error.name, 'ConfigProblems');
    assert.match(error.message, /files\.persons: persons\.csv:1 has no column "id"/);
    assert.match(error.message, /files\.papers: papers\.csv:1 does not exist/);
    return true;
  });
});

test('too many bad rows are a mistake of the configuration at the first connection, and heal when the file does', async () => {
  using folder = makeFolder({ ...FILES, 'persons.csv': `${FILES['persons.csv']}P5,a,b,many\nP6,a,b,more\n` });
  await using started = await start(folder, { ...CONFIG, max_bad_rows: 1 });
  await assert.rejects(
    started.backend.describe(ctx()),
    /persons\.csv:6 score is not of type number, and with it more than 1/,
  );
  await assert.rejects(find(started), { name: 'BackendError', kind: 'unavailable' });
  await assert.rejects(started.backend.health(ctx()), /persons\.csv:6/);
  folder.write('persons.csv', FILES['persons.csv']);
  await started.backend.reload();
  await started.backend.describe(ctx());
  assert.equal((await find(started)).total, 3);
});

test('each row left out is logged with file and line and without its values', async () => {
  using folder = makeFolder({ ...FILES, 'persons.csv': `${FILES['persons.csv']}P1,Secret,,\n` });
  await using started = await start(folder);
  await started.backend.describe(ctx());
  assert.ok(started.lines.includes('row left out {"at":"persons.csv:5","problem":"repeats the key id"}'));
  assert.ok(!started.lines.join().includes('Secret'));
});

test('a backend that is closed while it loads ends the load', async () => {
  using folder = makeFolder(FILES);
  const started = await start(folder);
  await started.backend.close();
  assert.deepEqual(readdirSync(join(folder.path, 'state', 'test')), []);
});
