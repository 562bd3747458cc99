import { createHash, createPrivateKey, randomUUID, sign } from 'node:crypto';
import { canonicalValue } from '../src/dci/canonical.ts';
import type { Job } from './load.ts';
import { districtOf, nationalId } from './person.ts';

const VALIDITY_SECONDS = 300;

/** Distinct requests, each signed (`dci-spaced`) and ready to be written to a socket. */
export const makeRequests = async (job: Job): Promise<readonly Buffer[]> => {
  const key = createPrivateKey(job.privateKeyPem);
  return Array.from({ length: job.requests }, (_, index) => {
    const now = Math.floor(Date.now() / 1000);
    const body = envelope(job, index);
    const canonical = canonicalValue(body, 'spaced');
    const digest = createHash('sha256').update(canonical).digest('base64');
    const text = `(created): ${now}\n(expires): ${now + VALIDITY_SECONDS}\ndigest: SHA-256=${digest}`;
    const signature = sign(null, Buffer.from(text), key).toString('base64');
    const kid = `${job.senderId}|${job.keyId}|ed25519`;
    const header =
      `Signature: namespace="dci", kidId="${kid}", algorithm="ed25519", created="${now}", ` +
      `expires="${now + VALIDITY_SECONDS}", headers="(created) (expires) digest", signature="${signature}"`;
    return httpRequest(job, JSON.stringify({ signature: header, ...body }));
  });
};

const envelope = (job: Job, index: number): object => {
  const person = Math.floor((((index * 0.618033988749895) % 1) + Math.random()) * job.persons) % job.persons;
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    header: {
      version: '1.0.0',
      message_id: randomUUID(),
      message_ts: now,
      action: 'search',
      sender_id: job.senderId,
      ...(job.senderUri !== undefined && { sender_uri: job.senderUri }),
      receiver_id: 'dci-gateway',
      total_count: 1,
      is_msg_encrypted: false,
    },
    message: {
      transaction_id: randomUUID(),
      search_request: [{ reference_id: randomUUID(), timestamp: now, search_criteria: criteria(job, person) }],
    },
  };
};

const criteria = ({ query, pageSize }: Job, person: number): object => ({
  version: '1.0.0',
  reg_type: 'ns:org:RegistryType:Social',
  reg_record_type: 'Person',
  ...(query === 'identifier'
    ? { query_type: 'idtype-value', query: { type: 'urn:gov:national-id', value: nationalId(person) } }
    : {
        query_type: 'expression',
        query: { seq: [{ attribute: 'address.sub_region_code', operator: 'eq', value: districtOf(person) }] },
      }),
  pagination: { page_size: pageSize, page_number: 1 },
});

const httpRequest = ({ path, token }: Job, body: string): Buffer =>
  Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
