/** From a change in OpenSPP to a notification, with the ready mapping. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { asyncConfig, call, subscribeMessage } from '../../support/async-calls.ts';
import { type Callback, startReceiver } from '../../support/callback-receiver.ts';
import { EXAMPLES } from '../../support/examples.ts';
import { startGateway } from '../../support/gateway.ts';
import { recordedWorld } from '../../support/odoo/openspp17.ts';
import { ODOO_LOGIN, startOdoo } from '../../support/odoo/server.ts';

test('an identifier that is added in OpenSPP is told to whoever subscribed to that person', async () => {
  await using odoo = await startOdoo({ world: recordedWorld(12) });
  await using receiver = await startReceiver();
  const registry = parse(readFileSync(join(EXAMPLES, 'openspp/registry.yaml'), 'utf8'));
  const social = {
    ...registry,
    sample: true, // invented data: the demo partners may be bound to it
    mounts: ['/registry', '/api/v2/dci/registry'],
    backend: { plugin: 'openspp', url: odoo.url, ...ODOO_LOGIN },
    changes: { ...registry.changes, every: '1s' },
  };
  await using gateway = await startGateway({
    config: asyncConfig(receiver.origin, {}, { registries: { social } }) as never,
  });
  const transaction = randomUUID();
  const filter = { type: 'National ID', value: 'NID00000001' };
  await call(gateway.client(), '/subscribe', 'subscribe', subscribeMessage(transaction, { filter }));
  const confirmed = await receiver.next(({ body }) => body.message.transaction_id === transaction);
  assert.equal(confirmed.body.header.status, 'succ', confirmed.text);

  const isNotify = ({ body }: Callback) => body.header.action === 'notify';
  let told: Callback | undefined;
  // The feed begins with what changes from its first look on.
  for (let turn = 0; told === undefined && turn < 5; turn += 1) {
    await sleep(2_000);
    odoo.world.create('g2p.reg.id', { partner_id: 8, id_type: 1, value: `P-${turn}` });
    odoo.world.create('g2p.reg.id', { partner_id: 9, id_type: 1, value: `Q-${turn}` });
    told = await receiver.next(isNotify, 6_000).catch((cause: unknown) => {
      assert.ok(cause instanceof assert.AssertionError);
      return undefined;
    });
  }
  assert.ok(told, 'nothing was told');
  const [event] = told.body.message.notify_event;
  assert.equal(event.data.reg_records.name.surname, 'Okafor');
  const values = event.data.reg_records.identifier.map((each: { identifier_value: string }) => each.identifier_value);
  assert.ok(values.includes('NID00000001') && values.includes('P-0'));
  assert.ok(!receiver.received.filter(isNotify).some(({ text }) => text.includes('"Q-')), 'nobody else was told');
});
