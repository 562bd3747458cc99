/** When a decision service is asked again that did not answer: in this process; another that takes a lane asks at once. */

import type { Clock } from '../clock.ts';

/** After the first time, the second, …; then the last. */
const PAUSES_MS = [1_000, 2_000, 5_000, 15_000, 30_000, 60_000];
/** While one lane asks whether it is there again, the others wait so long. */
const PROBE_MS = 1_000;

export interface ServicePauses {
  /** Milliseconds until it may be asked. */
  left(service: string): number;
  /** It is asked now. */
  asks(service: string): void;
  /** @returns milliseconds until it is asked again */
  failed(service: string): number;
  answered(service: string): void;
}

export const createServicePauses = (clock: Clock): ServicePauses => {
  const failures = new Map<string, { readonly count: number; readonly until: number }>();
  return {
    left: (service) => Math.max(0, (failures.get(service)?.until ?? 0) - clock()),
    asks: (service) => {
      const known = failures.get(service);
      if (known !== undefined) failures.set(service, { ...known, until: clock() + PROBE_MS });
    },
    failed: (service) => {
      const count = (failures.get(service)?.count ?? 0) + 1;
      const pause = PAUSES_MS[Math.min(count, PAUSES_MS.length) - 1] ?? 0;
      failures.set(service, { count, until: clock() + pause });
      return pause;
    },
    answered: (service) => void failures.delete(service),
  };
};
