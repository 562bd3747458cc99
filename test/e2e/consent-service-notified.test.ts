/** Subscriptions for a purpose whose consent a decision service decides, on a whole gateway with a service over HTTP. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { call, subscribeMessage } from '../support/async-calls.ts';
import { startReceiver } from '../support/callback-receiver.ts';
import { startConsentService, type TestConsentService } from '../support/consent-service.ts';
import { consentedCountry, forPurpose, partnerFor, SECRET } from '../support/consented-country.ts';
import { startGateway } from '../support/gateway.ts';

const subscribe = subscribeMessage(randomUUID(), { reg_event_type: '*', authorize: forPurpose('aid') });

test('only those are notified of who consented; while the service is down, slow or talks rubbish nothing goes out', async () => {
  using country = consentedCountry();
  await using service = await startConsentService();
  await using receiver = await startReceiver();
  const purposes = { aid: { basis: 'consent' } };
  const agency = { ...partnerFor('agency', { purposes, actions: 'all' }), callbacks: [receiver.origin], callback: { url: receiver.origin } }; // biome-ignore format: one look
  const origins = [receiver.origin, service.origin];
  await using gateway = await startGateway({
    config: {
      outbound: { allow_origins: origins, private_origins: origins },
      registries: {
        social: country.registry({ service: { url: service.url, timeout: '300ms', batch: 2, cache: '200ms' } }),
      },
      partners: {
        agency,
        'external-system': partnerFor('external-system', { purposes }),
        'integrating-server': partnerFor('integrating-server', { purposes }),
      },
    },
  });
  const client = gateway.client({ clientId: 'agency', clientSecret: SECRET, senderId: 'agency.example.org' });
  const header = { sender_uri: `${receiver.origin}/on-subscribe` };
  assert.equal((await call(client, '/subscribe', 'subscribe', subscribe, header)).status, 202);
  const confirmed = await receiver.next(({ body }) => body.header.action === 'on-subscribe');
  assert.equal(confirmed.body.message.subscribe_response[0].status, 'succ', JSON.stringify(confirmed.body.message));
  // The feed has begun once the first poll noted what was there.
  await pause(2_500);
  const write = (id: number, surname: string) =>
    country.database.exec(`insert into person values (${id}, null, 'N${id}', '${surname}', '1990-01-01', strftime('%Y-%m-%d %H:%M:%S', 'now'))`); // biome-ignore format: one look
  const numbers = () =>
    receiver.received
      .filter(({ body }) => body.header.action === 'notify')
      .map(({ body }) => [body.header.meta.sequence_number, JSON.stringify(body.message).match(/N\d+/)?.[0]]);
  const seen = (nid: string) => receiver.next(({ body }) => body.header.action === 'notify' && JSON.stringify(body).includes(`"${nid}"`), 20_000); // biome-ignore format: one look

  for (const nid of ['N11', 'N13', 'N14', 'N15', 'N16']) service.yes.add(nid);
  for (const id of [11, 12, 13]) write(id, `Name${id}`);
  const first = await seen('N11');
  assert.deepEqual(first.body.header.meta.enforced, [{ purpose: 'aid', legal_basis: 'consent', consent: 'service' }]);
  await seen('N13');
  assert.ok(
    service.questions.some(({ persons }) => JSON.stringify(persons).includes('N12')),
    'it was asked about',
  );

  const failures: TestConsentService['answer'][] = [
    (response) => void response.writeHead(503).end(),
    () => undefined, // never answers
    (response) => void response.end('{"consented":"everybody"}'),
  ];
  service.answer = failures[0];
  for (const [at, id] of [14, 15, 16].entries()) {
    service.answer = failures[at];
    write(id, `Name${id}`);
    await pause(1_500);
  }
  assert.equal(numbers().length, 2, JSON.stringify(numbers()));
  service.yes.delete('N15');
  service.answer = undefined;
  await seen('N16');
  assert.deepEqual(numbers(), [[1, 'N11'], [2, 'N13'], [3, 'N14'], [4, 'N16']]); // biome-ignore format: one look
  assert.doesNotMatch(JSON.stringify(receiver.received), /\bN1[25]\b/);
});
