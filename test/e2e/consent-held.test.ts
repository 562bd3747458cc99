/** A consent that is withdrawn while an answer waits to be sent. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { call, statusMessage } from '../support/async-calls.ts';
import { startReceiver } from '../support/callback-receiver.ts';
import { CONSENT_RULE, consentedCountry, forPurpose, partnerFor, SECRET } from '../support/consented-country.ts';
import { startGateway } from '../support/gateway.ts';

const searchFor = (transaction: string, type: string, query: object, purpose: string) => ({
  transaction_id: transaction,
  search_request: [
    {
      reference_id: 'r1',
      timestamp: '2026-01-15T10:30:00Z',
      search_criteria: { query_type: 'expression', reg_record_type: type, query, consent: forPurpose(purpose) },
    },
  ],
});

test('an answer whose consent is withdrawn before it is delivered is held, for nested persons too', async () => {
  using country = consentedCountry();
  let open = false;
  await using receiver = await startReceiver(() => (open ? 200 : 503));
  const purposes = { aid: { basis: 'consent' }, audit: { basis: 'legal_obligation' } };
  const agency = { ...partnerFor('agency', { purposes, actions: 'all' }), callbacks: [receiver.origin] };
  await using gateway = await startGateway({
    config: {
      outbound: { allow_origins: [receiver.origin], private_origins: [receiver.origin] },
      deliveries: { retry: ['2s', '2s'] },
      registries: { social: country.registry({ rule: CONSENT_RULE }) },
      partners: {
        agency,
        'external-system': partnerFor('external-system', { purposes }),
        'integrating-server': partnerFor('integrating-server', { purposes }),
      },
    },
  });
  const client = gateway.client({ clientId: 'agency', clientSecret: SECRET, senderId: 'agency.example.org' });
  const search = async (type: string, query: object, purpose: string): Promise<string> => {
    const id = randomUUID();
    const header = { sender_uri: `${receiver.origin}/on-search` };
    assert.equal((await call(client, '/search', 'search', searchFor(id, type, query, purpose), header)).status, 202);
    await receiver.next(({ body }) => body.message.transaction_id === id);
    return id;
  };
  const withdrawn = await search('Person', { 'name.surname': { $eq: 'Abebe' } }, 'aid');
  const home = await search('Group', { 'members.name.surname': { $eq: 'Abebe' } }, 'aid');
  const other = await search('Person', { 'name.surname': { $eq: 'Desta' } }, 'aid');
  const needsNone = await search('Person', { 'name.surname': { $eq: 'Abebe' } }, 'audit');
  assert.deepEqual(receiver.received[0]?.body.header.meta, { enforced: [{ purpose: 'aid', legal_basis: 'consent', consent: 'rule' }] }); // biome-ignore format: one look
  const names = async (id: string) => (await call(client, '/sync/txn/status', 'txn-status', statusMessage('transaction_id', id))).text.includes('Abebe'); // biome-ignore format: one look
  assert.equal(await names(withdrawn), true);
  country.database.exec("update consent set status = 'withdrawn' where person = 1 and partner = 'agency'");
  open = true;
  const attempts = (id: string) => receiver.received.filter(({ body }) => body.message.transaction_id === id).length;
  await receiver.next(({ body, headers }) => body.message.transaction_id === other && headers['x-delivery-attempt'] === '2', 10_000); // biome-ignore format: one look
  await receiver.next(({ body, headers }) => body.message.transaction_id === needsNone && headers['x-delivery-attempt'] === '2', 10_000); // biome-ignore format: one look
  await pause(1_500);
  assert.deepEqual([attempts(withdrawn), attempts(home)], [1, 1]);
  assert.equal(await names(withdrawn), false, 'nor read by status');
  assert.ok(gateway.log.some(({ message, fields }) => message === 'message not sent' && fields.problem === 'consent withdrawn')); // biome-ignore format: one look
});
