/** A partner that does not give up: it sends the same signed request until it is acknowledged. */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, createClient, type Envelope, type SigningKey, signEnvelope } from '../client.ts';
import { CLIENT } from './storm-world.ts';

export interface StormClient {
  /** Until 202. Any answer but that, 401 with the token's end, and 503 is thrown. @returns the answer and how often it was sent */
  accept(path: string, envelope: Envelope): Promise<{ readonly answer: Answer; readonly times: number }>;
  /** Until a 200 with a status answer. */
  status(transaction: string): Promise<Answer>;
  /** One try; rejects when nobody answers. */
  once(path: string, envelope: Envelope, at?: string): Promise<Answer>;
  /** Answers of each HTTP status while they were waited for; 0: no answer. */
  readonly seen: ReadonlyMap<number, number>;
}

const AGAIN_MS = 100;
const GIVE_UP_MS = 120_000;

/** @param urls of gateways, one taken by chance each time */
export const stormClient = (urls: readonly string[], key: SigningKey): StormClient => {
  const seen = new Map<number, number>();
  const tokens = new Map<string, string>();

  const tokenOf = async (url: string): Promise<string> => {
    const known = tokens.get(url);
    if (known !== undefined) return known;
    const token = await createClient({ url, ...CLIENT }).getToken();
    tokens.set(url, token);
    return token;
  };

  const once = async (path: string, envelope: Envelope, at?: string): Promise<Answer> => {
    const url = at ?? urls[Math.floor(Math.random() * urls.length)] ?? '';
    return createClient({ url }).send(`/registry${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${await tokenOf(url)}` },
      body: JSON.stringify({ ...envelope, signature: signEnvelope(envelope, CLIENT.senderId, key) }),
      signal: AbortSignal.timeout(20_000),
    });
  };

  const until = async (wanted: number, path: string, envelope: Envelope) => {
    const giveUp = performance.now() + GIVE_UP_MS;
    for (let times = 1; ; times++) {
      let answer: Answer | undefined;
      try {
        answer = await once(path, envelope);
      } catch (cause) {
        if (performance.now() > giveUp) throw cause; // nobody is there at the moment
      }
      const status = answer?.status ?? 0;
      seen.set(status, (seen.get(status) ?? 0) + 1);
      if (answer?.status === wanted) return { answer, times };
      if (answer?.status === 401) tokens.clear();
      if ((status >= 400 && status < 500 && status !== 401) || performance.now() > giveUp)
        throw new Error(`${path}: ${status} ${answer?.text ?? ''}`);
      await sleep(AGAIN_MS);
    }
  };

  return {
    accept: (path, envelope) => until(202, path, envelope),
    status: async (transaction) => (await until(200, '/sync/txn/status', statusEnvelope(transaction))).answer,
    once,
    seen,
  };
};

const HEADER = { version: '1.0.0', sender_id: CLIENT.senderId, total_count: 1 };

const envelopeOf = (
  action: string,
  message: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Envelope => ({
  header: {
    ...HEADER,
    message_id: randomUUID(),
    message_ts: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    action,
    ...header,
  },
  message,
});

export const searchEnvelope = (transaction: string, value: string, senderUri: string): Envelope =>
  envelopeOf(
    'search',
    {
      transaction_id: transaction,
      search_request: [
        {
          reference_id: 'r1',
          timestamp: '2026-01-15T10:30:00Z',
          search_criteria: { query_type: 'idtype-value', query: { type: 'urn:gov:national-id', value } },
        },
      ],
    },
    { sender_uri: senderUri },
  );

export const subscribeEnvelope = (transaction: string, senderUri: string): Envelope =>
  envelopeOf(
    'subscribe',
    {
      transaction_id: transaction,
      subscribe_request: [
        {
          reference_id: 'r1',
          timestamp: '2026-01-15T10:30:00Z',
          subscribe_criteria: {
            reg_event_type: 'UPDATE',
            notify_record_type: 'Person',
            filter: { type: '*', value: '*' },
          },
        },
      ],
    },
    { sender_uri: senderUri },
  );

const statusEnvelope = (transaction: string): Envelope =>
  envelopeOf('txn-status', {
    transaction_id: randomUUID(),
    txnstatus_request: {
      reference_id: 'r1',
      txn_type: 'search',
      attribute_type: 'transaction_id',
      attribute_value: transaction,
    },
  });
