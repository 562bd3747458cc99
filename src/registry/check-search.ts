/** Before a search is accepted: what refuses the whole request is said at once, not by a callback (PROTOCOL 3). */

import type { Clock } from '../clock.ts';
import type { LimitsConfig } from '../config/config.ts';
import type { SearchRequest } from '../dci/search-request.ts';
import { GatewayError } from '../errors.ts';
import { fairTurns } from './fair-turns.ts';
import { orRejected } from './item-outcome.ts';
import { planSearch } from './plan-search.ts';
import { createSettingOf, type Searcher } from './search-setting.ts';

/** @throws GatewayError `request.forbidden`: the registry, a record type or an identifier type that this partner may not search */
export type CheckSearch = (searcher: Searcher, request: SearchRequest) => Promise<void>;

/** Problems of single items are for the callback. So is a backend that was never reached: it may be there by then. */
export const createCheckSearch = (dependencies: {
  readonly limits: LimitsConfig;
  readonly clock: Clock;
}): CheckSearch => {
  const settingOf = createSettingOf(dependencies);
  return async (searcher, request) => {
    try {
      const setting = await settingOf(searcher, () => undefined);
      const turn = fairTurns();
      for (const item of request.items) {
        await turn();
        orRejected(item, () => planSearch(item, setting));
      }
    } catch (cause) {
      if (cause instanceof GatewayError && cause.code === 'service.unavailable') return;
      throw cause;
    }
  };
};
