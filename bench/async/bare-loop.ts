/**
 * What a machine gives at most: the same number of callbacks signed, posted and recorded by a bare loop. No guard, no outbox
 * that is read, nothing sealed, no rights, no schedule: one row a callback, those that end in the same moment in one transaction.
 */

import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Pool } from 'undici';
import { canonicalValue } from '../../src/dci/canonical.ts';
import { now } from './arrivals.ts';
import { envelope } from './envelope.ts';
import type { Rate } from './measure-deliveries.ts';

/** @param atOnce calls at once; @param together most that are recorded in one transaction */
export const measureBareLoop = async (
  origin: string,
  count: number,
  atOnce: number,
  together: number,
): Promise<Rate> => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-bench-'));
  const database = new DatabaseSync(join(folder, 'bare.db'));
  const pool = new Pool(origin, { connections: atOnce, pipelining: 1 });
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec('CREATE TABLE delivered (id TEXT PRIMARY KEY, status INTEGER NOT NULL, at INTEGER NOT NULL) STRICT');
    const insert = database.prepare('INSERT INTO delivered (id, status, at) VALUES (?, ?, ?)');
    const { privateKey } = generateKeyPairSync('ed25519');
    const messages = Array.from({ length: count }, (_, n) => ({
      id: String(n),
      text: canonicalValue(envelope(), 'spaced'),
    }));
    let waiting: { readonly id: string; readonly status: number }[] = [];
    let first: number | undefined;
    const record = (): void => {
      database.exec('BEGIN IMMEDIATE');
      for (const { id, status } of waiting) insert.run(id, status, Date.now());
      database.exec('COMMIT');
      waiting = [];
    };
    const deliver = async ({ id, text }: (typeof messages)[number]): Promise<void> => {
      const created = Math.floor(Date.now() / 1000);
      const digest = hash('sha256', text, 'base64');
      const data = `(created): ${created}\n(expires): ${created + 300}\ndigest: SHA-256=${digest}`;
      const signature = sign(null, Buffer.from(data), privateKey).toString('base64');
      const { statusCode, body } = await pool.request({
        ...{ method: 'POST', path: '/dci/on-search', headers: { 'content-type': 'application/json' } },
        body: `{"signature": "${signature}", ${text.slice(1)}`,
      });
      await body.text();
      first ??= now();
      waiting.push({ id, status: statusCode });
      if (waiting.length >= together) record();
    };
    const began = now();
    const before = process.cpuUsage();
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let message = messages[next++]; message !== undefined; message = messages[next++]) await deliver(message);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    if (waiting.length > 0) record();
    const { user, system } = process.cpuUsage(before);
    return {
      perSecond: count / ((now() - began) / 1000),
      firstAfterMs: (first ?? Number.NaN) - began,
      cpuMs: (user + system) / 1000 / count,
    };
  } finally {
    await pool.close();
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
};
