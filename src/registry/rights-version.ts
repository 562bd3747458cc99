/** Tells whether a partner's rights are still those a message was made with. A partner's version also grows with its keys. */

import { canonicalText, canonicalValue } from '../dci/canonical.ts';
import type { Partner } from '../security/partner.ts';
import type { Allowed, RecordRights, RegistryRights } from '../security/rights.ts';
import { K } from '../store/document-key.ts';

export type RightsVersion = (partner: Pick<Partner, 'registries'>, registry: string) => string;

/** Worked out once for each set of rights. */
export const createRightsVersion = (): RightsVersion => {
  const known = new WeakMap<RegistryRights, string>();
  return (partner, registry) => {
    const rights = partner.registries.get(registry);
    if (rights === undefined) return 'none';
    const version = known.get(rights) ?? K(textOf(rights));
    known.set(rights, version);
    return version;
  };
};

const textOf = ({ width, actions, records }: RegistryRights): string =>
  canonicalValue(
    {
      width,
      actions: inOrder(actions),
      records: Object.fromEntries([...records].map(([type, record]) => [type, recordText(record)])),
    },
    'compact',
  );

const recordText = ({ attributes, fields, identifierTypes, rows }: RecordRights): object => ({
  attributes: inOrder(attributes),
  fields: inOrder(fields),
  identifierTypes: inOrder(identifierTypes),
  rows: rows === undefined ? undefined : canonicalText(rows, 'compact'),
});

const inOrder = (allowed: Allowed): Allowed => (allowed === 'all' ? allowed : allowed.toSorted());
