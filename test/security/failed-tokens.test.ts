import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { form, health, type TokenRig, tokenRig } from '../support/token-rig.ts';

let rig: TokenRig;
const ask: TokenRig['ask'] = (request) => rig.ask(request);

beforeEach(async () => {
  rig = await tokenRig();
});

describe('failed tokens', () => {
  const wrong = (changes: Record<string, string>, address: string) =>
    ask({ body: form({ ...health, client_secret: 'wrong', ...changes }), address });

  it('are five a minute and address; then nothing is hashed, not even for a right secret, and other addresses are served', async () => {
    for (let i = 0; i < 5; i++) assert.equal((await wrong({ client_id: `c${i}` }, '192.0.2.9')).status, 401);
    const before = rig.verified();
    const { status, headers, body } = await ask({ body: form(health), address: '192.0.2.9' });
    assert.equal(status, 429);
    assert.ok(Number(headers['Retry-After']) >= 1 && Number(headers['Retry-After']) <= 60);
    assert.equal((body as { error: string }).error, 'temporarily_unavailable');
    assert.equal(rig.verified(), before);
    assert.equal((await ask({ body: form(health), address: '192.0.2.10' })).status, 200);
  });

  it('stay five when a hundred guesses come at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => wrong({ client_id: `c${i % 7}` }, '192.0.2.9')),
    );
    assert.equal(answers.filter(({ status }) => status === 401).length, 5);
    assert.equal(answers.filter(({ status }) => status === 429).length, 95);
    assert.equal(rig.verified(), 5);
  });

  it('count IPv6 by its /64', async () => {
    for (let i = 0; i < 5; i++) await wrong({}, `2001:db8:1:2::${i}`);
    assert.equal((await ask({ body: form(health), address: '2001:db8:1:2:ffff::1' })).status, 429);
    assert.equal((await ask({ body: form(health), address: '2001:db8:1:3::1' })).status, 200);
  });

  it('do not lock a client out from elsewhere, and right ones are never counted', async () => {
    for (let i = 0; i < 20; i++) assert.equal((await ask({ body: form(health) })).status, 200);
    for (let i = 0; i < 9; i++) await wrong({}, '192.0.2.66');
    assert.equal((await ask({ body: form(health) })).status, 200);
  });
});
