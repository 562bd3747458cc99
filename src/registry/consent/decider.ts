/** Who is asked whether persons consented. The rule in YAML is no decider: it is part of the query to the registry. */

import type { ConsentService } from '../../config/config.ts';
import type { DciRecord } from '../../mapping/mapping.ts';

export interface ConsentQuestion {
  readonly service: ConsentService;
  readonly partner: string;
  readonly purpose: string;
  readonly legalBasis: string;
  readonly persons: readonly AskedPerson[];
  /** Ends the asking. */
  readonly signal: AbortSignal;
}

export interface AskedPerson {
  readonly recordType: string;
  /** With its identifiers, and nothing else. */
  readonly identifiers: DciRecord;
}

export interface ConsentDecider {
  /**
   * For each person whether it consented; whatever is not an explicit yes is a no.
   *
   * @throws GatewayError `service.unavailable` where there is no answer, or none that can be read
   */
  decide(question: ConsentQuestion): Promise<readonly boolean[]>;
}
