import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { startGateway } from '../support/gateway.ts';
import { newDatabaseName, startMongo } from '../support/mongo.ts';

const server = await startMongo();
after(() => server?.[Symbol.asyncDispose]());

describe('a gateway whose store is on MongoDB', { skip: server === undefined }, () => {
  it('has the same keys on every replica, keeps no state on the machine, and refuses another encryption key', async () => {
    const database = newDatabaseName();
    const store = (byte: number) => ({
      store: {
        mongodb: { url: server?.url, database },
        encryption_key: Buffer.alloc(32, byte).toString('base64'),
      },
    });
    const keysOf = async (url: string): Promise<string> => (await fetch(`${url}/.well-known/jwks.json`)).text();
    await using first = await startGateway({ config: store(1) });
    await using second = await startGateway({ config: store(1) });
    const keys = await keysOf(first.url);
    assert.match(keys, /"kid"/);
    assert.equal(await keysOf(second.url), keys);
    const kept = await readdir(join(first.folder, 'var')).catch(() => []);
    assert.deepEqual(
      kept.filter((name) => name !== 'registries'),
      [],
      'copies of a registry, but nothing of the state',
    );
    await first.close();
    await second.close();
    await assert.rejects(startGateway({ config: store(2) }), /encryption_key/);
    await server?.drop(database);
  });
});
