/** A registry of its own in SQLite whose changes lie in a log table, written while gateways read it. */

import { DatabaseSync } from 'node:sqlite';

export const PERSONS = 1_000;

/** Of the persons, from 0. */
export const nationalId = (person: number): string => String(10_000_000 + person);

export interface StormRegistry extends Disposable {
  /** Gives a person this name. Each change stands in the log once. */
  change(person: number, givenName: string): void;
}

export const makeStormRegistry = (file: string): StormRegistry => {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  database.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE person (person_id TEXT PRIMARY KEY, national_id TEXT NOT NULL UNIQUE, given_name TEXT NOT NULL);
    CREATE TABLE person_log (log_id INTEGER PRIMARY KEY AUTOINCREMENT, person_id TEXT NOT NULL, op TEXT NOT NULL);`);
  const insert = database.prepare('INSERT INTO person VALUES (?, ?, ?)');
  database.exec('BEGIN');
  for (let person = 0; person < PERSONS; person++) insert.run(`p${person}`, nationalId(person), 'Amina');
  database.exec('COMMIT');
  const update = database.prepare('UPDATE person SET given_name = ? WHERE person_id = ?');
  const log = database.prepare("INSERT INTO person_log (person_id, op) VALUES (?, 'U')");
  return {
    change: (person, givenName) => {
      database.exec('BEGIN IMMEDIATE');
      update.run(givenName, `p${person}`);
      log.run(`p${person}`);
      database.exec('COMMIT');
    },
    [Symbol.dispose]: () => database.close(),
  };
};

/** The entry of `registries` that reads it. */
export const stormRegistryEntry = (file: string): object => ({
  domain: 'social',
  mounts: ['/registry'],
  backend: {
    plugin: 'sql',
    client: 'sqlite',
    file,
    entities: { person: { table: 'person', key: 'person_id' } },
  },
  records: {
    Person: {
      entity: 'person',
      fields: {
        identifier: [
          { identifier_type: { const: 'urn:gov:national-id' }, identifier_value: { from: 'national_id', need: true } },
        ],
        name: { given_name: 'given_name' },
      },
    },
  },
  changes: {
    every: '1s',
    sources: [
      {
        log: 'person_log',
        seq: 'log_id',
        op: { from: 'op', codes: { U: 'updated' } },
        touches: { Person: ['person_id'] },
      },
    ],
  },
});
