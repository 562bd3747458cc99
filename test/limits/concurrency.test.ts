import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createConcurrency } from '../../src/limits/concurrency.ts';

describe('running searches', () => {
  it('are refused beyond the most of their partner, and only of that one, until one ends', async () => {
    const { run } = createConcurrency('Too many.');
    const first = Promise.withResolvers<string>();
    const second = Promise.withResolvers<string>();
    const running = [run('a', 2, () => first.promise), run('a', 2, () => second.promise)];
    let started = false;
    await assert.rejects(
      run('a', 2, async () => {
        started = true;
      }),
      { code: 'request.too_many', retryAfter: 1 },
    );
    assert.equal(started, false);
    assert.equal(await run('b', 2, async () => 'b'), 'b');
    first.resolve('one');
    assert.equal(await running[0], 'one');
    assert.equal(await run('a', 2, async () => 'again'), 'again');
    second.resolve('two');
    assert.equal(await running[1], 'two');
  });

  it('give their place back when they fail', async () => {
    const { run } = createConcurrency('Too many.');
    for (let i = 0; i < 5; i++) {
      await assert.rejects(
        run('a', 1, async () => {
          throw new Error('backend down');
        }),
        /backend down/,
      );
    }
    await assert.rejects(
      run('a', 1, () => {
        throw new Error('at once');
      }),
      /at once/,
    );
    assert.equal(await run('a', 1, async () => 'fine'), 'fine');
  });
});
