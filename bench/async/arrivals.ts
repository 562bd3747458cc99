/** What came to the receiver of the benchmark. */

export interface Arrivals {
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly first?: number;
  readonly last?: number;
}

export const arrivalsAt = async (origin: string, path: '/' | '/reset' = '/'): Promise<Arrivals> =>
  (await (await fetch(`${origin}${path}`)).json()) as Arrivals; // written by receiver.ts

/** The clock of both processes. */
export const now = (): number => performance.timeOrigin + performance.now();
