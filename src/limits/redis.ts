/** The limiter of several processes: counters in Redis, in memory while Redis is away. */

import { Redis } from 'ioredis';
import type { Log } from '../log.ts';
import { byWindow } from './by-window.ts';
import { createFirstHitLimiter, redisCounter } from './first-hit.ts';
import { ALLOWED, type Budget, type LimitDecision, type Limiter, refusedFor } from './limiter.ts';
import { createSlidingMemory } from './memory.ts';
import { CHARGE_SCRIPT, TAKE_SCRIPT } from './redis-scripts.ts';

export interface RedisLimiterOptions {
  /** `redis://host:6379`, `rediss://…` */
  readonly url: string;
  /** How many gateways share the budgets: while Redis is away each allows its part. */
  readonly replicas: number;
  readonly log: Log;
}

/** A call that takes longer is counted in memory instead. */
const COMMAND_TIMEOUT_MS = 100;
const CONNECT_TIMEOUT_MS = 1_000;
const MAX_RECONNECT_DELAY_MS = 1_000;
/** After a failure calls are counted in memory this long before one tries Redis again: a Redis that hangs must not slow each of them. */
const REST_AFTER_FAILURE_MS = 500;
const KEY_PREFIX = 'dci:limit:';

/** Resolves once Redis answered or a second passed: the gateway starts without it. */
export const createRedisLimiter = async ({ url, replicas, log }: RedisLimiterOptions): Promise<Limiter> => {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 100, MAX_RECONNECT_DELAY_MS),
    keyPrefix: KEY_PREFIX,
    scripts: { dciTake: { lua: TAKE_SCRIPT }, dciCharge: { lua: CHARGE_SCRIPT } },
  });
  const insurance = createSlidingMemory();
  let away = false;
  let restUntil = 0;

  const failed = (cause: unknown): void => {
    restUntil = performance.now() + REST_AFTER_FAILURE_MS;
    if (!away) log.warn('redis does not answer, limits are counted in memory', { cause: nameOf(cause) });
    away = true;
  };
  const answered = (): void => {
    if (away) log.info('redis answers again');
    away = false;
  };
  // Without a listener an unreachable Redis would end the process.
  redis.on('error', failed);

  const insured = (budgets: readonly Budget[]): readonly Budget[] =>
    budgets.map((budget) => ({ ...budget, points: Math.max(1, Math.floor(budget.points / replicas)) }));

  const isReady = (): boolean => redis.status === 'ready' && performance.now() >= restUntil;
  /** Sees how a command of ours, or of the library's, ended. */
  const watched = async <T>(command: Promise<T>): Promise<T> => {
    try {
      const answer = await command;
      answered();
      return answer;
    } catch (cause) {
      failed(cause);
      throw cause;
    }
  };
  /** One round trip, or the memory's answer. */
  const call = async <T>(ask: () => Promise<T>, otherwise: () => Promise<T>): Promise<T> => {
    if (!isReady()) return otherwise();
    try {
      return await watched(ask());
    } catch {
      return otherwise(); // `watched` has told it
    }
  };

  const run = async (
    script: 'dciTake' | 'dciCharge',
    budgets: readonly Budget[],
    values: readonly number[],
  ): Promise<number> => {
    const args = budgets.flatMap(({ points, windowSeconds }) => [points, windowSeconds * 1000]);
    const command = (redis as unknown as Record<string, (...args: (string | number)[]) => Promise<unknown>>)[script];
    return Number(await command?.call(redis, budgets.length, ...budgets.map(({ key }) => key), ...values, ...args));
  };

  await connect(redis, failed);
  const firstHit = createFirstHitLimiter(redisCounter(watchedClient(redis, isReady, watched), replicas));

  const decisionOf = (wait: number): LimitDecision => (wait > 0 ? refusedFor(wait) : ALLOWED);
  const sliding: Limiter = {
    take: (budgets, cost) =>
      call(
        async () => decisionOf(await run('dciTake', budgets, [cost, 1])),
        () => insurance.take(insured(budgets), cost),
      ),
    peek: (budgets) =>
      call(
        async () => {
          const answer = await run('dciTake', budgets, [1, 0]);
          return { ...decisionOf(answer), left: Math.max(0, -answer) };
        },
        () => insurance.peek(insured(budgets)),
      ),
    charge: (budgets, cost) =>
      call(
        async () => void (await run('dciCharge', budgets, [cost])),
        () => insurance.charge(insured(budgets), cost),
      ),
    close: async () => {
      redis.disconnect();
      await insurance.close();
    },
  };
  return byWindow(sliding, firstHit);
};

/** What rate-limiter-flexible calls of a client, within our rests and with our eyes on how it ends. */
const watchedClient = (
  redis: Redis,
  isReady: () => boolean,
  watched: <T>(command: Promise<T>) => Promise<T>,
): object => {
  const own = redis as unknown as Record<'rlflxIncr', (args: readonly string[]) => Promise<unknown>>;
  return {
    get status() {
      return isReady() ? 'ready' : 'resting';
    },
    defineCommand: redis.defineCommand.bind(redis),
    rlflxIncr: (args: readonly string[]) => watched(own.rlflxIncr(args)),
    multi: () => {
      const transaction = redis.multi();
      const exec = transaction.exec.bind(transaction);
      transaction.exec = () => watched(exec());
      return transaction;
    },
  };
};

const connect = async (redis: Redis, failed: (cause: unknown) => void): Promise<void> => {
  try {
    await redis.connect();
  } catch (cause) {
    failed(cause);
  }
};

/** Addresses and credentials stay out of the log. */
const nameOf = (cause: unknown): string =>
  cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.name) : 'unknown';
