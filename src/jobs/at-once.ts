/** So many pieces of work at once. */

/** What came meanwhile is looked for so often while something runs and more may run at once. */
export interface Meanwhile<T> {
  readonly everyMs: number;
  /** No longer than so: others wait for their turn. */
  readonly forMs: number;
  readonly find: () => Promise<readonly T[]>;
}

/** Works through a list with at most `most` at once. Rejects with the first failure, after those that run have ended. */
export const atOnce = async <T>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<void>,
  meanwhile?: Meanwhile<T>,
): Promise<void> => {
  const list = [...items];
  let next = 0;
  const failures: unknown[] = [];
  const failed = (cause: unknown): undefined => {
    failures.push(cause);
  };
  const workers = new Set<Promise<void>>();
  const worker = async (): Promise<void> => {
    while (next < list.length && failures.length === 0) {
      const item = list[next] as T; // next is below the length
      next += 1;
      await work(item).catch(failed);
    }
  };
  const start = (): void => {
    for (let left = Math.min(list.length - next, most - workers.size); left > 0; left--) {
      const one: Promise<void> = worker().finally(() => workers.delete(one));
      workers.add(one);
    }
  };
  start();
  for (let waitedMs = 0; workers.size > 0; ) {
    const all = Promise.all(workers);
    if (meanwhile === undefined || waitedMs >= meanwhile.forMs) await all;
    else if (!(await isOverWithin(all, meanwhile.everyMs))) {
      waitedMs += meanwhile.everyMs;
      if (failures.length > 0 || workers.size >= most) continue;
      list.push(...((await meanwhile.find().catch(failed)) ?? []));
      start();
    }
  }
  if (failures.length > 0) throw failures[0];
};

const isOverWithin = (work: Promise<unknown>, ms: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(false), ms);
    work.then(() => resolve(true), reject).finally(() => clearTimeout(timer));
  });

/** At most `most` of a key at once in this process; what is over waits, the first come first. */
export const createGate = (most: number): (<T>(key: string, work: () => Promise<T>) => Promise<T>) => {
  const gates = new Map<string, { running: number; readonly queue: (() => void)[] }>();
  return async (key, work) => {
    const gate = gates.get(key) ?? { running: 0, queue: [] };
    gates.set(key, gate);
    if (gate.running >= most) await new Promise<void>((resolve) => gate.queue.push(resolve));
    else gate.running += 1;
    try {
      return await work();
    } finally {
      const next = gate.queue.shift();
      if (next !== undefined)
        next(); // takes over this place
      else {
        gate.running -= 1;
        if (gate.running === 0) gates.delete(key);
      }
    }
  };
};
