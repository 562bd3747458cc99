import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { registerSqlCommands } from '../../src/cli/sql-triggers.ts';
import { configFolder } from '../support/config-folder.ts';
import { runCli } from '../support/run-cli.ts';
import { runCommand } from '../support/run-command.ts';

const YAML = `registries:
  social:
    domain: social
    mounts: [/registry]
    backend:
      plugin: sql
      client: sqlite
      file: registry.sqlite
      entities:
        person: { table: person, key: id, children: { papers: { entity: paper, on: { id: person_id } }, notes: { entity: note, on: { id: person_id } } } }
        paper: { table: paper, key: id }
        note: { table: note, key: id }
        household: { select: select distinct hh from person, key: hh }
    records:
      Person:
        entity: person
        fields:
          identifier: [{ each: papers, identifier_type: { from: kind }, identifier_value: { from: number, need: true } }]
          name: { surname: last_name }
      Group:
        entity: household
        fields: { group_identifier: { identifier_type: { const: "urn:hh" }, identifier_value: { from: hh, need: true } } }
    changes:
      sources: [{ log: dci_log_person, seq: dci_seq, touches: { Person: id } }]
`;

test('logs are printed for tables that records show, also while the configuration names logs that are not there yet', async () => {
  using folder = configFolder(YAML);
  const database = new DatabaseSync(`${folder.path}/registry.sqlite`);
  database.exec(`CREATE TABLE person (id INTEGER PRIMARY KEY, last_name TEXT, hh INTEGER);
    CREATE TABLE paper (id INTEGER PRIMARY KEY, person_id INTEGER, kind TEXT, number TEXT);
    CREATE TABLE note (id INTEGER PRIMARY KEY, person_id INTEGER)`);
  const { out, err, status } = await runCli(['sql', 'triggers', '-c', folder.file]);
  assert.equal(status, 0, err);
  assert.match(out, /Left out: household is a view or SELECT/);
  assert.doesNotMatch(
    out,
    /dci_log_note|last_name/,
    'nothing that no record shows, and no more of a row than names it',
  );
  database.exec(out);
  database.exec("insert into person values (1, 'A', 1); insert into paper values (7, 1, 'K', 'X'); delete from paper");
  const logged = database.prepare('select dci_op, person_id, old_person_id from dci_log_paper order by dci_seq').all();
  assert.deepEqual(
    logged.map((row) => Object.values(row)),
    [
      ['I', 1, null],
      ['D', null, 1],
    ],
  );
  database.close();
});

test('without a registry of the sql plugin there is nothing to print', async () => {
  using folder = configFolder(
    YAML.replace('plugin: sql', 'plugin: ./trial.mjs').replace(
      /client: sqlite[\s\S]*?records:/,
      'url: x\n    records:',
    ),
  );
  const { err, status } = await runCommand(registerSqlCommands, ['sql', 'triggers', '-c', folder.file]);
  assert.equal(status, 1);
  assert.match(err, /no such registry of the sql plugin|mistake/);
});

test('a column that is called as another one with old_ before it is logged beside it, both as they were', async () => {
  using folder = configFolder(
    YAML.replace(
      /identifier: .*/,
      'identifier: [{ identifier_type: { const: "urn:n" }, identifier_value: nid }, { identifier_type: { const: "urn:o" }, identifier_value: old_nid }]',
    ),
  );
  const database = new DatabaseSync(`${folder.path}/registry.sqlite`);
  database.exec(`CREATE TABLE person (id INTEGER PRIMARY KEY, last_name TEXT, hh INTEGER, nid TEXT, old_nid TEXT);
    CREATE TABLE paper (id INTEGER PRIMARY KEY, person_id INTEGER, kind TEXT, number TEXT);
    CREATE TABLE note (id INTEGER PRIMARY KEY, person_id INTEGER)`);
  const { out, err, status } = await runCli(['sql', 'triggers', '-c', folder.file]);
  assert.equal(status, 0, err);
  database.exec(out);
  database.exec("insert into person values (1, 'A', 1, 'n1', 'o1'); update person set nid = 'n2', old_nid = 'n1'");
  const [, change] = database.prepare('select * from dci_log_person order by dci_seq').all();
  const names =
    /old: \{ (.*) \}/
      .exec(out)?.[1]
      ?.split(', ')
      .map((pair) => pair.split(': ')) ?? [];
  const before = names.map(([column, logged]) => [column, change?.[logged ?? '']]);
  assert.deepEqual(Object.fromEntries(before), { id: 1, nid: 'n1', old_nid: 'o1' });
  assert.deepEqual([change?.id, change?.nid, change?.old_nid], [1, 'n2', 'n1']);
  database.close();
});
