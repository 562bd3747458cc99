import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageOf, type SourceFile, sourceFiles, unitOf, withoutComments } from './support/source-files.ts';

/** What every part may import: interfaces and tables, no work behind them. */
const PORTS = new Set([
  'src/errors.ts',
  'src/log.ts',
  'src/clock.ts',
  'src/plugin.ts',
  'src/config/config.ts',
  'src/config/source.ts',
  'src/config/nearest-name.ts',
  'src/store/store.ts',
  'src/store/documents.ts',
  'src/store/async-documents.ts',
  'src/jobs/jobs.ts',
  'src/store/documents.ts',
  'src/store/document-key.ts',
  'src/store/async-documents.ts',
  'src/store/documents/deliveries.ts',
  'src/store/documents/receipts.ts',
  'src/store/documents/requests.ts',
  'src/store/documents/subscriptions.ts',
  'src/store/documents/upstream.ts',
  'src/limits/limiter.ts',
  'src/dci/json-node.ts',
  'src/dci/filter.ts',
  'src/dci/attribute.ts',
  'src/mapping/mapping.ts',
  'src/registry/registry.ts',
  'src/security/partner.ts',
  'src/security/rights.ts',
]);

const ANYTHING = 'anything';

/** Who may import whom, beside itself. `docs/decisions/imports.md` says why. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  main: ['gateway', 'config', 'log', 'compile-cache'],
  gateway: [ANYTHING],
  cli: [ANYTHING],
  http: ['inbound', 'registry', 'security', 'dci', 'ports'],
  inbound: ['dci', 'security', 'ports'],
  registry: ['dci', 'query', 'mapping', 'security', 'ports'],
  jobs: ['registry', 'security', 'dci', 'ports'],
  'jobs/agenda': ['jobs', 'ports'],
  query: ['dci', 'ports'],
  mapping: ['dci', 'ports'],
  security: ['dci', 'ports'],
  upstream: ['security', 'dci', 'ports'],
  dci: ['errors'],
  config: ['security', 'mapping', 'dci', 'plugins', 'ports'],
  plugins: ['plugin', 'plugins/sql', 'plugins/csv', 'plugins/openspp', 'plugins/passthrough'],
  store: ['ports'],
  limits: ['ports'],
  log: ['ports'],
  errors: [],
  plugin: ['plugin-accept', 'plugin-changes', 'plugin-context', 'plugin-errors', 'plugin-upstream'],
  'plugin-accept': [],
  'plugin-changes': ['plugin'],
  'plugin-errors': [],
  'plugin-context': ['plugin'],
  'plugin-upstream': ['plugin'],
  clock: [],
  'compile-cache': [],
  'plugins/sql': ['plugins/relational', 'plugins/native'],
  'plugins/csv': ['plugins/relational'],
  'plugins/openspp': ['plugins/native'],
  'plugins/relational': ['plugins/native'],
  'plugins/native': [],
  'plugins/passthrough': [],
};

/** One technology in one place. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  express: ['http'],
  '@fastify/busboy': ['http'],
  'http-proxy-middleware': ['http'],
  'prom-client': ['http'],
  '@opentelemetry/api': ['http', 'gateway'],
  jose: ['security'],
  '@noble/ed25519': ['security'],
  'sodium-native': ['security'],
  undici: ['security'],
  ioredis: ['limits'],
  'rate-limiter-flexible': ['limits'],
  winston: ['log'],
  yaml: ['config'],
  ajv: ['config'],
  'ajv-formats': ['config'],
  'ipaddr.js': ['config', 'http', 'limits', 'security'],
  commander: ['cli'],
  croner: ['registry'],
  jsonata: ['mapping'],
  graphql: ['query'],
  kysely: ['plugins/relational', 'plugins/sql', 'plugins/csv'],
  pg: ['plugins/relational', 'plugins/sql'],
  mysql2: ['plugins/relational', 'plugins/sql'],
  'csv-parse': ['plugins/csv', 'registry'],
  'iconv-lite': ['plugins/csv'],
  mongodb: ['store'],
  'node:sqlite': ['store', 'jobs/agenda', 'plugins/native', 'plugins/relational', 'plugins/sql', 'plugins/csv'],
};

/** Narrower than a part: one folder of it. */
const FOLDERS: Readonly<Record<string, string>> = {
  mongodb: 'src/store/mongo/',
  undici: 'src/security/outbound/',
  agenda: 'src/jobs/agenda/',
  '@agendajs/mongo-backend': 'src/jobs/agenda/',
};

const MAIN_FILES = new Set(['src/main.ts', 'src/cli/main.ts']);
const MAX_LINES = 250;

const code = sourceFiles('src', 'plugins');
const ours = sourceFiles('src', 'plugins', 'bench', 'demo', 'packaging', 'config');
const everything = [...ours, ...sourceFiles('test')];

