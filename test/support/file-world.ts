/** What searches by file need as a whole: a registry of many persons, a receiver, a configuration, and a partner that uploads. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { asyncConfig, call, statusMessage } from './async-calls.ts';
import type { Client } from './client.ts';
import { type CountingReceiver, countingReceiver } from './counting-receiver.ts';
import { stormRegistryEntry } from './storm/storm-registry.ts';
import { csvForm, fileEnvelope, jsonForm, postForm } from './uploads.ts';

export interface FileWorld extends AsyncDisposable {
  readonly config: string;
  readonly receiver: CountingReceiver;
}

const PLENTY = 100_000_000;

/** Identifier of the person with this number, from 0. */
export const idOf = (person: number): string => String(10_000_000 + person);

/** @param more sections laid over the configuration @param name of every person */
export const fileWorld = async (persons: number, more: object = {}, name = 'Amina'): Promise<FileWorld> => {
  await using cleanUp = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'dci-files-'));
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  const receiver = cleanUp.use(await countingReceiver());
  makeRegistry(join(folder, 'registry.sqlite'), persons, name);
  const config = join(folder, 'gateway.yaml');
  const sections = {
    server: { host: '127.0.0.1', port: 0, admin: { port: 0 }, shutdown: '2s' },
    store: { folder: join(folder, 'state') },
    limits: { per_minute: PLENTY, per_day: PLENTY, records_per_day: PLENTY, identifiers_per_day: PLENTY },
    registries: { social: { ...stormRegistryEntry(join(folder, 'registry.sqlite')), sample: true } },
    ...asyncConfig(receiver.origin),
    ...more,
  };
  writeFileSync(config, JSON.stringify(sections)); // JSON is YAML
  const kept = cleanUp.move();
  return { config, receiver, [Symbol.asyncDispose]: () => kept.disposeAsync() };
};

const makeRegistry = (file: string, persons: number, name: string): void => {
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE person (person_id TEXT PRIMARY KEY, national_id TEXT NOT NULL UNIQUE, given_name TEXT NOT NULL);
    CREATE TABLE person_log (log_id INTEGER PRIMARY KEY AUTOINCREMENT, person_id TEXT NOT NULL, op TEXT NOT NULL); BEGIN`);
  const insert = database.prepare('INSERT INTO person VALUES (?, ?, ?)');
  for (let person = 0; person < persons; person++) insert.run(`p${person}`, idOf(person), name);
  database.exec('COMMIT');
  database.close();
};

/** @returns its transaction_id */
export const upload = async (client: Client, file: string, format: 'csv' | 'json' = 'csv'): Promise<string> => {
  const transaction = randomUUID();
  const message = { transaction_id: transaction };
  const form = format === 'json' ? jsonForm(file, { message }) : csvForm(file, fileEnvelope(file, { message }));
  const answer = await postForm(client, '/upload/search', form);
  assert.equal(answer.status, 202, answer.text);
  return transaction;
};

/** Waits until the result is there. A gateway that does not answer is asked again. @returns its path below the mount */
export const resultOf = async (client: Client, transaction: string, withinMs: number): Promise<string> => {
  let last: unknown;
  for (const until = performance.now() + withinMs; performance.now() < until; await sleep(100)) {
    try {
      const message = statusMessage('transaction_id', transaction);
      const { body, text } = await call(client, '/sync/txn/status', 'txn-status', message);
      if (body.header.meta?.result !== undefined) return String(body.header.meta.result);
      last = text;
    } catch (cause) {
      last = cause; // it was killed, or starts
    }
  }
  throw new Error(`no result in time: ${last}`);
};
