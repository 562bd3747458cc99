import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, it } from 'node:test';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { type OwnKeys, openOwnKeys } from '../../src/security/keys/own-keys.ts';
import type { Partner } from '../../src/security/partner.ts';
import { allowsAction, createTokenService, InvalidScope, type TokenService } from '../../src/security/tokens.ts';
import { createMemoryKeyStore, createTestSealer, makeLentKey } from '../support/memory-keys.ts';
import { partnerOf } from '../support/partners.ts';

const LENT_KEY = await makeLentKey();
const CONFIG = { lifetimeSeconds: 3600, issuer: 'gateway', audience: 'gateway' };
const START = Date.parse('2026-01-01T00:00:00Z');
const SECRET = { kind: 'hmac', hash: 'aGFzaA' } as const;

let now = START;
let partners = new Map<string, Partner>();
let ownKeys: OwnKeys;
let tokens: TokenService;
const clock = () => now;
const directory = { byId: (id: string) => partners.get(id) };
const withSecret = (id: string, changes: Partial<Partner> = {}): Partner =>
  partnerOf(id, { secret: SECRET, ...changes });
const set = (partner: Partner): Partner => {
  partners.set(partner.id, partner);
  return partner;
};
const refused = (bearer: string) =>
  assert.rejects(tokens.verify(bearer), { code: 'request.unauthorized', message: 'A valid access token is required.' });

beforeEach(async () => {
  now = START;
  partners = new Map();
  ownKeys = await openOwnKeys({
    store: createMemoryKeyStore([LENT_KEY]),
    sealer: createTestSealer(),
    clock,
    senderId: 'gateway',
    jwksMaxAgeSeconds: 60,
  });
  tokens = createTokenService({ ownKeys, directory, config: CONFIG, clock });
});

/** A token as ours would be, but for what is changed. */
const forged = (
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
  key = ownKeys.tokenKey().keyObject,
) =>
  new SignJWT({
    iss: 'gateway',
    aud: 'gateway',
    sub: 'a',
    client_id: 'a-client',
    jti: 'x',
    iat: START / 1000,
    exp: START / 1000 + 3600,
    cred: 'x',
    ...claims,
  })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: ownKeys.tokenKey().keyId, ...header })
    .sign(key);

