/** Calls to the asynchronous paths of a gateway on the sample registry, by a partner that may do everything. */

import { randomUUID } from 'node:crypto';
import type { Answer, Client } from './client.ts';
import { DEMO_PARTNER } from './gateway.ts';

/** The demo partner with every action, callbacks to this origin, and what else is given. */
export const asyncConfig = (origin: string, partner: object = {}, more: object = {}) => ({
  outbound: { allow_origins: [origin], private_origins: [origin] },
  partners: {
    'external-system': {
      ...DEMO_PARTNER,
      callbacks: [origin],
      callback: { url: `${origin}/dci` },
      registries: { social: { search: 'any', records: 'all', actions: 'all' } },
      ...partner,
    },
  },
  ...more,
});

const HEADER = {
  version: '1.0.0',
  message_ts: '2026-01-15T10:30:00Z',
  total_count: 1,
};

/** Posts an unsigned envelope to a path below the client's mount. */
export const call = async (
  client: Client,
  path: string,
  action: string,
  message: object | undefined,
  header: object = {},
  token?: string,
): Promise<Answer> =>
  client.send(`${client.mount}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token ?? (await client.getToken())}` },
    body: JSON.stringify({
      signature: '',
      header: { ...HEADER, sender_id: client.senderId, message_id: randomUUID(), action, ...header },
      message,
    }),
  });

export const searchMessage = (
  transactionId: string = randomUUID(),
  value = '12345678',
  query: object = { type: 'urn:gov:national-id', value },
) => ({
  transaction_id: transactionId,
  search_request: [
    {
      reference_id: 'r1',
      timestamp: '2026-01-15T10:30:00Z',
      search_criteria: { query_type: 'idtype-value', query },
    },
  ],
});

export const subscribeMessage = (transactionId: string = randomUUID(), criteria: object = {}) => ({
  transaction_id: transactionId,
  subscribe_request: [
    {
      reference_id: 'r1',
      timestamp: '2026-01-15T10:30:00Z',
      subscribe_criteria: {
        reg_event_type: 'UPDATE',
        notify_record_type: 'Person',
        filter: { type: '*', value: '*' },
        ...criteria,
      },
    },
  ],
});

export const statusMessage = (
  attribute: string,
  value: unknown,
  transactionId: string = randomUUID(),
  type = 'search',
) => ({
  transaction_id: transactionId,
  txnstatus_request: { reference_id: 'r1', txn_type: type, attribute_type: attribute, attribute_value: value },
});
