/**
 * What a snapshot or sweep remembers of a table, in a SQLite file of its own: a hash a row, whatever the table's size.
 * `rows` is what the caller has been told of and has kept; `pending` what the last look found besides. The caller's cursor
 * decides what moves from one to the other, so a page that got lost is answered again, the same.
 */

import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { ChangeKind } from 'dci-gateway/plugin';

const SCHEMA = `
  pragma journal_mode = wal; pragma secure_delete = on;
  create table if not exists state (id integer primary key check (id = 1), json text not null);
  create table if not exists rows (id integer primary key, key text not null unique, hash text not null, touches text not null, kept text, look integer not null);
  create table if not exists pending (n integer primary key, key text not null, kind text not null, hash text, touches text not null,
    told text not null, kept text, old text, event text)`;

export interface Look {
  /** Grows with each look that is begun. */
  readonly number: number;
  readonly after: readonly (string | number | boolean | null)[] | null;
  readonly startedAt: number;
  readonly mark: string | null;
}

export interface FileState {
  /** New whenever memory starts anew. */
  readonly epoch: string;
  /** How many looks the caller has kept completely. */
  readonly generation: number;
  /** What rows are told as that are not remembered; null: they are only learned. */
  readonly firstAs: ChangeKind | null;
  readonly looks: number;
  readonly look: Look | null;
  /** A look is complete; its changes are pending. */
  readonly complete: boolean;
  /** Its last change, and that of the generation before. */
  readonly end: number;
  readonly endBefore: number;
  readonly lookedAt: number;
  readonly mark: string | null;
}

export interface KnownRow {
  /** In the order in which rows were met first, so that those of a page lie together. */
  readonly id: number;
  readonly hash: string;
  readonly touches: string;
  readonly kept: string | null;
}

export interface PendingRow {
  readonly n: number;
  readonly key: string;
  readonly kind: ChangeKind;
  readonly told: string;
  readonly old: string | null;
  readonly event: string | null;
}

export interface FoundChange {
  readonly key: string;
  readonly kind: ChangeKind;
  readonly hash: string;
  readonly touches: string;
  /** Touched keys that the change tells. */
  readonly told: string;
  readonly kept: string | null;
  readonly old: string | null;
  readonly event: string | null;
}

export class SideFile implements Disposable {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** @param source Its id names the file. The folder is made 0700, the file 0600. */
  constructor(folder: string, source: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const name = createHash('sha256').update(source).digest('hex').slice(0, 32);
    const path = join(folder, `changes-${name}.sqlite`);
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
    this.#database = new DatabaseSync(path, { timeout: 5_000 });
    this.#database.exec(SCHEMA);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  get state(): FileState | undefined {
    const row = this.#database.prepare('select json from state').get();
    return row === undefined ? undefined : (JSON.parse(String(row.json)) as FileState); // written by us alone
  }

  /** Forgets everything. */
  restart(firstAs: ChangeKind | null): FileState {
    const epoch = randomUUID().slice(0, 8);
    const fresh = { epoch, generation: 0, firstAs, looks: 0, look: null, complete: false };
    const state: FileState = { ...fresh, end: 0, endBefore: 0, lookedAt: 0, mark: null };
    this.#write(() => {
      this.#database.exec('delete from rows; delete from pending');
      this.#keep(state);
    });
    return state;
  }

  /** A look starts: what an unfinished one found is dropped. */
  begin(state: FileState, at: number, mark: string | null): FileState {
    const number = state.looks + 1;
    const begun = { ...state, looks: number, look: { number, after: null, startedAt: at, mark } };
    this.#write(() => {
      this.#database.exec('delete from pending');
      this.#keep(begun);
    });
    return begun;
  }

  known(key: string): KnownRow | undefined {
    return this.#prepare('select id, hash, touches, kept from rows where key = ?').get(key) as KnownRow | undefined;
  }

  /** One page of a look: rows that were there, rows that are only learned, and changes. */
  advance(
    state: FileState,
    look: Look,
    page: {
      readonly met: readonly number[];
      readonly learned: readonly FoundChange[];
      readonly found: readonly FoundChange[];
    },
  ): FileState {
    const next = { ...state, look };
    this.#write(() => {
      const meet = this.#prepare('update rows set look = ? where id = ?');
      for (const id of page.met) meet.run(look.number, id);
      const learn = this.#prepare('insert into rows (key, hash, touches, kept, look) values (?, ?, ?, ?, ?)');
      for (const { key, hash, touches, kept } of page.learned) learn.run(key, hash, touches, kept, look.number);
      for (const each of page.found) this.#insert(each);
      this.#keep(next);
    }, false);
    return next;
  }

  /** The look is over: rows that it did not meet are gone. */
  finish(state: FileState, look: Look, firstAs: ChangeKind | null): FileState {
    let done: FileState = { ...state, firstAs, look: null, lookedAt: look.startedAt, mark: look.mark };
    this.#write(() => {
      this.#database
        .prepare(
          `insert into pending (key, kind, touches, told, kept, old)
           select key, 'deleted', touches, touches, null, kept from rows where look <> ?`,
        )
        .run(look.number);
      const end = Number(this.#database.prepare('select max(n) as n from pending').get()?.n ?? 0);
      // A look without a change is none that a cursor could be behind.
      done = { ...done, end, complete: end > 0 };
      this.#keep(done);
    });
    return done;
  }

  /** The caller has kept all up to here. */
  kept(upTo: number): void {
    this.#write(() => {
      const taken = this.#database.prepare(
        `insert into rows (key, hash, touches, kept, look)
         select key, hash, touches, kept, ? from pending where n <= ? and kind <> 'deleted'
         on conflict (key) do update
         set hash = excluded.hash, touches = excluded.touches, kept = excluded.kept, look = excluded.look`,
      );
      taken.run(this.state?.looks ?? 0, upTo);
      this.#database
        .prepare("delete from rows where key in (select key from pending where n <= ? and kind = 'deleted')")
        .run(upTo);
      this.#database.prepare('delete from pending where n <= ?').run(upTo);
    });
  }

  pending(limit: number): readonly PendingRow[] {
    const text = 'select n, key, kind, told, old, event from pending order by n limit ?';
    return this.#database.prepare(text).all(limit) as unknown as readonly PendingRow[]; // columns of our own table
  }

  save(state: FileState): FileState {
    this.#write(() => this.#keep(state));
    return state;
  }

  #insert({ key, kind, hash, touches, told, kept, old, event }: FoundChange): void {
    this.#prepare(
      'insert into pending (key, kind, hash, touches, told, kept, old, event) values (?, ?, ?, ?, ?, ?, ?, ?)',
    ).run(key, kind, hash, touches, told, kept, old, event);
  }

  #prepare(text: string): StatementSync {
    const known = this.#statements.get(text) ?? this.#database.prepare(text);
    this.#statements.set(text, known);
    return known;
  }

  #keep(state: FileState): void {
    this.#database.prepare('insert or replace into state (id, json) values (1, ?)').run(JSON.stringify(state));
  }

  /** A look that a power cut takes back is taken again; what the caller was told of must not be forgotten. */
  #write(work: () => void, durable = true): void {
    this.#database.exec(`pragma synchronous = ${durable ? 'full' : 'normal'}`);
    this.#database.exec('begin immediate');
    try {
      work();
      this.#database.exec('commit');
    } catch (cause) {
      this.#database.exec('rollback');
      throw cause;
    }
  }
}
