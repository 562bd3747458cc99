/** Medians of all turns; times in milliseconds. */
export interface Figures {
  readonly name: string;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Median at one connection. */
  readonly alone: number;
  /** Median of a page of 100 records at one connection; of the floor, nothing. */
  readonly page: number;
}

export interface Results {
  readonly floor: Figures;
  /** What no design leaves out: how near to its goals the gateway can come. */
  readonly leasts: readonly Figures[];
  readonly gateways: readonly Figures[];
  /** One search of the backend, without the gateway. */
  readonly backend: number;
  /** Writing a page's canonical text once. */
  readonly canonical: number;
  /** MB; undefined where the system does not say. */
  readonly memory: number | undefined;
}

const THROUGHPUT_GOALS = [0.75, 1.0]; // node:crypto, sodium-native
const TAIL_GOAL = 4;
const OVERHEAD_GOAL_US = 150;
const PAGE_GOAL = 3;
const MEMORY_GOAL_MB = 300;

const line = (what: string, value: number, goal: string, met: boolean, unit = ''): void =>
  console.log(`${met ? 'ok  ' : 'MISS'} ${what.padEnd(58)} ${value.toFixed(2)}${unit}`.padEnd(80), `goal ${goal}`);

/** Prints the ratios beside their goals. */
export const report = ({ floor, leasts, gateways, backend, canonical, memory }: Results): void => {
  console.log(
    `\nfloor ${floor.perSecond.toFixed(0)}/s, ${floor.alone.toFixed(3)} ms alone; backend ${backend.toFixed(3)} ms; canonical text of the page ${canonical.toFixed(3)} ms`,
  );
  for (const { name, perSecond, alone, page } of leasts) {
    const overhead = (alone - floor.alone - backend) * 1000;
    const parts = [
      `${(perSecond / floor.perSecond).toFixed(2)} of the floor's requests a second`,
      `${overhead.toFixed(0)} us of its own`,
      `page of 100 / its canonical text ${(page / canonical).toFixed(2)}`,
    ];
    console.log(`     ${name}: ${parts.join(', ')}`);
  }
  gateways.forEach(({ name, perSecond, p50, p99, alone, page }, index) => {
    const wanted = THROUGHPUT_GOALS[index] ?? 1;
    line(
      `${name}: requests a second / floor's`,
      perSecond / floor.perSecond,
      `>= ${wanted}`,
      perSecond >= wanted * floor.perSecond,
    );
    line(`${name}: p99 / p50`, p99 / p50, `<= ${TAIL_GOAL}`, p99 <= TAIL_GOAL * p50);
    const overhead = (alone - floor.alone - backend) * 1000;
    line(
      `${name}: own overhead (alone - floor alone - backend)`,
      overhead,
      `<= ${OVERHEAD_GOAL_US} us`,
      overhead <= OVERHEAD_GOAL_US,
      ' us',
    );
    line(
      `${name}: page of 100 / its canonical text`,
      page / canonical,
      `<= ${PAGE_GOAL}`,
      page <= PAGE_GOAL * canonical,
    );
  });
  if (memory !== undefined)
    line('memory at its peak', memory, `< ${MEMORY_GOAL_MB} MB`, memory < MEMORY_GOAL_MB, ' MB');
};
