/** What an answer's `header.meta` says was enforced: names of the configuration only. */

import { canonicalText } from './canonical.ts';
import { isJsonArray, isJsonObject, type JsonNode } from './json-node.ts';

export interface Enforced {
  readonly purpose: string | undefined;
  readonly legalBasis: string | undefined;
  /** Who decided about consent. */
  readonly consent: 'none' | 'rule' | 'service';
  /** Of fields, as the rights name them. */
  readonly scopes: readonly string[];
}

/** Whose consent an answer rests on, to be asked again before it is sent. Never leaves the gateway. */
export interface ConsentedPersons {
  readonly purpose: string | undefined;
  readonly persons: readonly {
    readonly recordType: string;
    /** In the registry. */
    readonly key: readonly (string | number | boolean | null)[];
    readonly identifiers: object | undefined;
  }[];
}

/** One entry for all items that were answered under the same; where there are several, ids tell which. Undefined: nothing to be told. */
export const enforcedMeta = (
  items: readonly { readonly referenceId?: string; readonly enforced: Enforced | undefined }[],
): Readonly<Record<string, unknown>> | undefined => {
  const groups = Map.groupBy(
    items.filter(({ enforced }) => enforced !== undefined),
    ({ enforced }) => JSON.stringify(enforced),
  );
  const told = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first?.enforced === undefined) return [];
    const ids = group.flatMap(({ referenceId }) => (referenceId === undefined ? [] : [referenceId]));
    return [{ ...entryOf(first.enforced), ...(groups.size > 1 && { reference_ids: ids }) }];
  });
  return told.length === 0 ? undefined : { enforced: told };
};

/** What a message that was kept says in its `header.meta`, and of which of its items it is told again. */
export interface ToldBefore {
  readonly meta: JsonNode | undefined;
  readonly referenceIds: readonly string[];
}

/** As `enforcedMeta`, of messages that are told again together. */
export const enforcedBefore = (messages: readonly ToldBefore[]): Readonly<Record<string, unknown>> | undefined => {
  const entries = messages.flatMap(({ meta, referenceIds }) => {
    const list = isJsonObject(meta) ? meta.enforced : undefined;
    if (!isJsonArray(list)) return [];
    return list.filter(isJsonObject).flatMap(({ reference_ids: named, ...entry }) => {
      const ids = isJsonArray(named) ? referenceIds.filter((id) => named.includes(id)) : referenceIds;
      return ids.length === 0 ? [] : [{ entry, ids }];
    });
  });
  const groups = [...Map.groupBy(entries, ({ entry }) => canonicalText(entry, 'compact')).values()];
  const told = groups.flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    return [{ ...first.entry, ...(groups.length > 1 && { reference_ids: group.flatMap(({ ids }) => ids) }) }];
  });
  return told.length === 0 ? undefined : { enforced: told };
};

const entryOf = ({ purpose, legalBasis, consent, scopes }: Enforced): object => ({
  ...(purpose !== undefined && { purpose }),
  ...(legalBasis !== undefined && { legal_basis: legalBasis }),
  consent,
  ...(scopes.length > 0 && { scopes }),
});
