/** Our own token at another server: how long it is used, when it is renewed, and when nobody is asked. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccessToken } from '../../../src/security/outbound/access-token.ts';
import { OutboundError } from '../../../src/security/outbound/outbound-error.ts';

const { signal } = new AbortController();
const SECONDS = 1000;

/** Gives `token-1`, `token-2`, …; `answer` is what the endpoint adds to each, or its status. */
const rig = ({ renewEveryMs }: { readonly renewEveryMs?: number } = {}) => {
  const world = { now: 1_000_000, asked: 0, answer: { expires_in: 300 } as Readonly<Record<string, unknown>> | number };
  const token = createAccessToken(
    { url: 'https://up.example/token', clientId: 'us', clientSecret: 's', style: 'form' },
    async () => {
      world.asked += 1;
      const { answer } = world;
      const status = typeof answer === 'number' ? answer : 200;
      const body = { access_token: `token-${world.asked}`, ...(typeof answer === 'number' ? {} : answer) };
      return { status, headers: {}, body: Buffer.from(JSON.stringify(body)) };
    },
    () => world.now,
    renewEveryMs,
  );
  return { world, get: (refused?: string) => token.get(signal, refused) };
};

test('it is used until half a minute before its end, and then another one is fetched', async () => {
  const { world, get } = rig();
  assert.equal(await get(), 'token-1');
  world.now += 270 * SECONDS - 1;
  assert.equal(await get(), 'token-1');
  world.now += 1;
  assert.equal(await get(), 'token-2');
  assert.equal(world.asked, 2);
});

test('its lifetime is bounded, whatever the server says of it', async () => {
  for (const [answer, seconds] of [
    [{}, 270],
    [{ expires_in: '600' }, 570],
    [{ expires_in: 10 ** 9 }, 86_370],
    [{ expires_in: 0 }, 270],
    [{ expires_in: -5 }, 270],
    [{ expires_in: 'soon' }, 270],
    [{ expires_in: 20 }, 1],
  ] as const) {
    const { world, get } = rig();
    world.answer = answer;
    await get();
    world.now += seconds * SECONDS - 1;
    assert.equal(await get(), 'token-1', JSON.stringify(answer));
    world.now += 1;
    assert.equal(await get(), 'token-2', JSON.stringify(answer));
  }
});

test('it is fetched once for all who wait', async () => {
  const { world, get } = rig();
  assert.deepEqual(await Promise.all([get(), get(), get()]), ['token-1', 'token-1', 'token-1']);
  assert.equal(world.asked, 1);
});

test('one that is refused is renewed, once for all whom it was refused, and so often at most', async () => {
  const { world, get } = rig({ renewEveryMs: 60 * SECONDS });
  await get();
  assert.deepEqual(await Promise.all([get('token-1'), get('token-1')]), ['token-2', 'token-2']);
  assert.equal(await get('token-1'), 'token-2', 'another one was fetched meanwhile');
  world.now += 60 * SECONDS - 1;
  assert.equal(await get('token-2'), 'token-2');
  world.now += 1;
  assert.equal(await get('token-2'), 'token-3');
  const often = rig();
  await often.get();
  assert.equal(await often.get('token-1'), 'token-2');
  assert.equal(await often.get('token-1'), 'token-2', 'who was refused the one before takes the one that there is');
});

test('after a refusal nobody is asked for two seconds; then one is', async () => {
  const { world, get } = rig();
  world.answer = 401;
  const refused = (error: unknown) => error instanceof OutboundError && error.kind === 'token' && /status 401/.test(error.message); // biome-ignore format: one look
  await assert.rejects(get(), refused);
  world.answer = {};
  world.now += 2 * SECONDS - 1;
  await assert.rejects(get(), refused);
  assert.equal(world.asked, 1);
  world.now += 1;
  assert.equal(await get(), 'token-2');
});

test('a clock that is put back makes neither a token nor a failure last longer', async () => {
  const { world, get } = rig();
  await get();
  world.now -= 3_600 * SECONDS;
  assert.equal(await get(), 'token-2');
  world.answer = 500;
  world.now += 300 * SECONDS;
  await assert.rejects(get());
  world.now -= 3_600 * SECONDS;
  world.answer = { expires_in: 300 };
  assert.equal(await get(), 'token-4');
});
