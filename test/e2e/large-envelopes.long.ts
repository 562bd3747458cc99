/** A json file that is an envelope, as large as a file may be. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { asyncConfig, searchMessage } from '../support/async-calls.ts';
import { startReceiver } from '../support/callback-receiver.ts';
import { startGateway } from '../support/gateway.ts';
import { FORM_TYPE, formBody, type Part } from '../support/uploads.ts';

const MB = 1_000_000;

test('an envelope of nearly 10 MB is answered; one of so many values that it would stop the process is refused', async () => {
  await using receiver = await startReceiver();
  await using gateway = await startGateway({ config: asyncConfig(receiver.origin) as never });
  const client = gateway.client();
  const token = await client.getToken();
  const formOf = (envelope: string): Uint8Array<ArrayBuffer> => {
    const parts: readonly Part[] = [['fileFormat', 'json'], ['fileName', envelope, 'request.json']]; // biome-ignore format: one look
    return new Uint8Array(formBody(parts));
  };
  const post = (body: Uint8Array<ArrayBuffer>) =>
    client.send('/registry/search', {
      ...{ method: 'POST', body },
      headers: { 'Content-Type': FORM_TYPE, Authorization: `Bearer ${token}` },
    });
  const [item] = searchMessage().search_request;
  const id = randomUUID();
  const items = Array.from({ length: 190 }, (_, n) => ({ ...item, reference_id: `r${n}`, note: 'é'.repeat(25_300) }));
  const large = JSON.stringify(client.envelope([], {}, { transaction_id: id, search_request: items }));
  assert.ok(Buffer.byteLength(large) > 9.5 * MB && Buffer.byteLength(large) < 10 * MB);
  const many = large.replace('"search_request"', `"x":[${'[0],'.repeat(2.4 * MB)}0],"y"`).slice(0, 9.9 * MB);
  const [largeForm, manyForm] = [formOf(large), formOf(many)];

  const refused = await post(manyForm);
  assert.equal(refused.status, 400, refused.text);
  assert.match(refused.text, /too many values/);

  const accepted = await post(largeForm);
  assert.equal(accepted.status, 202, accepted.text);
  const { body } = await receiver.next((each) => each.body.message.transaction_id === id, 20_000);
  assert.equal(body.message.search_response.length, 190);
  assert.ok(
    body.message.search_response.every(
      (each: { data: { reg_records: unknown[] } }) => each.data.reg_records.length === 1,
    ),
  );
});
