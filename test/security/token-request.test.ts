import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { TokenRequest } from '../../src/security/token-request.ts';
import { basic, FORM, form, grant, health, partner, type TokenRig, tokenRig } from '../support/token-rig.ts';

let rig: TokenRig;
const ask: TokenRig['ask'] = (request) => rig.ask(request);

beforeEach(async () => {
  rig = await tokenRig();
});

describe('the token endpoint', () => {
  for (const [what, request] of Object.entries<Partial<TokenRequest>>({
    'a form': { body: form(health) },
    'a form with a charset': { body: form(health), contentType: `${FORM}; charset=UTF-8` },
    JSON: { body: Buffer.from(JSON.stringify(health)), contentType: 'application/json' },
    'JSON with an unknown db_name': {
      body: Buffer.from(JSON.stringify({ ...health, db_name: 'openspp', x: { y: [1] } })),
      contentType: 'application/json',
    },
    'HTTP Basic': { body: form(grant), authorization: basic('health', 's3cret') },
    'HTTP Basic with JSON': {
      body: Buffer.from(JSON.stringify(grant)),
      contentType: 'Application/JSON',
      authorization: basic('health', 's3cret'),
    },
    'HTTP Basic with the client id in the body as well': {
      body: form({ ...grant, client_id: 'health' }),
      authorization: basic('health', 's3cret'),
    },
    'a form beside an old bearer token': { body: form(health), authorization: 'Bearer old' },
    'empty optional fields': { body: form({ ...health, scope: '' }) },
  })) {
    it(`gives a token for ${what}`, async () => {
      const { status, headers, body, partner: who } = await ask(request);
      assert.equal(status, 200);
      assert.equal(who, 'health');
      assert.deepEqual(headers, { 'Cache-Control': 'no-store', Pragma: 'no-cache' });
      const { access_token, scope, ...rest } = body as Record<string, unknown>;
      assert.match(String(scope), /^registry\.search registry\./);
      assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 600 });
      assert.match(String(access_token), /^[\w-]+\.[\w-]+\.[\w-]+$/);
    });
  }

  it('takes secrets with any letters by form, JSON and Basic, encoded or as they are', async () => {
    const secret = 'a+b/c=d:e %41é';
    const odd = { ...grant, client_id: 'odd', client_secret: secret };
    assert.equal((await ask({ body: form(odd) })).status, 200);
    assert.equal((await ask({ body: Buffer.from(JSON.stringify(odd)), contentType: 'application/json' })).status, 200);
    assert.equal(
      (await ask({ body: form(grant), authorization: basic('odd', encodeURIComponent(secret)) })).status,
      200,
    );
    const { ask: askPlain } = await tokenRig({ directory: { byClientId: () => partner('plain', 'a+b/c=%') } });
    assert.equal((await askPlain({ body: form(grant), authorization: basic('plain', 'a+b/c=%') })).status, 200);
  });

  it('reads JSON as strictly as messages: no key twice, no broken letters', async () => {
    const twice = JSON.stringify(health).replace('{', '{"client_id":"somebody-else",');
    const broken = Buffer.from(JSON.stringify({ ...health, db_name: 'x' }));
    broken[broken.length - 3] = 0xff;
    for (const body of [Buffer.from(twice), broken, Buffer.from(`${'['.repeat(4_000)}${']'.repeat(4_000)}`)]) {
      const answer = await ask({ body, contentType: 'application/json' });
      assert.equal(answer.status, 400);
      assert.equal((answer.body as { error: string }).error, 'invalid_request');
    }
  });

  it('grants scopes, and refuses those that the client may not have', async () => {
    const { body } = await ask({ body: form({ ...health, scope: 'registry/search' }) });
    assert.equal((body as { scope: string }).scope, 'registry.search');
    const refused = await ask({ body: form({ ...health, client_id: 'limited', scope: 'registry.subscribe' }) });
    assert.deepEqual([refused.status, (refused.body as { error: string }).error], [400, 'invalid_scope']);
  });

  for (const [what, request, status, error] of [
    ['a wrong secret', { body: form({ ...health, client_secret: 'wrong' }) }, 401, 'invalid_client'],
    ['an unknown client', { body: form({ ...health, client_id: 'nobody' }) }, 401, 'invalid_client'],
    ['a disabled partner', { body: form({ ...health, client_id: 'disabled' }) }, 401, 'invalid_client'],
    ['a partner without a secret', { body: form({ ...health, client_id: 'keyless' }) }, 401, 'invalid_client'],
    ['wrong Basic credentials', { body: form(grant), authorization: basic('health', 'wrong') }, 401, 'invalid_client'],
    ['Basic that is none', { body: form(grant), authorization: 'Basic !!!' }, 401, 'invalid_client'],
    [
      'Basic without a colon',
      { body: form(grant), authorization: `Basic ${Buffer.from('health').toString('base64')}` },
      401,
      'invalid_client',
    ],
    ['no credentials', { body: form(grant) }, 401, 'invalid_client'],
    ['no secret', { body: form({ ...grant, client_id: 'health' }) }, 401, 'invalid_client'],
    ['no grant_type', { body: form({ client_id: 'health', client_secret: 's3cret' }) }, 400, 'invalid_request'],
    ['another grant_type', { body: form({ ...health, grant_type: 'password' }) }, 400, 'unsupported_grant_type'],
    ['two credentials', { body: form(health), authorization: basic('health', 's3cret') }, 400, 'invalid_request'],
    ['a doubled field', { body: Buffer.from(`${form(health)}&client_secret=other`) }, 400, 'invalid_request'],
    ['malformed JSON', { body: Buffer.from('{"grant_type"'), contentType: 'application/json' }, 400, 'invalid_request'],
    ['a JSON list', { body: Buffer.from('[]'), contentType: 'application/json' }, 400, 'invalid_request'],
    ['JSON null', { body: Buffer.from('null'), contentType: 'application/json' }, 400, 'invalid_request'],
    [
      'a secret that is a number',
      { body: Buffer.from(JSON.stringify({ ...health, client_secret: 1 })), contentType: 'application/json' },
      400,
      'invalid_request',
    ],
    [
      'a secret that is an object',
      { body: Buffer.from(JSON.stringify({ ...health, client_secret: {} })), contentType: 'application/json' },
      400,
      'invalid_request',
    ],
    ['an overlong secret', { body: form({ ...health, client_secret: 'x'.repeat(1025) }) }, 400, 'invalid_request'],
    [
      'inherited names',
      { body: Buffer.from('{"__proto__":{"grant_type":"client_credentials"}}'), contentType: 'application/json' },
      400,
      'invalid_request',
    ],
    ['another content type', { body: form(health), contentType: 'text/plain' }, 400, 'invalid_request'],
    ['an empty body', { contentType: undefined }, 400, 'invalid_request'],
  ] as const satisfies readonly (readonly [string, Partial<TokenRequest>, number, string])[]) {
    it(`refuses ${what} with ${error}`, async () => {
      const answer = await ask(request);
      assert.equal(answer.status, status);
      assert.equal(answer.reason, error);
      assert.equal((answer.body as { error: string }).error, error);
      assert.equal(answer.headers['Cache-Control'], 'no-store');
      assert.equal(answer.headers['WWW-Authenticate'], status === 401 ? 'Basic realm="token"' : undefined);
      assert.ok(!JSON.stringify(answer).includes('s3cret'));
    });
  }

  it('tells a wrong secret, an unknown and a disabled client apart to nobody', async () => {
    const answers = await Promise.all(
      [{ client_secret: 'wrong' }, { client_id: 'nobody' }, { client_id: 'disabled' }].map((changes, i) =>
        ask({ body: form({ ...health, ...changes }), address: `192.0.2.${i}` }),
      ),
    );
    assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
  });

  it('reads credentials from the query string only where that is configured', async () => {
    const query = new URLSearchParams(health).toString();
    assert.deepEqual((({ status, reason }) => [status, reason])(await ask({ query })), [400, 'invalid_request']);
    assert.equal((await ask({ query: 'db_name=x', body: form(health) })).status, 200);
    const { ask: askAllowing } = await tokenRig({ allowQueryCredentials: true });
    assert.equal((await askAllowing({ query, contentType: undefined })).status, 200);
    assert.equal((await askAllowing({ query, body: form(health) })).status, 400, 'twice is once too often');
  });

  it('logs no credentials, whatever happens', async () => {
    await ask({ body: form({ ...health, client_secret: 'wrong-secret' }) });
    const broken = await tokenRig({
      directory: {
        byClientId: () => {
          throw new Error('fault');
        },
      },
    });
    const answer = await broken.ask({ body: form(health) });
    assert.deepEqual([answer.status, (answer.body as { error: string }).error], [500, 'server_error']);
    assert.ok(broken.lines.length > 0);
    assert.ok(!/s3cret|wrong-secret/.test(JSON.stringify([...rig.lines, ...broken.lines])));
  });
});
