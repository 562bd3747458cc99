/** What every adapter of the Limiter keeps to. Windows are real and short. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Budget, Limiter } from '../../src/limits/limiter.ts';

export type MakeLimiter = () => Promise<Limiter>;

/** A counter that no other case has. */
const budget = (points: number, windowSeconds: number, key = randomUUID() as string): Budget => ({
  key,
  points,
  windowSeconds,
});

const firstHit = (...size: Parameters<typeof budget>): Budget => ({ ...budget(...size), window: 'first-hit' });

const allowed = async (limiter: Limiter, budgets: readonly Budget[], cost = 1): Promise<boolean> =>
  (await limiter.take(budgets, cost)).allowed;

export const limiterSuite = (name: string, makeLimiter: MakeLimiter): void => {
  const withLimiter = (work: (limiter: Limiter) => Promise<void>) => async (): Promise<void> => {
    const limiter = await makeLimiter();
    try {
      await work(limiter);
    } finally {
      await limiter.close();
    }
  };

  describe(`the Limiter contract on ${name}`, { concurrency: true }, () => {
    it(
      'allows as many as there are points and says how long to wait for the next',
      withLimiter(async (limiter) => {
        const one = [budget(3, 60)];
        for (let i = 0; i < 3; i++) assert.deepEqual(await limiter.take(one, 1), { allowed: true, retryAfter: 0 });
        const { allowed: fourth, retryAfter } = await limiter.take(one, 1);
        assert.equal(fourth, false);
        assert.ok(Number.isInteger(retryAfter) && retryAfter >= 59 && retryAfter <= 60, `${retryAfter}`);
      }),
    );

    it(
      'allows exactly the points of fifty calls at once',
      withLimiter(async (limiter) => {
        const both = [budget(17, 60), budget(1000, 86_400)];
        const answers = await Promise.all(Array.from({ length: 50 }, () => allowed(limiter, both)));
        assert.equal(answers.filter(Boolean).length, 17);
      }),
    );

    it(
      'takes from none where one of the budgets has not enough',
      withLimiter(async (limiter) => {
        const minute = budget(2, 60);
        const day = budget(10, 86_400);
        assert.equal(await allowed(limiter, [minute, day], 2), true);
        for (let i = 0; i < 5; i++) assert.equal(await allowed(limiter, [day, minute], 2), false);
        assert.equal(await allowed(limiter, [day], 8), true, 'the refused calls took nothing from the day');
        assert.equal(await allowed(limiter, [day]), false);
      }),
    );

    it(
      'refuses a cost beyond what is left without taking the rest',
      withLimiter(async (limiter) => {
        const one = [budget(10, 60)];
        assert.equal(await allowed(limiter, one, 11), false);
        assert.equal(await allowed(limiter, one, 7), true);
        assert.equal(await allowed(limiter, one, 4), false);
        assert.equal(await allowed(limiter, one, 3), true);
      }),
    );

    it(
      'names the longest wait of the budgets that are used up',
      withLimiter(async (limiter) => {
        const minute = budget(1, 60);
        const day = budget(1, 86_400);
        await limiter.take([minute, day], 1);
        assert.ok((await limiter.take([minute, day], 1)).retryAfter > 86_000);
        assert.ok((await limiter.take([minute], 1)).retryAfter <= 60);
      }),
    );

    it(
      'ends a window whatever the traffic: calls that are refused do not prolong it',
      withLimiter(async (limiter) => {
        const one = [budget(2, 1)];
        const until = performance.now() + 2_500;
        let passed = 0;
        let refused = 0;
        while (performance.now() < until) {
          if (await allowed(limiter, one)) passed++;
          else refused++;
          await pause(50);
        }
        assert.ok(refused > 10, `${refused} were refused`);
        assert.ok(passed >= 5 && passed <= 6, `${passed} passed in three windows of two`);
      }),
    );

    it(
      'lets no span of a window’s length hold more than the points, wherever it begins',
      withLimiter(async (limiter) => {
        const one = [budget(6, 1)];
        const burst = async (): Promise<number> => {
          let passed = 0;
          for (let i = 0; i < 10; i++) if (await allowed(limiter, one)) passed++;
          return passed;
        };
        assert.equal(await allowed(limiter, one), true);
        await pause(750);
        assert.equal(await burst(), 5);
        await pause(350);
        assert.equal(await burst(), 1, 'only the first has come free');
        const { retryAfter } = await limiter.take(one, 1);
        assert.equal(retryAfter, 1);
        await pause(750);
        assert.equal(await burst(), 5);
      }),
    );

    it(
      'never blocks a slow steady sender that stays below the limit',
      withLimiter(async (limiter) => {
        const one = [budget(5, 1)];
        for (let i = 0; i < 10; i++) {
          assert.equal(await allowed(limiter, one), true, `call ${i}`);
          await pause(205);
        }
      }),
    );

    it(
      'looks without taking, and charges beyond the points',
      withLimiter(async (limiter) => {
        const one = [budget(5, 60)];
        for (let i = 0; i < 20; i++)
          assert.deepEqual(await limiter.peek(one), { allowed: true, retryAfter: 0, left: 5 });
        await limiter.charge(one, 4);
        assert.deepEqual(await limiter.peek(one), { allowed: true, retryAfter: 0, left: 1 });
        assert.equal((await limiter.peek([...one, budget(100, 60)])).left, 1, 'of the one that has the fewest');
        await limiter.charge(one, 100);
        const { allowed: after, retryAfter, left } = await limiter.peek(one);
        assert.deepEqual([after, left], [false, 0]);
        assert.ok(retryAfter >= 59 && retryAfter <= 60);
        assert.equal(await allowed(limiter, one), false);
      }),
    );

    it(
      'gives a charge its window as well: it ends',
      withLimiter(async (limiter) => {
        const one = [budget(1, 1)];
        await limiter.charge(one, 50);
        assert.equal((await limiter.peek(one)).allowed, false);
        await pause(1_100);
        assert.equal((await limiter.peek(one)).allowed, true);
      }),
    );

    it(
      'counts every key by itself, whatever letters it has',
      withLimiter(async (limiter) => {
        const unique = randomUUID();
        for (const text of ['a', 'A', 'a b', "a'b", 'ä', '日本', '{a}', 'a*', '__proto__']) {
          const one = [budget(1, 60, `${unique}:${text}`)];
          assert.equal(await allowed(limiter, one), true, text);
          assert.equal(await allowed(limiter, one), false, text);
        }
      }),
    );

    it(
      'allows everything where there is no budget',
      withLimiter(async (limiter) => {
        assert.equal(await allowed(limiter, []), true);
        assert.equal((await limiter.peek([])).allowed, true);
      }),
    );

    it(
      'first-hit windows: begin with the first call, end whatever the traffic, and say how long to wait',
      withLimiter(async (limiter) => {
        const one = [firstHit(3, 60)];
        for (let i = 0; i < 3; i++) assert.deepEqual(await limiter.take(one, 1), { allowed: true, retryAfter: 0 });
        for (let i = 0; i < 3; i++) {
          const { allowed: more, retryAfter } = await limiter.take(one, 1);
          assert.equal(more, false);
          assert.ok(Number.isInteger(retryAfter) && retryAfter >= 59 && retryAfter <= 60, `${retryAfter}`);
        }
        const short = [firstHit(2, 1)];
        const until = performance.now() + 2_500;
        let passed = 0;
        while (performance.now() < until) {
          if (await allowed(limiter, short)) passed++;
          await pause(50);
        }
        assert.ok(passed >= 5 && passed <= 6, `${passed} passed in three windows of two`);
      }),
    );

    it(
      'first-hit windows: allow exactly the points of fifty calls at once',
      withLimiter(async (limiter) => {
        const one = [firstHit(17, 60)];
        const answers = await Promise.all(Array.from({ length: 50 }, () => allowed(limiter, one)));
        assert.equal(answers.filter(Boolean).length, 17);
      }),
    );

    it(
      'first-hit windows: look at several without taking, and charge each',
      withLimiter(async (limiter) => {
        const [a, b] = [firstHit(2, 60), firstHit(2, 60)];
        for (let i = 0; i < 9; i++) assert.equal((await limiter.peek([a, b])).allowed, true);
        await limiter.charge([a], 1);
        await limiter.charge([a, b], 1);
        const { allowed: both, retryAfter } = await limiter.peek([b, a]);
        assert.equal(both, false, 'one of them is used up');
        assert.ok(retryAfter >= 59 && retryAfter <= 60);
        assert.equal((await limiter.peek([b])).allowed, true);
        await limiter.charge([b], 100);
        assert.equal((await limiter.peek([b])).allowed, false);
        for (const text of ['a', 'A', '{a}', '__proto__']) {
          const own = [firstHit(1, 60, `${a.key}:${text}`)];
          assert.equal(await allowed(limiter, own), true, text);
          assert.equal(await allowed(limiter, own), false, text);
        }
      }),
    );
  });
};
