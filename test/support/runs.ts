/** How many cases a property is tried with: some in `npm test`, all in a `*.long.ts`, which imports `all-runs.ts` before the test. */

export const runs = (all: number, some: number): number => (process.env.DCI_TEST_RUNS === 'all' ? all : some);
