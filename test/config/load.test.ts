// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own variables

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigError, formatProblem } from '../../src/config/source.ts';
import { configFolder, REGISTRY } from '../support/config-folder.ts';

const load = async (yaml: string, env: Record<string, string> = {}): Promise<Config> => {
  using folder = configFolder(yaml);
  return await loadConfig({ file: folder.file, env });
};

/** Problems as the operator sees them, without the folder's name. */
const problemsOf = async (
  yaml: string,
  env: Record<string, string> = {},
  files: Record<string, string> = {},
): Promise<string[]> => {
  using folder = configFolder(yaml);
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  try {
    await loadConfig({ file: folder.file, env });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => formatProblem(problem).replaceAll(`${folder.path}/`, ''));
  }
  return [];
};

const withRegistry = (text: string): string => `${text}\nregistries:${REGISTRY}`;

test('an almost empty file gets the defaults of the protocol', async () => {
  const config = await load(withRegistry(''));
  assert.equal(config.server.host, '127.0.0.1');
  assert.equal(config.server.port, 8080);
  assert.equal(config.server.bodyLimitBytes, 1024 * 1024);
  assert.equal(config.server.bodyTimeoutMs, 10_000);
  assert.deepEqual(config.server.trustProxy, []);
  assert.equal(config.limits.perMinute, 60);
  assert.equal(config.limits.perDay, 10_000);
  assert.equal(config.limits.recordsPerDay, 10_000);
  assert.equal(config.limits.identifiersPerDay, 10_000);
  assert.equal(config.limits.syncItems, 100);
  assert.equal(config.limits.identifiersPerList, 100);
  assert.equal(config.limits.recordsPerAnswer, 1000);
  assert.equal(config.limits.pageSize, 20);
  assert.equal(config.limits.maxPageSize, 1000);
  assert.equal(config.limits.searchMs, 10_000);
  assert.equal(config.limits.jsonDepth, 32);
  assert.equal(config.limits.predicates, 100);
  assert.equal(config.limits.treeNodes, 200);
  assert.equal(config.limits.inValues, 1000);
  assert.equal(config.limits.graphqlBytes, 8192);
  assert.equal(config.limits.graphqlTokens, 500);
  assert.equal(config.limits.concurrentSearches, 4);
  assert.equal(config.limits.failedTokensPerMinute, 5);
  assert.equal('redisUrl' in config.limits, false);
  assert.equal(config.signatures.validitySeconds, 300);
  assert.equal(config.signatures.skewSeconds, 60);
  assert.equal(config.signatures.maxValiditySeconds, 3600);
  assert.equal(config.signatures.defaultProfile, 'dci-spaced');
  assert.equal(config.tokens.lifetimeSeconds, 3600);
  assert.equal(config.tokens.allowQueryCredentials, false);
  assert.equal(config.outbound.timeoutMs, 10_000);
  assert.deepEqual(config.partners, []);
});

test('what the file says is taken, in milliseconds, bytes and seconds', async () => {
  const config = await load(
    withRegistry(
      'identity: { id: us }\nserver: { port: 0, body_limit: 2MB, body_timeout: 250ms }\ntokens: { lifetime: 2h }\nlimits: { redis: "redis://r:6379", search_timeout: 1m }',
    ),
  );
  assert.equal(config.server.port, 0);
  assert.equal(config.server.bodyLimitBytes, 2 * 1024 * 1024);
  assert.equal(config.server.bodyTimeoutMs, 250);
  assert.equal(config.tokens.lifetimeSeconds, 7200);
  assert.equal(config.tokens.issuer, 'us');
  assert.equal(config.limits.redisUrl, 'redis://r:6379');
  assert.equal(config.limits.searchMs, 60_000);
});

test('a registry has its options without plugin and timezone, the plugin’s defaults filled in', async () => {
  const config = await load(withRegistry('').replace('url: ok', 'url: ok, timezone: Africa/Nairobi'));
  const [registry] = config.registries;
  assert.deepEqual(registry?.backend, {
    plugin: './trial.mjs',
    options: { url: 'ok', pool: 5 },
    timezone: 'Africa/Nairobi',
  });
  assert.equal(registry?.regType, 'ns:org:RegistryType:Social');
  assert.equal(registry?.sample, false);
  assert.deepEqual(Object.keys(registry?.mapping.value as object), ['records']);
  assert.match(registry?.mapping.at(['records', 'Group']) ?? '', /gateway\.yaml:9:7$/);
  assert.match(registry?.backendSource.at(['url', 'below']) ?? '', /gateway\.yaml:6:/);
});

