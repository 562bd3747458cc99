/** The Odoo server of these tests answers what a real one was recorded to answer. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { EXCHANGES, recordedWorld } from '../../support/odoo/openspp17.ts';
import { type OdooServer, startOdoo } from '../../support/odoo/server.ts';

describe('the recorded exchanges with OpenSPP 17', () => {
  let odoo: OdooServer;
  before(async () => {
    odoo = await startOdoo({ world: recordedWorld() });
  });
  after(() => odoo[Symbol.asyncDispose]());

  assert.equal(EXCHANGES.length, 30);
  for (const [n, { title, request, response, http_status: status }] of EXCHANGES.entries())
    test(`${n + 1}. ${title}`, async () => {
      const answer = await fetch(`${odoo.url}/jsonrpc`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      });
      assert.equal(answer.status, status);
      assert.deepEqual(await answer.json(), response);
    });
});
