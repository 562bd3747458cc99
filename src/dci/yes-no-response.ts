/** The message that answers yes or no (PROTOCOL 1). */

import { GatewayError } from '../errors.ts';
import type { SearchResponseInput } from './search-response.ts';
import { formatTimestamp } from './timestamps.ts';

/** Where the answer stands: `disabled_response[].disabled_status`. */
export interface YesNoNames {
  readonly list: string;
  readonly status: string;
}

/**
 * `yes` where something was found. The standard requires a yes or a no even on a refused item, which would be a lie.
 *
 * @throws GatewayError `request.bad` with the item's sentence, for a question that was refused
 */
export const yesNoResponse = (
  { transactionId, correlationId, at, outcomes }: SearchResponseInput,
  { list, status }: YesNoNames,
): Readonly<Record<string, unknown>> => ({
  transaction_id: transactionId,
  correlation_id: correlationId,
  [list]: outcomes.map((outcome) => {
    if (outcome.status === 'rjct') throw new GatewayError('request.bad', { message: outcome.message });
    return {
      reference_id: outcome.referenceId,
      timestamp: formatTimestamp(at),
      status: outcome.status,
      [status]: outcome.records.length > 0 ? 'yes' : 'no',
      ...(outcome.locale !== undefined && { locale: outcome.locale }),
    };
  }),
});