test('every mistake is reported at once, with file, line, column and a fix', async () => {
  const problems = await problemsOf(
    withRegistry(
      'sever: {}\nserver:\n  prot: 80\n  body_limit: 1 MB\nlimits: { per_minute: sixty, page_size: 0 }\nlog: { level: inof }',
    ),
  );
  assert.deepEqual(problems, [
    'gateway.yaml:1:1 sever is not a known key. Fix: did you mean server?',
    'gateway.yaml:3:3 server.prot is not a known key. Fix: did you mean port?',
    'gateway.yaml:4:3 server.body_limit is no size. Fix: write a number with B, KB, MB or GB: 1MB',
    'gateway.yaml:5:11 limits.per_minute must be a whole number, not text',
    'gateway.yaml:5:30 limits.page_size must be >= 1',
    'gateway.yaml:6:8 log.level must be one of debug, info, warn, error. Fix: did you mean info?',
  ]);
});

test('an entry that is sound is checked by its plugin and mapping although another part is wrong', async () => {
  const problems = await problemsOf(
    `log: { level: loud }\nregistries:${REGISTRY.replace('url: ok', 'url: ok, pol: 3').replace('sex: gender', 'sx: gender')}`,
  );
  assert.equal(problems.length, 3);
  assert.match(problems[0] ?? '', /^gateway\.yaml:1:8 log\.level/);
  assert.match(
    problems[1] ?? '',
    /^gateway\.yaml:6:\d+ registries\.social\.backend\.pol is not a known key\. Fix: did you mean pool\?/,
  );
  assert.match(problems[2] ?? '', /^gateway\.yaml:8:\d+ registries\.social\.records\.Person\.fields\.sx .*sex/);
});

test('what the plugin itself finds has its place in the file', async () => {
  assert.deepEqual(await problemsOf(withRegistry('').replace('url: ok', 'url: bad')), [
    'gateway.yaml:6:37 registries.social.backend.url is bad. Fix: mend it',
  ]);
});

test('YAML that is no YAML, a doubled key and a missing file are told with their place', async () => {
  assert.match((await problemsOf('server: [')).join(), /^gateway\.yaml:\d+:\d+ /);
  assert.match((await problemsOf('log: {}\nlog: {}\n')).join(), /^gateway\.yaml:2:1 .*unique/);
  await assert.rejects(
    loadConfig({ file: '/nowhere/gateway.yaml', env: {} }),
    /gateway\.yaml:1:1 cannot be read \(ENOENT\)/,
  );
  assert.deepEqual(await problemsOf(''), ['gateway.yaml:1:1 registries needs at least one entry']);
  assert.match((await problemsOf('- 1')).join(), /must be a map, not a list/);
});

