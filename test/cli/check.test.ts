import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { registerCheckCommand } from '../../src/cli/check.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { type ConfigFolder, configFolder, REGISTRY } from '../support/config-folder.ts';
import { partnerOf } from '../support/partners.ts';
import { type Ran, runCli } from '../support/run-cli.ts';
import { runCommand } from '../support/run-command.ts';
import { PROJECT } from '../support/source-files.ts';
import { toNode } from '../support/to-node.ts';

const YAML = `registries:
  social:
    domain: social
    mounts: [/registry]
    backend:
      plugin: sql
      client: sqlite
      file: registry.sqlite
      entities:
        person: { table: person, key: id, children: { papers: { entity: paper, on: { id: person_id } } } }
        paper: { table: paper, key: id }
    records:
      Person:
        entity: person
        fields:
          identifier: [{ each: papers, identifier_type: { from: kind }, identifier_value: { from: number, need: true } }]
          name: { surname: last_name }
          birth_date: { from: dob, as: date }
`;

/** A registry of two tables where last_name and the papers' number are indexed. */
const sqliteFolder = (yaml = YAML): ConfigFolder => {
  const folder = configFolder(yaml);
  const database = new DatabaseSync(`${folder.path}/registry.sqlite`);
  database.exec(`CREATE TABLE person (id INTEGER PRIMARY KEY, last_name TEXT, dob TEXT);
    CREATE TABLE paper (id INTEGER PRIMARY KEY, person_id INTEGER, kind TEXT, number TEXT);
    CREATE INDEX person_last_name ON person (last_name); CREATE INDEX paper_number ON paper (number);
    CREATE INDEX paper_person ON paper (person_id)`);
  database.close();
  return folder;
};

/** A plugin whose upstream notifies as a partner of ours. */
const TELLING = `const dob = { name: 'dob', type: 'date', nativeType: 'date', nullable: true };
const entity = { name: 'person', key: ['id'], columns: new Map([['dob', dob]]), children: new Map() };
export default {
  name: 'telling',
  configSchema: { type: 'object', additionalProperties: true },
  create: ({ from }) => ({
    capabilities: { compare: new Set() },
    upstream: { notifications: { partner: from, keyOf: () => undefined } },
    describe: async () => [entity],
    search: async () => ({ rows: [] }), count: async () => 0, health: async () => undefined, close: async () => undefined,
  }),
};
`;

const check = (args: readonly string[], env = {}): Promise<Ran> =>
  runCommand(registerCheckCommand, ['check', ...args], env);

