/** Before a file is accepted: what refuses all of its rows is said at once. */

import type { Clock } from '../../clock.ts';
import type { LimitsConfig } from '../../config/config.ts';
import { GatewayError } from '../../errors.ts';
import { createSettingOf, type Searcher } from '../search-setting.ts';

/** @throws GatewayError `request.forbidden`: the registry, or a purpose that is not this partner's */
export type CheckFile = (searcher: Searcher, purpose: string | undefined) => Promise<void>;

/** A backend that was never reached may be there when the file is worked on. */
export const createCheckFile = (dependencies: { readonly limits: LimitsConfig; readonly clock: Clock }): CheckFile => {
  const settingOf = createSettingOf(dependencies);
  return async (searcher, purpose) => {
    try {
      (await settingOf(searcher, () => undefined)).actFor(purpose);
    } catch (cause) {
      if (cause instanceof GatewayError && cause.code === 'service.unavailable') return;
      throw cause;
    }
  };
};
