/** Results that are written together: one wait for the disk, one round trip for what ended in about the same moment. */

export interface Gathering {
  /** Waits while too much is unwritten: work must not run ahead of its recording without bound. */
  room(): Promise<void>;
  /** Starts `write` with the next group. What it rejects with is kept for `written`. */
  add(write: () => Promise<unknown>): void;
  /** Starts what is gathered and waits for all. Rejects with the first failure. */
  written(): Promise<void>;
  readonly failed: boolean;
}

export interface GatheringOptions {
  /** Longest that a result waits for others; 0: it is written at once. */
  readonly withinMs: number;
  /** A group that is so large is started. */
  readonly group: number;
  /** Most that is not written yet. */
  readonly most: number;
}

export const createGathering = ({ withinMs, group, most }: GatheringOptions): Gathering => {
  const failures: unknown[] = [];
  const running = new Set<Promise<void>>();
  const forRoom: (() => void)[] = [];
  let gathered: (() => Promise<unknown>)[] = [];
  let timer: NodeJS.Timeout | undefined;

  const unwritten = (): number => gathered.length + running.size;

  const start = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const now = gathered;
    gathered = [];
    for (const write of now) {
      const done: Promise<void> = write()
        .then(
          () => undefined,
          (cause: unknown) => void failures.push(cause),
        )
        .finally(() => {
          running.delete(done);
          forRoom.shift()?.();
        });
      running.add(done);
    }
  };

  return {
    room: async () => {
      while (unwritten() >= most) {
        start();
        await new Promise<void>((resolve) => forRoom.push(resolve));
      }
    },
    add: (write) => {
      gathered.push(write);
      if (withinMs === 0 || gathered.length >= group) start();
      else timer ??= setTimeout(start, withinMs);
    },
    written: async () => {
      start();
      while (running.size > 0) await Promise.all(running);
      if (failures.length > 0) throw failures[0];
    },
    get failed() {
      return failures.length > 0;
    },
  };
};
