/** What an answer's `header.meta` says was enforced: names of the configuration only. */

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

const entryOf = ({ purpose, legalBasis, consent, scopes }: Enforced): object => ({
  ...(purpose !== undefined && { purpose }),
  ...(legalBasis !== undefined && { legal_basis: legalBasis }),
  consent,
  ...(scopes.length > 0 && { scopes }),
});
