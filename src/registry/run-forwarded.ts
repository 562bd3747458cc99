/**
 * Whether a search may go on as it came, and its limits where it does: for partners whom nothing restricts, on registries
 * that speak DCI. Everything else is written anew from what the partner may ask.
 */

import type { SearchItem } from '../dci/search-request.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { CallContext } from '../plugin.ts';
import { BackendError } from '../plugin.ts';
import type { TriedIdentifier } from '../query/count-identifiers.ts';
import { type RegistryRights, rowFilters } from '../security/rights.ts';
import type { WriteAudit } from './audit.ts';
import { fairTurns } from './fair-turns.ts';
import { orRejected } from './item-outcome.ts';
import { type PlannedSearch, type PlanSetting, planSearch } from './plan-search.ts';
import { auditedCall, type SearchCall, type SearchDependencies } from './search.ts';
import { createSettingOf } from './search-setting.ts';
import { withDeadline } from './with-deadline.ts';

/** Sends the bytes on. Answers what came back, and how many records it carries. */
export type SendOn<Answer> = (context: CallContext) => Promise<{ readonly answer: Answer; readonly records: number }>;

/** Undefined: it may not go on, nothing was counted. Rejects like a search. */
export type RunForwarded = <Answer>(call: SearchCall, send: SendOn<Answer>) => Promise<Answer | undefined>;

export const createRunForwarded = (dependencies: SearchDependencies & { readonly audit: WriteAudit }): RunForwarded => {
  const { limits, data, audit, log } = dependencies;
  const settingOf = createSettingOf(dependencies);
  return async (call, send) => {
    const { partner, request, requestId, abort } = call;
    const tried: TriedIdentifier[] = [];
    const setting = await settingOf(call, (identifiers) => {
      tried.push(...identifiers);
    });
    if (Number.isFinite(setting.maxRecords)) return undefined;
    const most = await mostRecords(request.items, setting);
    if (most === undefined || most > limits.recordsPerAnswer) return undefined;
    const { answer, records } = await data.concurrently(partner, async () => {
      await data.admit(partner, tried.length);
      return withDeadline({ withinMs: limits.searchMs, abort, requestId, log }, send);
    });
    if (records > most) throw new BackendError('unavailable', 'the upstream answered more records than were asked for');
    await data.charge(partner, records);
    audit({ ...auditedCall(call, tried), outcome: 'forwarded', count: records });
    return answer;
  };
};

/** Of all pages together. Undefined: an item that we would refuse (the partner is told so by us), limit or write otherwise. */
const mostRecords = async (items: readonly SearchItem[], setting: PlanSetting): Promise<number | undefined> => {
  const turn = fairTurns();
  let sum = 0;
  for (const item of items) {
    await turn();
    const step = orRejected(item, (): PlannedSearch => planSearch(item, setting));
    if ('status' in step || !isAsItIs(step, setting.mapping)) return undefined;
    sum += step.pageSize;
  }
  return sum;
};

/** Nothing is enforced that the answer would have to tell, and records are written as they come. */
const isAsItIs = ({ policy, output }: PlannedSearch, mapping: Mapping): boolean =>
  output === undefined && policy.enforced === undefined && seesEverything(policy.rights, mapping);

/** All records, attributes, fields and identifier types, as widely as one likes. */
const seesEverything = (rights: RegistryRights, mapping: Mapping): boolean =>
  rights.width === 'any' &&
  [...mapping.records.keys()].every((type) => {
    const record = rights.records.get(type);
    if (record === undefined || rowFilters(rights, type).length > 0) return false;
    return record.attributes === 'all' && record.fields === 'all' && record.identifierTypes === 'all';
  });
