/**
 * A change that a decision service has no answer for, whatever else it answers, must not hold its subscription for ever. After a few
 * tries changes are asked about one by one; one that fails so, again and again, while others are answered, is put away. In this
 * process: another that takes the lane begins anew.
 */

interface Trouble {
  /** Failures; from `MOST_TOGETHER` on one change is asked about at a time. */
  readonly tries: number;
  /** Of the first change by itself, while the service answered about others. */
  readonly alone: number;
}

export interface StuckDecisions {
  /** Whether the first change is to be asked about by itself. */
  isAlone(code: string): boolean;
  /**
   * @param othersAnswered the first change was asked about by itself, and the service answers about others
   * @returns whether it is to be put away
   */
  failed(code: string, othersAnswered: boolean): boolean;
  answered(code: string): void;
  over(code: string): void;
}

const MOST_TOGETHER = 3;
const MOST_ALONE = 3;

export const createStuckDecisions = (): StuckDecisions => {
  const troubles = new Map<string, Trouble>();
  return {
    isAlone: (code) => (troubles.get(code)?.tries ?? 0) >= MOST_TOGETHER,
    failed: (code, othersAnswered) => {
      const { tries, alone } = troubles.get(code) ?? { tries: 0, alone: 0 };
      const failures = alone + (othersAnswered ? 1 : 0);
      troubles.set(code, { tries: tries + 1, alone: failures });
      return failures >= MOST_ALONE;
    },
    // What comes after it is tried together again; where that fails, by itself at once.
    answered: (code) => {
      const trouble = troubles.get(code);
      if (trouble === undefined) return;
      if (trouble.tries < MOST_TOGETHER) troubles.delete(code);
      else troubles.set(code, { tries: MOST_TOGETHER - 1, alone: 0 });
    },
    over: (code) => void troubles.delete(code),
  };
};
