import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOdoo } from '../../../plugins/openspp/odoo.ts';
import { BackendError, type CallContext } from '../../../src/plugin.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const contextOf = ({ signal }: AbortController): CallContext => {
  return { signal, deadline: performance.now() + 10_000, requestId: 'one', log };
};

/** Odoo's answers, the first to a login only once its caller has gone away. */
const slowLogin = () => {
  let logins = 0;
  return {
    post: async (_path: string, body: unknown, _headers: object, { signal }: CallContext) => {
      const { service } = (body as { params: { service: string } }).params;
      if (service === 'common' && ++logins === 1) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        throw new BackendError('timeout', 'Odoo took too long');
      }
      const result = service === 'common' ? 7 : [];
      return { status: 200, body: { result }, at: undefined, retryAfterMs: undefined };
    },
    close: () => undefined,
  };
};

test('a caller who goes away while Odoo is logged in to takes no other search with it', async () => {
  const settings = { database: 'd', user: 'u', key: 'k', transport: 'jsonrpc', company: undefined, language: undefined } as const; // biome-ignore format: one look
  const odoo = createOdoo(slowLogin(), settings);
  const read = (abort: AbortController) =>
    odoo.read('res.partner', { domain: [], fields: ['id'], limit: 1, order: 'id asc' }, contextOf(abort));
  const [leaving, staying] = [new AbortController(), new AbortController()];
  const [first, second] = [read(leaving), read(staying)];
  setTimeout(() => leaving.abort(), 20);
  await assert.rejects(first, { kind: 'timeout' });
  assert.deepEqual(await second, []);
});
