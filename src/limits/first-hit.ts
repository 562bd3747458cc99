/** Windows that begin with the first call, by rate-limiter-flexible: one number a counter, for callers nobody knows yet. */

import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { ALLOWED, type Budget, type LimitDecision, type Limiter, type LimitLook, refusedFor } from './limiter.ts';

type Counter = RateLimiterMemory | RateLimiterRedis;

/** Makes what counts the budgets of one size. */
export type MakeCounter = (size: Pick<Budget, 'points' | 'windowSeconds'>) => Counter;

const KEY_PREFIX = 'first';

export const memoryCounter: MakeCounter = ({ points, windowSeconds }) =>
  new RateLimiterMemory({ keyPrefix: KEY_PREFIX, points, duration: windowSeconds });

/**
 * @param client as the library takes it: while its `status` is not `ready`, or a command fails, memory counts
 * @param replicas memory then allows its part of the points
 */
export const redisCounter =
  (client: object, replicas: number): MakeCounter =>
  ({ points, windowSeconds }) =>
    new RateLimiterRedis({
      storeClient: client,
      rejectIfRedisNotReady: true,
      keyPrefix: KEY_PREFIX,
      points,
      duration: windowSeconds,
      // Whoever has used up a window is refused from memory until it ends: a flood does not reach Redis.
      inMemoryBlockOnConsumed: points + 1,
      insuranceLimiter: memoryCounter({ points: Math.max(1, Math.floor(points / replicas)), windowSeconds }),
    });

/** Budgets come in few sizes (settings), each of which has a counter of its own. */
export const createFirstHitLimiter = (make: MakeCounter): Limiter => {
  const counters = new Map<string, Counter>();
  const counterOf = ({ points, windowSeconds }: Budget): Counter => {
    const size = `${points}/${windowSeconds}`;
    const known = counters.get(size) ?? make({ points, windowSeconds });
    counters.set(size, known);
    return known;
  };
  return {
    take: async (budgets, cost) => strictest(await each(budgets, (budget) => consume(counterOf(budget), budget, cost))),
    peek: async (budgets) => {
      const looks = await each(budgets, async (budget): Promise<LimitLook> => {
        const found = await counterOf(budget).get(budget.key);
        const left = found?.remainingPoints ?? budget.points;
        return { ...(found === null || left > 0 ? ALLOWED : refusedFor(found.msBeforeNext)), left };
      });
      return { ...strictest(looks), left: Math.min(...looks.map(({ left }) => left)) };
    },
    charge: async (budgets, cost) =>
      void (await each(budgets, (budget) => counterOf(budget).penalty(budget.key, cost))),
    close: async () => counters.clear(),
  };
};

/** All are asked at once: one round trip. */
const each = <Result>(budgets: readonly Budget[], ask: (budget: Budget) => Promise<Result>): Promise<Result[]> =>
  Promise.all(budgets.map(ask));

/** The library rejects with its answer where the points are used up. */
const consume = async (counter: Counter, { key }: Budget, cost: number): Promise<LimitDecision> => {
  try {
    await counter.consume(key, cost);
    return ALLOWED;
  } catch (answer) {
    if (answer instanceof RateLimiterRes) return refusedFor(answer.msBeforeNext);
    throw answer;
  }
};

const strictest = (decisions: readonly LimitDecision[]): LimitDecision =>
  decisions.reduce((most, decision) => (decision.retryAfter > most.retryAfter ? decision : most), ALLOWED);
