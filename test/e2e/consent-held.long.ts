/** A consent that is withdrawn at a decision service while answers, notifications and results wait. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { call, statusMessage, subscribeMessage } from '../support/async-calls.ts';
import { startReceiver } from '../support/callback-receiver.ts';
import { searchItem } from '../support/client.ts';
import { startConsentService } from '../support/consent-service.ts';
import { consentedCountry, forPurpose, partnerFor, SECRET } from '../support/consented-country.ts';
import { startGateway } from '../support/gateway.ts';
import { csvForm, csvOf, fileEnvelope, postForm } from '../support/uploads.ts';

test('a withdrawal that only the service knows counts at once for all that waits, whatever answers are kept', async () => {
  using country = consentedCountry();
  await using service = await startConsentService();
  let open = false;
  await using receiver = await startReceiver(({ body }) => (open || body.header.action === 'on-subscribe' ? 200 : 503));
  const purposes = { aid: { basis: 'consent' } };
  const origins = [receiver.origin, service.origin];
  await using gateway = await startGateway({
    config: {
      outbound: { allow_origins: origins, private_origins: origins },
      deliveries: { retry: ['6s', '2s'] },
      registries: { social: country.registry({ service: { url: service.url, cache: '1h' } }) },
      partners: {
        agency: {
          ...partnerFor('agency', { purposes, default_purpose: 'aid', actions: 'all' }),
          ...{ callbacks: [receiver.origin], callback: { url: receiver.origin } },
        },
        'external-system': partnerFor('external-system', { purposes }),
        'integrating-server': partnerFor('integrating-server', { purposes }),
      },
    },
  });
  for (const nid of ['N1', 'N4', 'N21', 'N22']) service.yes.add(nid);
  const client = gateway.client({ clientId: 'agency', clientSecret: SECRET, senderId: 'agency.example.org' });
  const tried = async (part: string, attempt: string) => receiver.next(({ text, headers }) => text.includes(part) && headers['x-delivery-attempt'] === attempt, 20_000); // biome-ignore format: one look

  const subscription = await call(client, '/subscribe', 'subscribe', subscribeMessage(randomUUID(), { reg_event_type: '*', authorize: forPurpose('aid') })); // biome-ignore format: one look
  assert.equal(subscription.status, 202, subscription.text);
  await receiver.next(({ body }) => body.header.action === 'on-subscribe');
  await pause(2_500); // until the feed noted what was there
  for (const id of [21, 22])
    country.database.exec(`insert into person values (${id}, null, 'N${id}', 'Name${id}', '1990-01-01', strftime('%Y-%m-%d %H:%M:%S', 'now'))`); // biome-ignore format: one look
  const file = csvOf(['N1', 'N2', ...Array.from({ length: 998 }, () => 'N9'), 'N4'], 'NID');
  const inFile = randomUUID();
  const envelope = fileEnvelope(file, { senderId: 'agency.example.org', message: { transaction_id: inFile } });
  assert.equal((await postForm(client, '/upload/search', csvForm(file, envelope))).status, 202);
  const asked = randomUUID();
  const search = { transaction_id: asked, search_request: [searchItem({ 'name.surname': { $eq: 'Abebe' } }, {}, { consent: forPurpose('aid') })] }; // biome-ignore format: one look
  assert.equal((await call(client, '/search', 'search', search)).status, 202);
  await tried(asked, '1');
  const question = randomUUID();
  const status = statusMessage('transaction_id', asked, question);
  assert.equal((await call(client, '/txn/status', 'txn-status', status)).status, 202);
  assert.ok((await tried(question, '1')).text.includes('Abebe'));
  await tried('Name21', '1');
  await tried(`"${inFile}"`, '1');
  const { body: told } = await call(client, '/sync/txn/status', 'txn-status', statusMessage('transaction_id', inFile));
  const result = async (): Promise<string> => {
    const headers = { Authorization: `Bearer ${await client.getToken()}` };
    return (await client.send(`/registry${told.header.meta.result}&format=csv`, { headers })).text;
  };
  assert.match(await result(), /^row-1,succ,.*Abebe/m);

  for (const nid of ['N1', 'N21']) service.yes.delete(nid);
  open = true;
  await tried('Desta', '2'); // the second part of the file
  await pause(1_500);
  const again = receiver.received.filter(({ headers }) => headers['x-delivery-attempt'] !== '1');
  assert.ok(again.every(({ text }) => !/Abebe|Name2/.test(text)));
  assert.equal(gateway.log.filter(({ fields }) => fields.problem === 'consent withdrawn').length, 4);
  const lines = (await result()).split('\n');
  assert.ok(!lines.join().includes('Abebe'));
  assert.match(lines[1] ?? '', /^row-1,rjct,rjct.search_criteria.invalid,Consent was withdrawn/);
  assert.match(lines[1_001] ?? '', /^row-1001,succ,.*Desta/);
  const read = await call(client, '/sync/txn/status', 'txn-status', statusMessage('transaction_id', asked));
  assert.ok(!read.text.includes('Abebe'));
});
