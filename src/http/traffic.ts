/** How many callers wait, on all listeners together: whether another core may help. */

export interface Traffic {
  /** A request is there. The returned function ends it. */
  begin(): () => void;
  /**
   * Whether one request waits and no other is likely to be on its way. What is open does not tell: a request that is answered without
   * any waiting is over before the next one, which came with it, is looked at. So those of one turn of the event loop count as well.
   */
  alone(): boolean;
}

export const createTraffic = (): Traffic => {
  let open = 0;
  let arrived = 0;
  let arrivedTogether = 0;

  const endTurn = (): void => {
    arrivedTogether = arrived;
    arrived = 0;
  };

  const end = (): void => {
    open -= 1;
  };

  return {
    begin: () => {
      open += 1;
      arrived += 1;
      if (arrived === 1) setImmediate(endTurn);
      return end;
    },
    alone: () => open === 1 && arrived <= 1 && arrivedTogether <= 1,
  };
};
