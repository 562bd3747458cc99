/** Changes of a source's rows → the records they touch, which are read again. */

import { eventNameOf } from '../dci/event-types.ts';
import type { ChangeKind, ChangeSource, EntityKey, NativeChange } from '../plugin.ts';
import { type Keyed, keyText, recordId } from './keyed.ts';

export interface Touched {
  readonly recordType: string;
  readonly key: EntityKey;
  readonly keyText: string;
  /** HMAC of registry, record type and key. */
  readonly id: string;
  /** What the source says of the record; `below`: it speaks of a row below it. */
  readonly kind: ChangeKind | 'below';
  /** The same when the same change is told again. */
  readonly version: string;
  /** A domain's own event. */
  readonly event: string | undefined;
  readonly old: NativeChange['old'];
}

/** In the source's order. */
export const touchedBy = (
  source: ChangeSource,
  changes: readonly NativeChange[],
  registry: string,
  keyed: Keyed,
): readonly Touched[] =>
  changes.flatMap((change) =>
    Object.entries(change.touches).flatMap(([recordType, keys]) =>
      keys.map(
        (key): Touched => ({
          recordType,
          key,
          keyText: keyText(key),
          id: recordId(keyed, registry, recordType, key),
          kind: isOwn(source, recordType) === false ? 'below' : change.kind,
          version: `${source.id} ${change.version}`,
          event: change.event === undefined ? undefined : eventNameOf(change.event),
          old: change.old,
        }),
      ),
    ),
  );

/** Whether a changed row is the record's own row; undefined where the source does not tell (a log without old values). */
export const isOwn = (source: ChangeSource, recordType: string): boolean | undefined => {
  const entity = source.kind === 'log' ? source.old?.entity : source.entity;
  if (entity === undefined) return undefined;
  const touched = source.touches[recordType];
  return touched?.own === true || touched?.entity === entity;
};
