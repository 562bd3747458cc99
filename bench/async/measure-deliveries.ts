/** Signed, posted and recorded callbacks a second, to a receiver in a process of its own. */

import { setTimeout as sleep } from 'node:timers/promises';
import { atOnce } from '../../src/jobs/at-once.ts';
import { OUTBOX } from '../../src/store/async-documents.ts';
import { replaceOf } from '../../src/store/documents.ts';
import type { Store } from '../../src/store/store.ts';
import { arrivalsAt, now } from './arrivals.ts';
import { type Delivering, openDelivering } from './delivering.ts';

export interface Rate {
  readonly perSecond: number;
  /** From the wake-up to the first arrival, in milliseconds. */
  readonly firstAfterMs: number;
  /** Processor time of this process for one callback, in milliseconds: it says more than the rate where others use the machine too. */
  readonly cpuMs: number;
}

/** With so many waiting, for so long: what is left is not waited for. */
export const measureBacklog = async (store: Store, origin: string, waiting: number, seconds: number): Promise<Rate> => {
  const delivering = await openDelivering(store, origin);
  try {
    await arrivalsAt(origin, '/reset');
    await delivering.fill(waiting);
    const began = now();
    const before = process.cpuUsage();
    delivering.jobs.wake(delivering.lane);
    const done = await untilOver(delivering, origin, waiting, seconds);
    const { user, system } = process.cpuUsage(before);
    return {
      perSecond: done.count / ((done.at - began) / 1000),
      firstAfterMs: done.first - began,
      cpuMs: (user + system) / 1000 / done.count,
    };
  } finally {
    await delivering.close();
  }
};

const untilOver = async ({ jobs }: Delivering, origin: string, waiting: number, seconds: number) => {
  const until = now() + seconds * 1000;
  let idleAt: number | undefined;
  void jobs.idle().then(() => {
    idleAt = now();
  });
  while (idleAt === undefined && now() < until) await sleep(5);
  const at = idleAt ?? now();
  const { count, first = Number.NaN } = await arrivalsAt(origin);
  if (idleAt !== undefined && count !== waiting) throw new Error(`${count} of ${waiting} callbacks came`);
  return { count, first, at };
};

/** Small backlogs one after the other: the mean over `seconds`, filling not counted. */
export const measureSmall = async (store: Store, origin: string, waiting: number, seconds: number): Promise<Rate> => {
  const rates: Rate[] = [];
  let spent = 0;
  while (spent < seconds) {
    const rate = await measureBacklog(store, origin, waiting, seconds);
    spent += waiting / rate.perSecond;
    rates.push(rate);
  }
  return {
    perSecond: (rates.length * waiting) / spent,
    firstAfterMs: Math.max(...rates.map(({ firstAfterMs }) => firstAfterMs)),
    cpuMs: rates.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / rates.length,
  };
};

/** The writes of a delivery alone: the entry as delivered, as many at once as calls would be. */
export const measureWrites = async (store: Store, origin: string, count: number, most: number): Promise<number> => {
  const { documents } = store;
  const delivering = await openDelivering(store, origin);
  await delivering.close();
  await delivering.fill(count);
  const entries = await documents.find(OUTBOX, {
    ...{ index: 'byLane', equals: [delivering.lane, 'pending'], limit: count },
  });
  const began = now();
  await atOnce(entries, most, async ({ lane: _, ...entry }) => {
    const at = Date.now();
    const lastAttempt = { ...{ n: 1, at, ms: 1 }, result: 'delivered', status: 200 } as const;
    const delivered = { ...entry, state: 'delivered', open: undefined, message: undefined, attempts: 1 } as const;
    await documents.apply([replaceOf(OUTBOX, { ...delivered, lastAttempt, changedAt: at })]);
  });
  return entries.length / ((now() - began) / 1000);
};

/** One callback at a time on an idle gateway, from before it is written to its arrival: the 99th of a hundred, in milliseconds. */
export const measureIdle = async (store: Store, origin: string, times: number): Promise<number> => {
  const delivering = await openDelivering(store, origin);
  const latencies: number[] = [];
  try {
    for (let time = 0; time < times; time++) {
      await arrivalsAt(origin, '/reset');
      const began = now();
      await delivering.fill(1);
      delivering.jobs.wake(delivering.lane);
      await delivering.jobs.idle();
      latencies.push(((await arrivalsAt(origin)).first ?? Number.NaN) - began);
    }
  } finally {
    await delivering.close();
  }
  latencies.sort((one, other) => one - other);
  return latencies[Math.floor((latencies.length - 1) * 0.99)] ?? Number.NaN;
};