describe('access tokens', () => {
  it('carry the claims of RFC 9068 and are accepted as their partner', async () => {
    const partner = set(withSecret('a'));
    const answer = await tokens.issue(partner, undefined);
    const scope = 'registry.search registry.subscribe registry.unsubscribe registry.status registry.receive registry.submit'; // biome-ignore format: one look
    assert.deepEqual({ ...answer, access_token: '' }, { access_token: '', token_type: 'Bearer', expires_in: 3600, scope }); // biome-ignore format: one look
    const header = decodeProtectedHeader(answer.access_token);
    assert.deepEqual(header, { alg: 'EdDSA', typ: 'at+jwt', kid: ownKeys.tokenKey().keyId });
    const { jti, cred, ...claims } = decodeJwt(answer.access_token);
    assert.deepEqual(claims, {
      iss: 'gateway',
      sub: 'a',
      aud: 'gateway',
      client_id: 'a-client',
      iat: START / 1000,
      exp: START / 1000 + 3600,
    });
    assert.ok(typeof jti === 'string' && jti.length > 20);
    assert.ok(typeof cred === 'string' && !answer.access_token.includes(SECRET.hash));
    assert.deepEqual(await tokens.verify(answer.access_token), { partner, scopes: 'all' });
    assert.notEqual((await tokens.issue(partner, undefined)).access_token, answer.access_token);
  });

  it('are signed with a key that stands in no key set', async () => {
    const { access_token } = await tokens.issue(set(withSecret('a')), undefined);
    const { kid } = decodeProtectedHeader(access_token);
    assert.ok(!JSON.stringify(ownKeys.jwks()).includes(String(kid)));
  });

  it('end at their time, also when they were seen before', async () => {
    const { access_token } = await tokens.issue(set(withSecret('a')), undefined);
    await tokens.verify(access_token);
    now = START + 3_599_999;
    await tokens.verify(access_token);
    now = START + 3_600_000;
    await refused(access_token);
    const unseen = createTokenService({ ownKeys, directory, config: CONFIG, clock });
    await assert.rejects(unseen.verify(access_token), { code: 'request.unauthorized' });
  });

  it('held while the partner was disabled stay dead when it is enabled again', async () => {
    const partner = set(withSecret('a'));
    const { access_token } = await tokens.issue(partner, undefined);
    await tokens.verify(access_token);
    const again = set({ ...partner, revocations: 1, version: 3 });
    await refused(access_token);
    const fresh = await tokens.issue(again, undefined);
    assert.equal((await tokens.verify(fresh.access_token)).partner.id, 'a');
  });

  it('end with the access, the secret, the client id or the partner itself, also when they were seen before', async () => {
    const partner = set(withSecret('a'));
    const { access_token } = await tokens.issue(partner, undefined);
    for (const changed of [
      { ...partner, active: false, version: 2 },
      { ...partner, secret: { kind: 'hmac', hash: 'b3RoZXI' } as const, version: 2 },
      { ...partner, secret: undefined, version: 2 },
      { ...partner, clientId: 'other', version: 2 },
    ]) {
      set(partner);
      await tokens.verify(access_token);
      set(changed);
      await refused(access_token);
    }
    partners.delete('a');
    await refused(access_token);
    set(partner);
    await tokens.verify(access_token);
  });

  it('outlive changes that do not touch the credentials, and give the partner as it is now', async () => {
    const partner = set(withSecret('a'));
    const { access_token } = await tokens.issue(partner, undefined);
    await tokens.verify(access_token);
    const renamed = set({ ...partner, name: 'New name', version: 2 });
    assert.equal((await tokens.verify(access_token)).partner, renamed);
  });

  it('end at once when the key that signed them is retired', async () => {
    const { access_token } = await tokens.issue(set(withSecret('a')), undefined);
    await tokens.verify(access_token);
    const { keyId } = ownKeys.tokenKey();
    await ownKeys.rotate('token');
    now += 120_000;
    await tokens.verify(access_token);
    await ownKeys.retire(keyId);
    await refused(access_token);
  });

  it('are refused when they are not exactly ours', async () => {
    const partner = set(withSecret('a'));
    const { access_token } = await tokens.issue(partner, undefined);
    const { cred } = decodeJwt(access_token) as { cred: string };
    await tokens.verify(await forged({ cred }));
    const [head = '', body = '', signature = ''] = access_token.split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt', kid: ownKeys.tokenKey().keyId })).toString(
      'base64url',
    );
    const stranger = generateKeyPairSync('ed25519').privateKey;
    const bad: readonly string[] = [
      '',
      'x',
      'a.b.c',
      '..',
      access_token.slice(0, -2),
      `${head}.${body}.`,
      `${none}.${body}.`,
      `${none}.${body}.${signature}`,
      `${head}.${Buffer.from('{}').toString('base64url')}.${signature}`,
      'x'.repeat(100_000),
      await forged({ cred }, {}, stranger),
      await forged({ cred }, { kid: 'unknown' }),
      await forged({ cred }, { kid: undefined }),
      await forged({ cred }, { typ: 'JWT' }),
      await forged({ cred }, { typ: undefined }),
      await forged({ cred, iss: 'other' }),
      await forged({ cred, aud: 'other' }),
      await forged({ cred, exp: START / 1000 - 1 }),
      await forged({ cred, exp: undefined }),
      await forged({ cred, sub: 'b' }),
      await forged({ cred, sub: undefined }),
      await forged({ cred, client_id: 'b-client' }),
      await forged({ cred, jti: undefined }),
      await forged({ cred: undefined }),
      await forged({ cred: 'x' }),
      await forged({ cred }, {}, ownKeys.signingKey().keyObject),
    ];
    for (const [index, bearer] of bad.entries())
      await assert.rejects(tokens.verify(bearer), { code: 'request.unauthorized' }, `${index}`);
  });

  it('prove their signature once', async (t) => {
    const { access_token } = await tokens.issue(set(withSecret('a')), undefined);
    const verified = t.mock.method(globalThis.crypto.subtle, 'verify');
    for (let i = 0; i < 50; i++) await tokens.verify(access_token);
    assert.equal(verified.mock.callCount(), 1);
  });
});

describe('scopes', () => {
  it('that were asked for are granted, in our spelling, and limit the actions', async () => {
    const partner = set(withSecret('a'));
    for (const asked of [
      'registry.search',
      'registry/search',
      'openid registry/search',
      ' registry.search  registry.search ',
    ]) {
      const answer = await tokens.issue(partner, asked);
      assert.equal(answer.scope, 'registry.search', asked);
      const { scopes } = await tokens.verify(answer.access_token);
      assert.equal(allowsAction(scopes, 'search'), true);
      assert.equal(allowsAction(scopes, 'subscribe'), false);
      assert.equal(allowsAction(scopes, ''), false);
    }
    const { scopes } = await tokens.verify((await tokens.issue(partner, '')).access_token);
    assert.equal(allowsAction(scopes, 'subscribe'), true, 'without a scope nothing is limited');
  });

  it('that a partner may not have, or that are not ours, are refused', async () => {
    const limited = set(withSecret('a', { scopes: ['registry/search'] }));
    for (const asked of [
      'registry.subscribe',
      'registry.search registry.subscribe',
      'openid',
      'registry.',
      'registry',
      'search',
      'registry.search;x',
      'Registry.Search',
    ]) {
      await assert.rejects(tokens.issue(limited, asked), InvalidScope, asked);
    }
    assert.equal((await tokens.issue(limited, undefined)).scope, 'registry.search');
    assert.equal((await tokens.issue(limited, 'registry/search')).scope, 'registry.search');
  });

  it('that a partner has lost are gone from the tokens it has', async () => {
    const partner = set(withSecret('a'));
    const wide = (await tokens.issue(partner, undefined)).access_token;
    const two = (await tokens.issue(partner, 'registry.search registry.subscribe')).access_token;
    await tokens.verify(wide);
    await tokens.verify(two);
    set({ ...partner, scopes: ['registry.subscribe'], version: 2 });
    for (const token of [wide, two]) {
      const { scopes } = await tokens.verify(token);
      assert.equal(allowsAction(scopes, 'search'), false);
      assert.equal(allowsAction(scopes, 'subscribe'), true);
    }
  });
});
