import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { CommandContext } from '../../src/cli/command-context.ts';
import { addPartner, disablePartner, enablePartner, grantRights, rotateSecret, setKey } from '../../src/cli/partner.ts';
import { openSealer } from '../../src/security/at-rest.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { makeSigningKey } from '../support/client.ts';
import { commandRig } from '../support/command-rig.ts';
import { startGateway } from '../support/gateway.ts';

/** The longest a running gateway may not know of a change (PROTOCOL 9). */
const KNOWN_WITHIN_MS = 5_000;

it('a partner is added, granted, rotated and disabled beside a running gateway, which follows within five seconds', async () => {
  await using gateway = await startGateway();
  const folder = join(gateway.folder, 'var');
  const store = await openSqliteStore({ folder, clock: Date.now, role: 'command' });
  const key = makeSigningKey('k1');
  const rig = await commandRig();
  rig.files.set('key', JSON.stringify(key.publicJwk));
  const registries = rig.context.config.registries.map((registry) => ({ ...registry, id: 'social' }));
  const context: CommandContext = {
    ...rig.context,
    config: { ...rig.context.config, registries },
    store,
    ...(await openSealer({ folder })),
  };

  const shown = (name: string): string =>
    rig.lines
      .findLast((line) => line.startsWith(name))
      ?.slice(name.length)
      .trim() ?? '';
  const tokenStatus = async (clientSecret: string): Promise<number> => {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: shown('client_id:'),
      client_secret: clientSecret,
    });
    const answer = await fetch(`${gateway.url}/oauth2/client/token`, { method: 'POST', body });
    await answer.arrayBuffer();
    return answer.status;
  };
  const within = async (check: () => Promise<boolean>, what: string): Promise<void> => {
    const until = performance.now() + KNOWN_WITHIN_MS;
    while (!(await check())) {
      if (performance.now() > until) assert.fail(`${what} was not known in time`);
      await pause(500); // four looks stay below the limit of failed tokens
    }
  };

  await addPartner(context, 'health', { sender: ['health.example'], key: 'key', keyId: 'k1' });
  await grantRights(context, 'health', 'social', {
    record: 'Person',
    fields: ['name'],
    attributes: ['identifier'],
    identifierTypes: 'all',
    width: 'identifiers',
  });
  const first = shown('client_secret:');
  await pause(2_500);
  assert.equal(await tokenStatus(first), 200);

  const client = gateway.client({
    clientId: shown('client_id:'),
    clientSecret: first,
    senderId: 'health.example',
    key,
  });
  const search = async () => (await client.search({ type: 'urn:gov:national-id', value: '12345678' })).status;
  assert.equal(await search(), 200);

  await disablePartner(context, 'health');
  await within(async () => (await search()) === 401, 'the end of its access');
  await enablePartner(context, 'health');
  await pause(2_500); // failed tokens are counted
  assert.equal(await tokenStatus(first), 200);
  assert.equal(await search(), 401, 'a token from before stays dead');

  const back = gateway.client({
    clientId: shown('client_id:'),
    clientSecret: first,
    senderId: 'health.example',
    key,
  });
  const searchAgain = async () => (await back.search({ type: 'urn:gov:national-id', value: '12345678' })).status;
  assert.equal(await searchAgain(), 200);

  await rotateSecret(context, 'health');
  const second = shown('client_secret:');
  assert.notEqual(second, first);
  await within(async () => (await searchAgain()) === 401, 'the end of tokens of the old secret');
  assert.deepEqual([await tokenStatus(first), await tokenStatus(second)], [401, 200]);

  await setKey(context, 'health', { keyId: 'k1', off: true });
  const renewed = gateway.client({
    clientId: shown('client_id:'),
    clientSecret: second,
    senderId: 'health.example',
    key,
  });
  const signedSearch = async () => (await renewed.search({ type: 'urn:gov:national-id', value: '12345678' })).status;
  await within(async () => (await signedSearch()) === 401, 'the end of its key');
  await store.close();
  await rig[Symbol.asyncDispose]();
});
