import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { personRow } from './person.ts';

/** Makes the SQLite registry once and keeps it: under another name until it is whole. */
export const makeRegistry = (file: string, persons: number): void => {
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.unfinished`;
  rmSync(unfinished, { force: true });
  const database = new DatabaseSync(unfinished);
  database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
  database.exec(`CREATE TABLE person (id INTEGER PRIMARY KEY, national_id TEXT NOT NULL, first_name TEXT, last_name TEXT,
    gender TEXT, dob TEXT, phone TEXT, street TEXT, district TEXT);
    CREATE TABLE paper (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, kind TEXT, number TEXT)`);
  const person = database.prepare('INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const paper = database.prepare('INSERT INTO paper (person_id, kind, number) VALUES (?, ?, ?)');
  database.exec('BEGIN');
  for (let index = 0; index < persons; index++) {
    const row = personRow(index);
    person.run(...Object.values(row));
    if (index % 2 === 0) paper.run(row.id, 'P', `P${row.national_id}`);
  }
  database.exec(`COMMIT; CREATE UNIQUE INDEX person_national_id ON person (national_id);
    CREATE INDEX person_district ON person (district); CREATE INDEX paper_person ON paper (person_id);
    CREATE INDEX paper_number ON paper (number); ANALYZE`);
  database.close();
  renameSync(unfinished, file);
};
