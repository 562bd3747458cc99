/** So many pieces of work at once. */

/** Works through a list with at most `most` at once. Rejects with the first failure, after those that run have ended. */
export const atOnce = async <T>(items: readonly T[], most: number, work: (item: T) => Promise<void>): Promise<void> => {
  let next = 0;
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const item = items[next] as T; // next is below the length
      next += 1;
      await work(item).catch((cause: unknown) => void failures.push(cause));
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
};

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