test('a sound configuration: status 0, the records, and the attributes whose search reads a whole table', async () => {
  using folder = sqliteFolder();
  const { status, out, err } = await runCli(['check', '--config', folder.file]);
  assert.equal(status, 0, err);
  assert.match(out, /1 registry, 0 partners, no mistakes/);
  assert.match(out, /registry social: reached by sql, the mapping fits: Person \(\d+ attributes\)/);
  assert.match(out, /Person\.birth_date: person\.dob \(SCAN/);
  assert.match(out, /Person\.identifier\.identifier_type: paper\.kind/);
  assert.doesNotMatch(out, /last_name/);
  assert.doesNotMatch(out, /identifier_value/);
});

test('an index takes an attribute from the list', async () => {
  using folder = sqliteFolder();
  const database = new DatabaseSync(`${folder.path}/registry.sqlite`);
  database.exec('CREATE INDEX person_dob ON person (dob)');
  database.close();
  assert.doesNotMatch((await check(['--config', folder.file])).out, /birth_date/);
});

test('check changes nothing: no state folder is made beside the configuration', async () => {
  using folder = sqliteFolder();
  await check(['--config', folder.file]);
  assert.equal(existsSync(`${folder.path}/var`), false);
});

test('a mistake: status 1, file, line, column and fix on standard error', async () => {
  using folder = sqliteFolder(YAML.replace('mounts', 'mount'));
  const { status, out, err } = await check([], { DCI_CONFIG: folder.file });
  assert.equal(status, 1);
  assert.equal(out, '');
  assert.match(err, /gateway\.yaml:4:5 registries\.social\.mount is not a known key\. Fix: did you mean mounts\?/);
  assert.match(err, /2 mistakes/);
});

test('a column that the registry does not have is found by connecting, with its line', async () => {
  using folder = sqliteFolder(YAML.replace('surname: last_name', 'surname: last_nam'));
  const { status, err } = await check(['--config', folder.file]);
  assert.equal(status, 1);
  assert.match(err, /gateway\.yaml:17:\d+ registries\.social\.records\.Person\.fields\.name\.surname .*last_nam/);
  assert.equal((await check(['--offline', '--config', folder.file])).status, 0);
});

test('a table that the registry does not have is found by connecting, with its line', async () => {
  using folder = sqliteFolder(YAML.replace('table: paper', 'table: papers'));
  const { status, err } = await check(['--config', folder.file]);
  assert.equal(status, 1);
  assert.match(err, /gateway\.yaml:11:\d+ registries\.social\.backend\.entities\.paper/);
});

test('a registry that cannot be reached is no success, unless it was not to be connected', async () => {
  using folder = sqliteFolder(
    YAML.replace('client: sqlite', 'client: postgres').replace(
      'file: registry.sqlite',
      'url: "postgres://reader:hush@127.0.0.1:1/registry"',
    ),
  );
  const { status, out, err } = await check(['--config', folder.file]);
  assert.equal(status, 1, err);
  assert.match(out, /registry social: .*its mapping was not checked against it/);
  assert.match(err, /1 registry was not reached: .* or check --offline/);
  assert.doesNotMatch(out + err, /hush|no mistakes/);
  const offline = await check(['--offline', '--config', folder.file]);
  assert.equal(offline.status, 0, offline.err);
  assert.match(offline.out, /no mistakes; the registries were not connected/);
});

test('a store that others may reach is a mistake, as at a start', async () => {
  using folder = sqliteFolder(`store: { folder: state }\n${YAML}`);
  mkdirSync(`${folder.path}/state`, { mode: 0o755 });
  chmodSync(`${folder.path}/state`, 0o755);
  const { status, out, err } = await check(['--config', folder.file]);
  assert.equal(status, 1, err);
  assert.match(err, /state has mode 755, others may reach it: chmod 700/);
  assert.match(err, /1 mistake\n$/);
  assert.doesNotMatch(out, /no mistakes/, 'one verdict');
});

test('rights of partners that were made by command are looked at too', async () => {
  using folder = sqliteFolder(`store: { folder: state }\n${YAML}`);
  const store = await openSqliteStore({ folder: `${folder.path}/state`, clock: Date.now, role: 'command' });
  const person = {
    attributes: 'all',
    fields: ['birthdate'],
    identifierTypes: 'all',
    rows: toNode({ foo: 1 }),
  } as const;
  const rights = { width: 'any', actions: 'all', records: new Map([['Person', person]]) } as const;
  await store.partners.insert(partnerOf('health', { registries: new Map([['social', rights]]) }));
  await store.close();
  const { status, out, err } = await check(['--config', folder.file]);
  assert.equal(status, 1, err);
  assert.match(err, /the store: partners\.health\.registries\.social\.records\.Person\.rows: Unknown attribute "foo"/);
  assert.match(err, /Person\.fields: there is no field birthdate/);
  assert.match(err, /2 mistakes\n$/);
  assert.doesNotMatch(out, /no mistakes/);
});

test('a partner of the store that shares a name with one of the file is a mistake, as at a start', async () => {
  const partners = 'partners: { ministry: { client_id: m, sender_ids: [health.example] } }';
  using folder = sqliteFolder(`store: { folder: state }\n${partners}\n${YAML}`);
  const store = await openSqliteStore({ folder: `${folder.path}/state`, clock: Date.now, role: 'command' });
  await store.partners.insert(partnerOf('health', { senderIds: ['health.example'] }));
  await store.close();
  const { status, out, err } = await check(['--offline', '--config', folder.file]);
  assert.equal(status, 1, out);
  assert.match(err, /partner health \(store\) has the sender id health\.example of partner ministry/);
  assert.doesNotMatch(out, /no mistakes/);
});

test('demo partners that a start would refuse are mistakes: on another address than loopback, in production', async () => {
  const partners = 'partners: { demo: { client_id: d, sender_ids: [d], demo: true } }';
  using folder = sqliteFolder(`server: { host: 0.0.0.0 }\n${partners}\n${YAML}`);
  const args = ['--offline', '--config', folder.file];
  assert.match(
    (await check(args)).err,
    /demo partners \(demo\) are served on a loopback address only, not on 0\.0\.0\.0/,
  );
  assert.equal((await check(args)).status, 1);
  assert.equal((await check(args, { HOST: '127.0.0.1' })).status, 0);
  const production = await check(args, { HOST: '127.0.0.1', NODE_ENV: 'production' });
  assert.equal(production.status, 1);
  assert.match(production.err, /not served with NODE_ENV=production/);
});

test('a field of a closed code list that is mapped without codes is worth a look, wherever it stands; no mistake', async () => {
  const without = `        attributes: { mark: { from: kind } }
      Member:
        entity: person
        fields:
          related_person: [{ relationship_type: kind }]
          marital_status: { from: kind, codes: { a: M } }
          education_level: { from: kind, codes: standard }
          demographic_info: { record: Person }
`;
  using folder = sqliteFolder(YAML.replace('birth_date:', 'sex: gender\n          birth_date:') + without);
  const { status, err } = await check(['--config', folder.file, '--offline']);
  assert.equal(status, 0, err);
  assert.match(
    err,
    /worth a look: \S+gateway\.yaml:18:\d+ registries\.social\.records\.Person\.fields\.sex has no codes: what gender holds goes out as it is, but is searched by the standard's sex codes \(male, female, other, unknown\)\. Fix: /,
  );
  assert.match(err, /Member\.fields\.related_person\.0\.relationship_type has no codes/);
  assert.doesNotMatch(err, /marital_status|education|identifier_type|mark|demographic/);
});

test('whom notifications come from may be a partner that was made by command; who is nowhere is told', async () => {
  const upstream = '{ plugin: ./telling.mjs, from: rear }';
  const social = `registries:\n  social:\n    domain: social\n    mounts: [/registry]\n    backend: ${upstream}\n`;
  const records = '    records: { Person: { entity: person, fields: { birth_date: dob } } }\n';
  using folder = configFolder(`store: { folder: state }\n${social}${records}`);
  folder.write('telling.mjs', TELLING);
  const absent = await check(['--config', folder.file]);
  assert.equal(absent.status, 0, absent.err);
  assert.match(absent.err, /registry social: notifications would come from the partner rear, which is neither in the file nor in the store/); // biome-ignore format: one look
  const store = await openSqliteStore({ folder: `${folder.path}/state`, clock: Date.now, role: 'command' });
  await store.partners.insert(partnerOf('rear'));
  await store.close();
  const there = await check(['--config', folder.file]);
  assert.equal(there.status, 0, there.err);
  assert.doesNotMatch(there.err, /rear/);
  const mongodb = `{ mongodb: { url: "mongodb://127.0.0.1:1" }, encryption_key: "${'k'.repeat(42)}A=" }`;
  folder.write('gateway.yaml', `store: ${mongodb}\n${social}${records}`);
  const elsewhere = await check(['--config', folder.file]);
  assert.match(elsewhere.err, /rear, which is not in the file; those of the store were not looked at/);
  assert.equal(elsewhere.status, 0, elsewhere.err);
});

test('that most rows of a file were left out is said with their share', async () => {
  const rows = Array.from({ length: 8 }, (_, index) => `${index},${index < 2 ? '1990-05-17' : 'unknown'}`);
  using folder = configFolder(`registries:
  social:
    domain: social
    mounts: [/registry]
    backend: { plugin: csv, files: { person: { file: person.csv, types: { dob: date } } }, entities: { person: { table: person, key: id } } }
    records: { Person: { entity: person, fields: { birth_date: dob } } }
`);
  folder.write('person.csv', ['id,dob', ...rows, ''].join('\n'));
  const { status, err } = await check(['--config', folder.file]);
  assert.equal(status, 0, err);
  assert.match(err, /MOST ROWS WERE LEFT OUT .*person\.csv.*"left_out":6,"of":8,"share":"75\.0 %"/);
});

test('a row filter that the mapping cannot search by is a mistake, as at a start', async () => {
  const rights = '{ social: { records: { Person: { fields: all, rows: { shoe_size: 44 } } } } }';
  using folder = sqliteFolder(
    `partners: { health: { client_id: h, sender_ids: [h], registries: ${rights} } }\n${YAML}`,
  );
  const { status, err } = await check(['--config', folder.file]);
  assert.equal(status, 1);
  assert.match(
    err,
    /gateway\.yaml:1:\d+ partners\.health\.registries\.social\.records\.Person\.rows is wrong: Unknown attribute "shoe_size"\. Fix: write a query .* attributes: .*birth_date/,
  );
});

test('rights that name what the mapping has not are mistakes, each with its line and the nearest name', async () => {
  using folder = sqliteFolder(`${YAML}        attributes: { born: birth_date }
      Member: { entity: person, fields: { demographic_info: { record: Person } } }
partners:
  health:
    client_id: health
    sender_ids: [health.example.org]
    registries:
      social:
        records:
          Person:
            fields: [identifier, name.surname, brith_date]
            attributes: [name, born, identifier.identifier_type]
          Member: { fields: [demographic_info], attributes: [demographic_info, sex, demographic_info.name] }
        purposes: { care: { basis: contract, records: { Person: { fields: [name.surnam] } } } }
`);
  for (const args of [['--offline'], []]) {
    const { status, err } = await check(['--config', folder.file, ...args]);
    assert.equal(status, 1, err);
    const records = 'partners\\.health\\.registries\\.social\\.records';
    for (const line of [
      `gateway\\.yaml:29:\\d+ ${records}\\.Person\\.fields\\.2 cannot be: Person has no field brith_date\\. Fix: did you mean birth_date\\?`,
      `gateway\\.yaml:30:\\d+ ${records}\\.Person\\.attributes\\.1 cannot be: Person has no attribute born\\. Fix: rights name birth_date, which it stands for`,
      `gateway\\.yaml:31:\\d+ ${records}\\.Member\\.attributes\\.1 cannot be: Member has no attribute sex\\.`,
      `demographic_info\\.name\\. Fix: demographic_info is a nested Person: say under records\\.Person`,
      'gateway\\.yaml:32:\\d+ \\S+\\.purposes\\.care\\.records\\.Person\\.fields\\.0 cannot be: .* did you mean name\\.surname\\?',
    ])
      assert.match(err, new RegExp(line));
    assert.match(err, /5 mistakes\n$/);
  }
});

test('a plugin whose backend lacks a method is told, with the line that names it', async () => {
  const health = 'health: async () => undefined, close: async () => undefined';
  const refusal = async (backend: string): Promise<string> => {
    using folder = configFolder(`registries:${REGISTRY}`);
    folder.write(
      'trial.mjs',
      `export default { name: 'trial', configSchema: { type: 'object' }, create: () => (${backend}) };`,
    );
    const { status, err } = await check(['--config', folder.file]);
    assert.equal(status, 1, err);
    assert.doesNotMatch(err, /TypeError| {4}at /);
    return err;
  };
  const search = 'capabilities: { compare: new Set() }, search: async () => ({})';
  assert.match(
    await refusal(`{ ${search}, ${health} }`),
    /gateway\.yaml:5:\d+ registries\.social\.backend\.plugin cannot be \.\/trial\.mjs: the backend that create answers has no method describe/,
  );
  assert.match(await refusal('undefined'), /create answers no backend/);
});

test('a reader who has gone does not break it', async () => {
  using folder = sqliteFolder();
  const child = spawn('bash', ['-o', 'pipefail', '-c', '"$0" "$1" check --config "$2" | true'].concat([process.execPath, join(PROJECT, 'src/cli/main.ts'), folder.file])); // biome-ignore format: one look
  const ended = once(child, 'exit');
  assert.equal(await text(child.stderr), '');
  assert.deepEqual(await ended, [0, null]);
});
