/**
 * The least that an answer costs here, for comparison with the goals: the floor's work, and of the gateway's the parts that no
 * design leaves out, written by hand for this one registry: reading the JSON, both canonical texts and their digests, the look at
 * the token, the memory of message ids, the registry's statements. No rights, mapping, dialects, limits, audit, log or metrics.
 *
 * `PORT=… CRYPTO=node|sodium PUBLIC_KEY=<SPKI PEM> REGISTRY=<file> MEMORY=<file> node bench/least.ts`
 */

import { createPublicKey, generateKeyPairSync, hash, type KeyObject, randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import express from 'express';
import { SqliteConnection } from '../plugins/relational/sqlite-connection.ts';
import { canonicalText, canonicalValue } from '../src/dci/canonical.ts';
import { parseJson } from '../src/dci/json-parse.ts';
import { chooseCrypto } from '../src/gateway/signature-crypto.ts';
import { SILENT } from './silent.ts';

interface Sent {
  readonly signature: string;
  readonly header: { readonly message_id: string };
  readonly message: {
    readonly transaction_id: string;
    readonly search_request: readonly [{ readonly reference_id: string; readonly search_criteria: Criteria }];
  };
}

interface Criteria {
  readonly query: { readonly value: string } & { readonly seq: readonly [{ readonly value: string }] };
  readonly query_type: string;
}

const { PORT = '0', CRYPTO, PUBLIC_KEY = '', REGISTRY = '', MEMORY = '' } = process.env;
const crypto = await chooseCrypto(CRYPTO === 'sodium' ? 'sodium' : 'node', SILENT, () => false);

const bytesOf = (keyObject: KeyObject) => {
  const { d = '', x = '' } = keyObject.export({ format: 'jwk' });
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  return { keyObject, point, seedAndPoint: Buffer.concat([seed, point]) };
};
const theirs = bytesOf(createPublicKey(PUBLIC_KEY));
const ours = bytesOf(generateKeyPairSync('ed25519').privateKey);

const memory = new DatabaseSync(MEMORY);
memory.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
memory.exec('CREATE TABLE IF NOT EXISTS replay (message_id TEXT PRIMARY KEY, digest TEXT) STRICT, WITHOUT ROWID');
const remember = memory.prepare('INSERT OR REPLACE INTO replay VALUES (?, ?)');
const unwritten = new Map<string, string>();
const WRITE_AFTER_MS = 20;

const flush = (): void => {
  memory.exec('BEGIN');
  for (const [messageId, digest] of unwritten) remember.run(messageId, digest);
  memory.exec('COMMIT');
  unwritten.clear();
};

const registry = new SqliteConnection(REGISTRY);
const COLUMNS = 'id, national_id, last_name, first_name, gender, dob, phone, street, district';
const byId = `SELECT ${COLUMNS} FROM person WHERE national_id = ? ORDER BY id LIMIT 20`;
const byDistrict = `SELECT ${COLUMNS} FROM person WHERE district = ? ORDER BY id LIMIT 100`;
const counted = 'SELECT count(*) FROM (SELECT 1 FROM person WHERE district = ? LIMIT 1001)';
const papers =
  'SELECT person_id, kind, number FROM paper WHERE person_id IN (SELECT value FROM json_each(?)) ORDER BY id';
const goOn = (): boolean => true;

const SEXES: Readonly<Record<string, string>> = { M: 'male', F: 'female' };

const findRecords = ({
  query_type,
  query,
}: Criteria): { readonly records: readonly object[]; readonly total: number } => {
  const one = query_type === 'idtype-value';
  const asked = one ? query.value : query.seq[0].value;
  const rows = registry.all(one ? byId : byDistrict, [asked], goOn);
  const total = one ? rows.length : Number(registry.all(counted, [asked], goOn)[0]?.[0]);
  const identifiers = new Map(
    rows.map((row) => [row[0], [{ identifier_type: 'urn:gov:national-id', identifier_value: row[1] }]]),
  );
  const ids = JSON.stringify([...identifiers.keys()].map(Number));
  for (const [person, , value] of registry.all(papers, [ids], goOn))
    identifiers.get(person)?.push({ identifier_type: 'urn:gov:passport', identifier_value: value });
  const records = rows.map((row) => ({
    '@type': 'Person',
    identifier: identifiers.get(row[0]),
    name: { surname: row[2], given_name: row[3] },
    sex: SEXES[String(row[4])] ?? 'unknown',
    birth_date: row[5],
    phone_number: [row[6]],
    address: [{ address_line_1: row[7], sub_region_code: row[8] }],
  }));
  return { records, total };
};

const answerTo = ({ message }: Sent): string => {
  const [{ reference_id, search_criteria }] = message.search_request;
  const { records, total } = findRecords(search_criteria);
  const timestamp = `${new Date().toISOString().slice(0, 19)}Z`;
  const ids = { transaction_id: message.transaction_id, correlation_id: randomUUID() };
  const data = {
    version: '1.0.0',
    reg_type: 'ns:org:RegistryType:Social',
    reg_record_type: 'Person',
    reg_records: records,
  };
  const pagination = { page_size: 100, page_number: 1, total_count: total };
  const header = {
    version: '1.0.0',
    message_id: randomUUID(),
    message_ts: timestamp,
    action: 'on-search',
    status: 'succ',
    total_count: 1,
    completed_count: 1,
    sender_id: 'dci-gateway',
    receiver_id: 'bench.example.org',
    is_msg_encrypted: false,
  };
  const found = { reference_id, timestamp, status: 'succ', data, pagination };
  return canonicalValue({ header, message: { ...ids, search_response: [found] } }, 'spaced');
};

const signingText = (created: number | string, expires: number | string, canonical: string): Buffer =>
  Buffer.from(
    `(created): ${created}\n(expires): ${expires}\ndigest: SHA-256=${hash('sha256', canonical, 'base64')}`,
    'latin1',
  );

const verified = (text: string, canonical: string): Promise<boolean> | boolean => {
  const [, created = '', expires = '', signature = ''] =
    /created="(\d+)", expires="(\d+)".*signature="([^"]+)"/.exec(text) ?? [];
  return crypto.verifyEd25519(theirs, signingText(created, expires, canonical), Buffer.from(signature, 'base64'));
};

const tokens = new Set<string>();
const app = express().disable('x-powered-by').disable('etag');

app.post('/registry/sync/search', async (request, response) => {
  tokens.add(hash('sha256', request.headers.authorization ?? '', 'base64'));
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { root } = parseJson(Buffer.concat(chunks).toString('utf8'), { maxDepth: 32 });
  const sent = root as unknown as Sent; // as the load writes them
  const canonical = canonicalText(
    { header: sent.header, message: sent.message } as unknown as Parameters<typeof canonicalText>[0],
    'spaced',
  );
  if (!(await verified(sent.signature, canonical))) throw new Error('not verified');
  if (unwritten.size === 0) setTimeout(flush, WRITE_AFTER_MS);
  unwritten.set(sent.header.message_id, hash('sha256', canonical, 'base64'));
  const text = answerTo(sent);
  const created = Math.floor(Date.now() / 1000);
  const signed = await crypto.signEd25519(ours, signingText(created, created + 300, text));
  const signature = Buffer.from(signed).toString('base64');
  const body = `{"signature": "created=\\"${created}\\", signature=\\"${signature}\\"", ${text.slice(1)}`;
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body, 'latin1');
});

app.listen(Number(PORT), '127.0.0.1');