test('anchors work, a million values from ten lines and an anchor in itself do not', async () => {
  const config = await load(withRegistry('server: { admin: { host: &h 127.0.0.2 }, host: *h }'));
  assert.equal(config.server.host, '127.0.0.2');
  const lines = ['a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]'];
  for (let i = 1; i < 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  assert.match((await problemsOf(lines.join('\n'))).join(), /has more than 200000 values/);
  assert.match((await problemsOf('a: &a { b: *a }')).join(), /nests deeper than 60/);
});

test('variables are filled in after parsing; a missing one is a problem with its place', async () => {
  const server = 'server: { host: "${HOST:-127.0.0.9}", port: "${PORT}" }';
  assert.equal((await load(withRegistry(server), { PORT: '81' })).server.port, 81);
  assert.equal((await load(withRegistry(server), { PORT: '81' })).server.host, '127.0.0.9');
  assert.equal((await load(withRegistry(server), { PORT: '81', HOST: '' })).server.host, '127.0.0.9');
  assert.deepEqual(await problemsOf(withRegistry(server)), [
    'gateway.yaml:1:45 server.port needs the environment variable PORT, which is not set. Fix: set PORT, or write ${PORT:-default}',
  ]);
  const config = await load(withRegistry('tokens: { issuer: "${ID}" }'), { ID: '"]}\nserver: { port: 1 }' });
  assert.equal(config.tokens.issuer, '"]}\nserver: { port: 1 }');
  assert.equal(config.server.port, 8080);
  assert.equal((await load(withRegistry("identity: { id: '$${ID}' }"))).identity.id, '${ID}');
});

test('text from the environment becomes a number or a flag only where one is wanted', async () => {
  const yaml = withRegistry('').replace('url: ok', 'url: "${URL}", pool: "${POOL}", tls: "${TLS}"');
  const config = await load(yaml, { URL: '12', POOL: '7', TLS: 'true' });
  assert.deepEqual(config.registries[0]?.backend.options, { url: '12', pool: 7, tls: true });
  assert.match(
    (await problemsOf(yaml, { URL: '1', POOL: 'seven', TLS: 'yes' })).join('\n'),
    /pool must be a whole number[\s\S]*tls must be true or false/,
  );
  assert.match(
    (await problemsOf(withRegistry('server: { port: "8080" }'))).join(),
    /server\.port must be a whole number/,
  );
});

test('a registry may stand in a file of its own, its problems are placed there', async () => {
  const yaml = 'registries: { social: { file: parts/social.yaml } }';
  const entry =
    'domain: social\nmounts: [/r]\nbackend: { plugin: ./trial.mjs, url: ok }\nrecords: { Person: { entity: p, fields: { sex: g } } }\n';
  using folder = configFolder(yaml);
  folder.write('parts/social.yaml', entry);
  const config = await loadConfig({ file: folder.file, env: {} });
  assert.equal(config.registries[0]?.mounts[0], '/r');
  assert.match(config.registries[0]?.mapping.at(['records', 'Person']) ?? '', /parts\/social\.yaml:4:12$/);
  assert.deepEqual(await problemsOf(yaml, {}, { 'parts/social.yaml': `${entry}mount: /x\n` }), [
    'parts/social.yaml:5:1 registries.social.mount is not a known key. Fix: did you mean mounts?',
  ]);
  assert.match((await problemsOf(yaml)).join(), /^gateway\.yaml:1:\d+ registries\.social\.file names .*cannot be read/);
  assert.match(
    (await problemsOf(yaml.replace('yaml }', 'yaml, sample: true }'), {}, { 'parts/social.yaml': entry })).join(),
    /registries\.social\.sample stands beside file/,
  );
});

for (const [mounts, found] of [
  ['[registry]', /mounts\.0 is no mount/],
  ['["/registry/"]', /mounts\.0 is no mount/],
  ['[]', /mounts needs at least one entry/],
  ['[/docs]', /takes \/docs, which is the gateway's own/],
  ['[/.well-known/x]', /takes \/\.well-known/],
  ['[/r, /r/sync]', /mounts\.1 collides with \/r of the same registry/],
] as const) {
  test(`the mounts ${mounts} are refused`, async () => {
    assert.match((await problemsOf(withRegistry('').replace('[/registry]', mounts))).join(), found);
  });
}

test('two registries cannot share a mount, a mount below another’s is fine where no endpoint lies', async () => {
  const second = REGISTRY.replace('social:', 'other:');
  assert.match(
    (await problemsOf(`registries:${REGISTRY}${second}`)).join(),
    /other\.mounts\.0 collides with \/registry of social/,
  );
  assert.deepEqual(await problemsOf(`registries:${REGISTRY}${second.replace('/registry', '/registry/other')}`), []);
});

test('a plugin that is unknown or broken is told', async () => {
  const plugin = (name: string): string => withRegistry('').replace('./trial.mjs', name);
  assert.match((await problemsOf(plugin('sqll'))).join(), /there is no plugin sqll/);
  assert.match((await problemsOf(plugin('./none.mjs'))).join(), /no file/);
  assert.match(
    (await problemsOf(plugin('./x.mjs'), {}, { 'x.mjs': 'export const a = 1' })).join(),
    /must export default definePlugin/,
  );
});

test('a timezone that does not exist is refused', async () => {
  assert.match(
    (await problemsOf(withRegistry('').replace('url: ok', 'url: ok, timezone: Mars/Base'))).join(),
    /Mars\/Base/,
  );
});

for (const [section, found] of [
  ['server: { port: 9090 }', /1:1 server\.admin\.port is the port of the public listener/],
  ['limits: { page_size: 50, max_page_size: 20 }', /1:11 limits\.page_size is larger than max_page_size \(20\)/],
  ['limits: { per_day: 5 }', /limits\.per_minute is larger than per_day \(5\)/],
  ['limits: { replicas: 3 }', /1:11 limits\.replicas stands without redis: each replica would allow all of the limits/],
  ['signatures: { validity: 2h }', /1:15 signatures\.validity is longer than max_validity \(1h\)/],
  ['signatures: { validity: 2d, max_validity: 3d }', /1:15 signatures\.validity is longer than a day/],
  ['server: { body_timeout: 30d }', /1:11 server\.body_timeout is longer than a day/],
  ['server: { shutdown: 25d }', /server\.shutdown is longer than a day/],
  ['files: { timeout: 2d }', /files\.timeout is longer than a day/],
  ['files: { timeout: 0s }', /files\.timeout is nothing at all/],
  ['requests: { search_timeout: 0s }', /requests\.search_timeout is nothing at all/],
  ['identity: { id: "gov|social" }', /1:13 identity\.id is not written as it must be\. Fix: leave out \|/],
  ['limits: { search_timeout: 0s }', /1:11 limits\.search_timeout is nothing at all/],
  ['server: { body_timeout: 0ms }', /1:11 server\.body_timeout is nothing at all/],
  ['server: { body_limit: 0B }', /1:11 server\.body_limit is nothing at all/],
  ['server: { body_limit: 1GB }', /1:11 server\.body_limit is more than 64MB/],
  ['outbound: { timeout: 0s }', /outbound\.timeout is nothing at all/],
  ['subscriptions: { timezone: Mars/Base }', /subscriptions\.timezone is not a known time zone/],
  ['store: { retention: 0s }', /store\.retention is nothing at all/],
  ['tokens: { lifetime: 25h }', /1:11 tokens\.lifetime is longer than a day/],
  ['server: { trust_proxy: [10.0.0.0/8, 0.0.0.0/0] }', /1:37 server\.trust_proxy\.1 believes every caller/],
  ['server: { trust_proxy: ["::/0"] }', /server\.trust_proxy\.0 believes every caller/],
] as const) {
  test(`values that do not go together are refused: ${section}`, async () => {
    assert.match((await problemsOf(withRegistry(section))).join(), found);
  });
}

test('a duration or a size without its unit is told the likely one', async () => {
  assert.deepEqual(
    await problemsOf(
      withRegistry(
        'server: { shutdown: 20, body_limit: 2, body_timeout: 30000 }\noutbound: { timeout: 2.5 }\ntokens: { lifetime: 3600 }',
      ),
    ),
    [
      'gateway.yaml:1:11 server.shutdown must be text, not a number. Fix: write it with its unit, such as 20s',
      'gateway.yaml:1:25 server.body_limit must be text, not a number. Fix: write it with its unit, such as 2MB',
      'gateway.yaml:1:40 server.body_timeout must be text, not a number. Fix: write it with its unit, such as 30000ms',
      'gateway.yaml:2:13 outbound.timeout must be text, not a number',
      'gateway.yaml:3:11 tokens.lifetime must be text, not a number. Fix: write it with its unit, such as 3600s',
    ],
  );
});

test('a file of a registry that is not there is told on the line that names it', async () => {
  assert.deepEqual(await problemsOf('registries:\n  social:\n    file: parts/social.yaml'), [
    'gateway.yaml:3:5 registries.social.file names parts/social.yaml, which cannot be read (ENOENT). Fix: name a file that exists and may be read',
  ]);
});

test('whatever is wrong in a registry, its path starts with the registry', async () => {
  const inside =
    'domain: social\nmounts: [/r]\nbackend: { plugin: ./trial.mjs, url: "${NOWHERE}" }\nrecords: { Person: { entity: p, fields: { sexx: g } } }\n';
  const yaml = 'registries: { social: { file: social.yaml } }';
  const found = await problemsOf(yaml, {}, { 'social.yaml': inside });
  assert.match(
    found[0] ?? '',
    /^social\.yaml:3:\d+ registries\.social\.backend\.url needs the environment variable NOWHERE/,
  );
  assert.match(found[1] ?? '', /^social\.yaml:4:\d+ registries\.social\.records\.Person\.fields\.sexx /);
  assert.equal(found.length, 2, found.join('\n'));
});

test('a variable that is not set is one mistake, whatever the plugin says of a value that is empty', async () => {
  const yaml = `registries: { social: { domain: social, mounts: [/r], backend: { plugin: sql, client: postgres, url: "\${NOWHERE}",
    entities: { p: { table: p, key: id } } }, records: { Person: { entity: p, fields: { birth_place: g } } } } }`;
  const found = await problemsOf(yaml);
  assert.deepEqual([found.length, /NOWHERE, which is not set/.test(found[0] ?? '')], [1, true], found.join('\n'));
  const [empty] = await problemsOf(yaml, { NOWHERE: '' });
  assert.match(empty ?? '', /registries\.social\.backend\.url is empty$/);
});
