/**
 * Whether those whose records stand in a message still consent, right before it is sent or read (PROTOCOL 4): a consent
 * may be withdrawn while a message waits.
 */

import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { ConsentedPersons } from '../../dci/enforced.ts';
import { GatewayError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { RecordView, View } from '../../mapping/mapping.ts';
import type { Subject } from '../../mapping/subjects.ts';
import type { CallContext } from '../../plugin.ts';
import type { Sealer } from '../../security/at-rest.ts';
import type { Partner } from '../../security/partner.ts';
import type { OutboxEntry } from '../../store/async-documents.ts';
import { keyText } from '../keyed.ts';
import { personsIn } from '../outbox.ts';
import { createPolicyOf } from '../policy.ts';
import { matchingKeys } from '../read-records.ts';
import type { Registry } from '../registry.ts';
import { makeViews } from '../view.ts';
import { withDeadline } from '../with-deadline.ts';
import type { ConsentDecider } from './decider.ts';
import { decideSubjects, subjectId } from './narrow-view.ts';

export interface StillConsentedOptions {
  readonly sealer: Sealer;
  readonly decider: ConsentDecider;
  readonly registry: (id: string) => Registry | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly searchMs: number;
}

/** False where one of them does not, or cannot be found any more. Rejects where that cannot be decided now. */
export type StillConsented = (
  entry: Pick<OutboxEntry, 'registry' | 'persons' | 'confidential'>,
  partner: Partner,
) => Promise<boolean>;

export const createStillConsented = (options: StillConsentedOptions): StillConsented => {
  const { sealer, decider, clock, log, searchMs } = options;
  const policyOf = createPolicyOf();
  const viewOf = makeViews();

  const consent = async (
    { purpose, persons }: ConsentedPersons,
    registry: Registry,
    partner: Partner,
    context: CallContext,
  ): Promise<boolean> => {
    const policy = policyOf(partner, registry.config, purpose);
    if (policy.consent === 'none') return true;
    const subjects = persons as readonly Subject[]; // only `consentedPersons` writes them
    if (policy.asks !== undefined) {
      const deciding = { policy, partner: partner.id, registry: registry.config, decider, context };
      return (await decideSubjects(subjects, deciding)).length === subjects.length;
    }
    const mapping = await registry.mapping();
    if (mapping.byKey === undefined) return false;
    const today = new Date(clock()).toISOString().slice(0, 10);
    const view = rowsAlone(viewOf({ partner, registry: registry.config.id, policy }, mapping, today));
    for (const [recordType, some] of Map.groupBy(subjects, (each) => each.recordType)) {
      const keys = new Map(some.map(({ key }) => [keyText(key), key]));
      const reading = { plugin: registry.plugin, changes: { byKey: mapping.byKey }, context };
      const found = await matchingKeys(recordType, [...keys.values()], view, { kind: 'everything' }, reading);
      if (found.size < keys.size) return false;
    }
    return true;
  };

  return async (entry, partner) => {
    const groups = byPurpose(personsIn(entry, sealer));
    if (groups.length === 0) return true;
    const registry = options.registry(entry.registry);
    if (registry === undefined) return false;
    const deadline = { withinMs: searchMs, abort: new AbortController(), requestId: randomUUID(), log };
    try {
      return await withDeadline(deadline, async (context) => {
        for (const group of groups) if (!(await consent(group, registry, partner, context))) return false;
        return true;
      });
    } catch (cause) {
      if (cause instanceof GatewayError && cause.code === 'request.forbidden') return false; // the purpose was taken away
      throw cause;
    }
  };
};

/** The items of a message name their persons each for itself: asked about together, each once. */
const byPurpose = (groups: readonly ConsentedPersons[]): readonly ConsentedPersons[] =>
  [...Map.groupBy(groups, ({ purpose }) => purpose)].map(([purpose, some]) => {
    const subjects = some.flatMap(({ persons }) => persons as readonly Subject[]); // only `consentedPersons` writes them
    return { purpose, persons: [...new Map(subjects.map((each) => [subjectId(each), each])).values()] };
  });

/** Nothing is read but whether a row is let through. */
export const rowsAlone = (view: View): View => ({
  of: (recordType): RecordView => ({
    shows: () => false,
    showsIdentifier: () => true,
    rows: view.of(recordType)?.rows ?? view.held?.(recordType),
  }),
});
