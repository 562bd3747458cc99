/** Records that are named one by one: keys that a registry pushed, rows that could not be mapped and are tried again. */

import type { BoundChanges, Mapping } from '../mapping/mapping.ts';
import type { CallContext, EntityKey } from '../plugin.ts';
import type { Sealer } from '../security/at-rest.ts';
import { PUSHED, type Pushed, QUARANTINE, type Quarantined } from '../store/async-documents.ts';
import { type Documents, removeOf } from '../store/documents.ts';
import { type Keyed, keyText, recordId } from './keyed.ts';
import type { ProcessChanges } from './process-changes.ts';
import type { Registry } from './registry.ts';
import type { Touched } from './touched.ts';

export interface SinglesOptions {
  readonly documents: Documents;
  readonly sealer: Sealer;
  readonly keyed: Keyed;
  readonly process: ProcessChanges;
}

export interface SinglesCall {
  readonly registry: Registry;
  readonly mapping: Mapping;
  readonly changes: BoundChanges;
  readonly position: number;
  /** Notes that so many positions were given. False: another moved the feed meanwhile. */
  readonly raise: (count: number) => Promise<boolean>;
  readonly context: CallContext;
}

/** Whether there were any: then there may be more. */
export type TakeSingles = (call: SinglesCall) => Promise<boolean>;

const PAGE = 100;

/** An event is told once, however often its request comes; any other repeat is one more look at the record, which may have changed. */
const pushVersion = ({ _id, event, at }: Pushed): string => (event === undefined ? `push ${_id} ${at}` : `push ${_id}`);

export const createTakeSingles = ({ documents, sealer, keyed, process }: SinglesOptions): TakeSingles => {
  const touchedOf = (each: Pushed | Quarantined, event: string | undefined, version: string): Touched => {
    const key = JSON.parse(sealer.open(each.key)) as EntityKey; // only `push` and `writeEvents` write these texts
    const { registry, recordType } = each;
    const id = recordId(keyed, registry, recordType, key);
    return {
      recordType,
      key,
      keyText: keyText(key),
      id,
      kind: each.change ?? 'changed',
      version,
      event,
      old: undefined,
    };
  };
  return async (call) => {
    const { id } = call.registry.config;
    const pushed = await documents.find(PUSHED, { index: 'byRegistry', equals: [id], limit: PAGE });
    const again = await documents.find(QUARANTINE, { index: 'byRetry', equals: [id, true], limit: PAGE });
    if (pushed.length === 0 && again.length === 0) return false;
    const tried = again.map((each) => ({ each, touched: touchedOf(each, undefined, `retry ${each.changeVersion}`) }));
    const touched = [...pushed.map((each) => touchedOf(each, each.event, pushVersion(each))), ...tried.map((one) => one.touched)]; // biome-ignore format: one look
    const { failed } = await process({ ...call, touched });
    if (!(await call.raise(touched.length))) return true; // they are taken again, and meet their own events
    // They go last: what is taken again after a crash meets its own events.
    await documents.apply([
      ...pushed.map(({ _id }) => removeOf(PUSHED, _id)),
      ...tried.filter((one) => !failed.has(one.touched.id)).map(({ each }) => removeOf(QUARANTINE, each._id)),
    ]);
    for (const { each, touched: one } of tried)
      if (failed.has(one.id)) await documents.replace(QUARANTINE, { ...each, retry: undefined });
    return true;
  };
};
