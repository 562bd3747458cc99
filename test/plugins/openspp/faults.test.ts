/** What the plugin makes of a server that refuses, breaks off, is slow or gone. */

import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { faultOf } from '../../../plugins/openspp/odoo-fault.ts';
import { BackendError, type BackendPlugin, ConfigProblems, type RegistryQuery } from '../../../src/plugin.ts';
import { callContext } from '../../contract/plugin.suite.ts';
import { OdooError } from '../../support/odoo/model.ts';
import { openOpenspp } from '../../support/odoo/open-plugin.ts';
import { EXCHANGES, recordedWorld } from '../../support/odoo/openspp17.ts';
import { smallWorld19 } from '../../support/odoo/openspp19.ts';
import { dropConnection, type OdooServer, rpcError, sessionExpired, startOdoo } from '../../support/odoo/server.ts';

const QUERY: RegistryQuery = {
  entity: 'person',
  filter: { kind: 'compare', column: 'family_name', op: 'eq', value: "O'Brien" },
  select: { columns: ['id'], children: {} },
  order: [],
  ...{ limit: 10, offset: 0, countCap: 100 },
};

describe('faults of Odoo', () => {
  let odoo: OdooServer;
  let plugin: BackendPlugin;
  beforeEach(async () => {
    odoo = await startOdoo({ world: recordedWorld(12) });
    plugin = await openOpenspp(odoo.url, { timeout: '1s' });
  });
  afterEach(async () => {
    await plugin.close();
    await odoo.close();
  });

  const found = async () => (await plugin.search(QUERY, callContext())).total;
  const fails = (kind: BackendError['kind'], detail: RegExp) =>
    assert.rejects(found(), (error) => {
      assert.ok(error instanceof BackendError && error.kind === kind, String(error));
      assert.match(error.message, detail);
      assert.doesNotMatch(error.message, /O'Brien/, 'no value of the query');
      return true;
    });
  const answering = (status: number, body: string) => (response: ServerResponse) => {
    response.writeHead(status, { location: 'http://127.0.0.1:1/' });
    response.end(body);
  };

  test('a dropped connection is tried once more, not twice', async () => {
    assert.equal(await found(), 1);
    odoo.faults.push(dropConnection);
    assert.equal(await found(), 1);
    odoo.faults.push(dropConnection, dropConnection);
    await fails('unavailable', /cannot be reached/);
  });

  test('an expired session is opened anew', async () => {
    assert.equal(await found(), 1);
    odoo.faults.push(sessionExpired);
    assert.equal(await found(), 1);
    assert.equal(odoo.logins.length, 2);
  });

  test('a key that is withdrawn is unavailable, and found again when it is back', async () => {
    assert.equal(await found(), 1);
    odoo.key = 'another';
    await fails('unavailable', /denied access/);
    odoo.key = 'admin';
    assert.equal(await found(), 1);
  });

  test('a call that takes too long ends at the plugin’s limit and at the caller’s', async () => {
    assert.equal(await found(), 1);
    odoo.faults.push(() => undefined);
    await fails('timeout', /too long/);
    odoo.faults.push(() => undefined);
    const started = performance.now();
    await assert.rejects(plugin.search(QUERY, callContext(100)), (error) => {
      return error instanceof BackendError && error.kind === 'timeout';
    });
    assert.ok(performance.now() - started < 900);
  });

  test('a proxy’s error, a redirect and another server are unavailable; nothing is followed', async () => {
    assert.equal(await found(), 1);
    odoo.faults.push(answering(502, '<html>'), answering(302, ''), answering(200, '{}'), answering(404, ''));
    await fails('unavailable', /answers 502/);
    await fails('unavailable', /answers 302/);
    await fails('unavailable', /is no Odoo/);
    await fails('unavailable', /no Odoo at this address/);
  });

  test('a proxy that limits requests says when to come again', async () => {
    assert.equal(await found(), 1);
    odoo.faults.push((response) => {
      response.writeHead(429, { 'Retry-After': '7' });
      response.end('<html>');
    });
    await assert.rejects(found(), (error) => error instanceof BackendError && error.retryAfterMs === 7_000);
    odoo.faults.push(answering(503, '<html>'));
    await assert.rejects(found(), (error) => error instanceof BackendError && error.retryAfterMs === undefined);
  });

  test('a database that is restarted, or has no room for one more, is unavailable: the same search may succeed later', async () => {
    assert.equal(await found(), 1);
    for (const name of [
      'AdminShutdown',
      'CrashShutdown',
      'CannotConnectNow',
      'TooManyConnections',
      'LockNotAvailable',
    ]) {
      const error = rpcError(new OdooError(`psycopg2.errors.${name}`, "terminating: name = 'O'Brien'"));
      odoo.faults.push(answering(200, JSON.stringify({ jsonrpc: '2.0', id: 1, error })));
      await fails('unavailable', new RegExp(`database does not answer: psycopg2.errors.${name}$`));
    }
    const wrong = rpcError(new OdooError('psycopg2.errors.UndefinedColumn', 'no such column'));
    odoo.faults.push(answering(200, JSON.stringify({ jsonrpc: '2.0', id: 1, error: wrong })));
    await fails('refused', /UndefinedColumn/);
  });

  test('over JSON-2 a status that is for the moment says so, whatever error of Odoo comes with it', async () => {
    await using newer = await startOdoo({ world: smallWorld19(3), version: 19 });
    const other = await openOpenspp(newer.url);
    await other.search(QUERY, callContext());
    for (const status of [503, 429]) {
      newer.faults.push((response) => {
        response.writeHead(status, { 'content-type': 'application/json', 'Retry-After': '9' });
        response.end('{"name":"werkzeug.exceptions.ServiceUnavailable","message":"no worker"}');
      });
      await assert.rejects(other.search(QUERY, callContext()), (error) => {
        assert.ok(error instanceof BackendError && error.kind === 'unavailable', String(error));
        return error.retryAfterMs === 9_000;
      });
    }
    await other.close();
  });

  test('a server that is gone is unavailable', async () => {
    assert.equal(await found(), 1);
    await odoo.close();
    await fails('unavailable', /ECONNREFUSED/);
  });

  test('at the start a wrong key, a missing database, a forbidden model and an Odoo without OpenSPP name what is wrong', async () => {
    const problemOf = async (config: object, url = odoo.url): Promise<string> => {
      const wrong = await openOpenspp(url, config);
      try {
        await wrong.describe(callContext());
        return '';
      } catch (error) {
        assert.ok(error instanceof ConfigProblems, String(error));
        return error.problems.map(({ path, problem }) => `${path.join('.')} ${problem}`).join();
      } finally {
        await wrong.close();
      }
    };
    assert.match(await problemOf({ key: 'wrong' }), /^key is not taken/);
    assert.match(await problemOf({ database: 'nope' }), /^database is not there/);
    await using closed = await startOdoo({ world: recordedWorld(12), forbidden: ['g2p.reg.id'] });
    assert.match(await problemOf({}, closed.url), /may not read g2p\.reg\.id/);
    await using newer = await startOdoo({ world: recordedWorld(12), version: 19 });
    assert.match(await problemOf({ key: 'wrong' }, newer.url), /^key is not taken/);
  });

  test('of what Odoo says in words nothing but the name of a model is repeated', () => {
    const rule =
      "Sorry, jane.clerk (id=2) doesn't have 'read' access to:\n- Contact, john.doe@example.org (res.partner: 7)";
    assert.match(faultOf('odoo.exceptions.AccessError', rule).message, /may not read res\.partner$/);
    assert.match(faultOf('odoo.exceptions.AccessError', 'Not for jane.clerk').message, /may not read this$/);
    assert.doesNotMatch(faultOf('No person is called John Doe', '').message, /John/);
    assert.doesNotMatch(faultOf('psycopg2.OperationalError: Key (name)=(John Doe)', '').message, /John/);
  });

  test('the recorded errors are told apart', () => {
    const kinds = EXCHANGES.flatMap(({ response: { error } }) =>
      error === undefined ? [] : [faultOf(error.data.name, error.data.message).fault],
    );
    assert.deepEqual(kinds, ['no-database', 'no-field', 'no-field', 'no-model', 'denied', 'refused', 'refused']);
    assert.match(
      faultOf('builtins.ValueError', EXCHANGES[23]?.response.error?.data.message ?? '').message,
      /res\.partner\.no_such_field$/,
    );
  });
});
