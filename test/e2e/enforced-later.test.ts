/** What was enforced is said wherever an answer is read later: by status, in files of results, and of events that wait. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, statusMessage, subscribeMessage } from '../support/async-calls.ts';
import { type Client, searchItem } from '../support/client.ts';
import { CONSENT_RULE, type Country, consentedCountry, forPurpose, partnerFor, SECRET } from '../support/consented-country.ts'; // biome-ignore format: one look
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { csvForm, csvOf, fileEnvelope, postForm } from '../support/uploads.ts';

const purposes = { aid: { basis: 'consent' }, audit: { basis: 'legal_obligation', scopes: ['basic'] } };
const AID = { purpose: 'aid', legal_basis: 'consent', consent: 'rule' };
const AUDIT = { purpose: 'audit', legal_basis: 'legal_obligation', consent: 'none', scopes: ['basic'] };
let country: Country;
let gateway: RunningGateway;
let client: Client;

/** Without a callback address: what is made waits to be read. */
before(async () => {
  country = consentedCountry();
  gateway = await startGateway({
    config: {
      registries: { social: country.registry({ rule: CONSENT_RULE }) },
      partners: {
        agency: partnerFor('agency', { purposes, actions: 'all' }),
        'external-system': partnerFor('external-system', { purposes }),
        'integrating-server': partnerFor('integrating-server', { purposes }),
      },
    },
  });
  client = gateway.client({ clientId: 'agency', clientSecret: SECRET, senderId: 'agency.example.org' });
});

after(async () => {
  await gateway.close();
  country[Symbol.dispose]();
});

type Body = ReturnType<typeof JSON.parse>;

const told = async (
  attribute: string,
  value: unknown,
  done: (body: Body) => boolean,
  type = 'search',
): Promise<Body> => {
  let last = '';
  for (let tries = 0; tries < 400; tries++) {
    const { body, text } = await call(
      client,
      '/sync/txn/status',
      'txn-status',
      statusMessage(attribute, value, randomUUID(), type),
    );
    last = text;
    if (done(body)) return body;
    await sleep(25);
  }
  throw new Error(`not told: ${attribute} ${last}`);
};

const succeeded = (body: Body): boolean => body.header.status === 'succ';
const named = (surname: string) => ({ 'name.surname': { $eq: surname } });

test('the status of a search says under what each item was answered, of those that are told', async () => {
  const id = randomUUID();
  const items = [
    searchItem(named('Abebe'), { reference_id: `${id}-1` }, { consent: forPurpose('aid') }),
    searchItem(named('Berta'), { reference_id: `${id}-2` }, { consent: forPurpose('audit') }),
    searchItem(named('Desta'), { reference_id: `${id}-3` }, { consent: forPurpose('aid') }),
    searchItem({ 'name.nothing': { $eq: 'x' } }, { reference_id: `${id}-4` }, { consent: forPurpose('audit') }),
  ];
  const message = { transaction_id: id, search_request: items };
  assert.equal((await call(client, '/search', 'search', message)).status, 202);
  const all = await told('transaction_id', id, succeeded);
  assert.deepEqual(all.header.meta, {
    enforced: [
      { ...AID, reference_ids: [`${id}-1`, `${id}-3`] },
      { ...AUDIT, reference_ids: [`${id}-2`] },
    ],
  });
  const one = await told('reference_id_list', [`${id}-2`], succeeded);
  assert.deepEqual(one.header.meta, { enforced: [AUDIT] });
  const other = randomUUID();
  const more = { transaction_id: other, search_request: [searchItem(named('Elsa'), { reference_id: `${other}-1` }, { consent: forPurpose('audit') })] }; // biome-ignore format: one look
  assert.equal((await call(client, '/search', 'search', more)).status, 202);
  await told('transaction_id', other, succeeded);
  const both = await told('reference_id_list', [`${id}-3`, `${other}-1`], succeeded);
  assert.deepEqual(
    both.header.meta.enforced.toSorted((one: Body, two: Body) => one.purpose.localeCompare(two.purpose)),
    [
      { ...AID, reference_ids: [`${id}-3`] },
      { ...AUDIT, reference_ids: [`${other}-1`] },
    ],
  );
  const again = randomUUID();
  const used = { transaction_id: again, search_request: [searchItem(named('Elsa'), { reference_id: `${id}-1` }, { consent: forPurpose('audit') })] }; // biome-ignore format: one look
  assert.equal((await call(client, '/search', 'search', used)).status, 202);
  await told('transaction_id', again, succeeded);
  const latest = await told('reference_id_list', [`${id}-1`, `${id}-2`], succeeded);
  const { search_response: shown } = latest.message.txnstatus_response.txn_status;
  assert.deepEqual(
    shown.map(({ reference_id, data }: Body) => [reference_id, data.reg_records[0].name.surname]).toSorted(),
    [
      [`${id}-1`, 'Elsa'],
      [`${id}-2`, 'Berta'],
    ],
    'an id that was used again is told once, as it is now',
  );
  const unknown = await told('transaction_id', randomUUID(), () => true);
  assert.equal(unknown.header.meta, undefined);
});

test('the status of a file says it for all rows, and the file itself does', async () => {
  const id = randomUUID();
  const file = csvOf(['N1', 'N2'], 'NID');
  const message = { transaction_id: id, authorize: forPurpose('aid') };
  const envelope = fileEnvelope(file, { senderId: 'agency.example.org', message });
  const accepted = await postForm(client, '/upload/search', csvForm(file, envelope));
  assert.equal(accepted.status, 202, accepted.text);
  const { header } = await told('transaction_id', id, (body) => body.header.meta?.result !== undefined);
  assert.deepEqual(header.meta.enforced, [AID]);
  const result = await client.send(`/registry${header.meta.result}`, {
    headers: { Authorization: `Bearer ${await client.getToken()}` },
  });
  assert.deepEqual(result.body.header.meta, { enforced: [AID] });
  assert.deepEqual(
    [result.body.header.action, result.body.header.status, result.body.header.receiver_id, result.body.header.total_count],
    ['on-search', 'succ', 'agency.example.org', 2],
  ); // biome-ignore format: one look
  assert.ok(result.text.includes('Abebe') && !result.text.includes('Berta'));
});

test('events that are read by status say under what they are told, and what they truly were', async () => {
  const subscribe = subscribeMessage(randomUUID(), { reg_event_type: '*', authorize: forPurpose('audit') });
  const { body: ack, status, text } = await call(client, '/subscribe', 'subscribe', subscribe);
  assert.equal(status, 202, text);
  const code = ack.message.subscription_code;
  await told('transaction_id', subscribe.transaction_id, succeeded, 'subscribe');
  await sleep(2_500); // until the feed noted what was there
  country.database.exec(
    "update person set surname = 'Abeba', changed = strftime('%Y-%m-%d %H:%M:%S', 'now') where id = 2",
  );
  const body = await told('subscription_code_list', [code], (each) => each.header.meta !== undefined, 'subscribe');
  const [event] = body.message.txnstatus_response.txn_status.notify_event;
  assert.equal(event.data.reg_event_type, undefined, 'its domain has no word for it');
  assert.deepEqual(body.header.meta, {
    events: [{ reference_id: event.reference_id, reg_event_type: 'UPDATE' }],
    enforced: [AUDIT],
  });
});