const importProblems = (file: SourceFile): string[] => {
  const unit = unitOf(file.path);
  const allowed = ALLOWED[unit];
  if (allowed === undefined) return [`${file.path}: the table has no row for ${unit}`];
  return file.imports.flatMap(({ specifier, file: target }) => {
    if (target === undefined) return packageProblem(file.path, unit, packageOf(specifier));
    const fine =
      unitOf(target) === unit ||
      allowed.includes(ANYTHING) ||
      allowed.includes(unitOf(target)) ||
      (allowed.includes('ports') && PORTS.has(target));
    return fine ? [] : [`${file.path} imports ${target}`];
  });
};

const packageProblem = (path: string, unit: string, name: string): string[] => {
  if (name === 'dci-gateway') return unit.startsWith('plugins/') ? [] : [`${path} imports the package itself`];
  if (name.startsWith('node:') && PACKAGES[name] === undefined)
    return name === 'node:process' ? [`${path} imports ${name}`] : [];
  const folder = FOLDERS[name];
  if (folder !== undefined) return path.startsWith(folder) ? [] : [`${path} imports ${name}`];
  return PACKAGES[name]?.includes(unit) ? [] : [`${path} imports ${name}`];
};

test('each part imports only what the table of the design allows it', () => {
  assert.ok(code.length > 50, 'the source was not found');
  assert.deepEqual(code.flatMap(importProblems), []);
});

test('the reader of imports sees every form of one', () => {
  const imports = code.flatMap((file) => file.imports.map(({ specifier }) => specifier));
  assert.ok(imports.includes('yaml') && imports.includes('../../plugins/sql/index.ts'));
  const written = code.flatMap(
    ({ text }) => withoutComments(text).match(/^} from '|^import .* from '|^export .* from '|\bimport\('/gm) ?? [],
  );
  assert.equal(imports.length, written.length);
});

test('only the two main files read process', () => {
  const reading = code.filter(
    ({ path, text }) => !MAIN_FILES.has(path) && /(?<![\w.'"$-])process\s*[.[]/.test(withoutComments(text)),
  );
  assert.deepEqual(reading.map(({ path }) => path), []); // biome-ignore format: one look
});

test('no file but a test is longer than 250 lines', () => {
  const long = ours.filter(({ text }) => text.split('\n').length - 1 > MAX_LINES);
  assert.deepEqual(long.map(({ path, text }) => `${path}: ${text.split('\n').length - 1}`), []); // biome-ignore format: one look
});

test('files are named in kebab-case, none after a drawer', () => {
  const names = everything.map(({ path }) => path.split('/').at(-1) ?? '');
  assert.deepEqual(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|long|suite))?\.ts$/.test(name)), []); // biome-ignore format: one look
  assert.deepEqual(names.filter((name) => /^(utils?|helpers?|common|misc|index)\.ts$/.test(name) && name !== 'index.ts'), []); // biome-ignore format: one look
});

test('only a plugin has a default export', () => {
  const found = sourceFiles('src', 'plugins').filter(({ text }) => /^export default/m.test(withoutComments(text)));
  assert.deepEqual(found.filter(({ path }) => !/^plugins\/[a-z]+\/index\.ts$/.test(path)).map(({ path }) => path), []); // biome-ignore format: one look
});

test('modules hold no state, but the main file of a worker', () => {
  const modules = code.filter(({ path }) => !path.endsWith('-worker.ts'));
  const found = modules.flatMap(({ path, text }) =>
    (withoutComments(text).match(/^(export )?(let|var) .*/gm) ?? []).map((line) => `${path}: ${line}`),
  );
  assert.deepEqual(found, []);
});

test('no error is caught and dropped without a reason beside it', () => {
  const silent = /catch\s*(\(\w*\))?\s*\{\s*\}|\.catch\(\s*\(\w*\)\s*=>\s*(\{\s*\}|undefined|null)\s*\)/;
  const found = code.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index, lines) => {
      const reason = line.includes('// ') || (lines[index - 1] ?? '').trim().startsWith('// ');
      return silent.test(line) && !reason ? [`${path}:${index + 1}`] : [];
    }),
  );
  assert.deepEqual(found, []);
});

test('no type is any, no check is switched off', () => {
  const loose = /(?<![\w'"`])(:|\bas|<)\s*any\b(?=\s*[,;)>=|&\]}]|$)|@ts-(ignore|expect-error|nocheck)/;
  const found = code.flatMap(({ path, text }) =>
    loose.test(withoutComments(text)) || /@ts-(ignore|nocheck)/.test(text) ? [path] : [],
  );
  assert.deepEqual(found, []);
});

test('property tests take fast-check with the one seed', () => {
  const found = everything.filter(
    ({ path, imports }) =>
      path !== 'test/support/fast-check.ts' && imports.some(({ specifier }) => specifier === 'fast-check'),
  );
  assert.deepEqual(found.map(({ path }) => path), []); // biome-ignore format: one look
});
