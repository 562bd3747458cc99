/** Calls of the same kind that come while others are under way share a round trip, and one wait for the majority's journals. */

export interface BatchOptions {
  /** Round trips at once: a call that finds one of them free waits for nobody. */
  readonly atOnce: number;
  /** Calls in one of them. */
  readonly most: number;
}

interface Waiting<Call, Outcome> {
  readonly call: Call;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (cause: unknown) => void;
}

/** @param work answers an outcome for each call, in their order; what it rejects with is every call's */
export const createBatches = <Call, Outcome>(
  work: (calls: readonly Call[]) => Promise<readonly Outcome[]>,
  { atOnce, most }: BatchOptions,
): ((call: Call) => Promise<Outcome>) => {
  const waiting: Waiting<Call, Outcome>[] = [];
  let running = 0;

  const runOne = async (): Promise<void> => {
    const batch = waiting.splice(0, most);
    try {
      const outcomes = await work(batch.map(({ call }) => call));
      for (const [index, { resolve }] of batch.entries()) resolve(outcomes[index] as Outcome); // one for each call
    } catch (cause) {
      for (const { reject } of batch) reject(cause);
    }
  };

  const run = async (): Promise<void> => {
    running += 1;
    await new Promise(setImmediate); // everything of this moment joins
    while (waiting.length > 0) await runOne();
    running -= 1;
  };

  return (call) =>
    new Promise((resolve, reject) => {
      waiting.push({ call, resolve, reject });
      if (running < atOnce && (running === 0 || waiting.length > most)) void run();
    });
};
