/** Tells whether a partner's rights are still those a message was made with. A partner's version also grows with its keys. */

import type { ConsentConfig, ConsentRules } from '../config/config.ts';
import { canonicalText, canonicalValue } from '../dci/canonical.ts';
import type { Partner } from '../security/partner.ts';
import type { Allowed, NarrowedRecord, PurposeRights, RegistryRights } from '../security/rights.ts';
import { K } from '../store/document-key.ts';

/** Consent of the registry among them: what was made under another rule must not go out. */
export type RightsVersion = (partner: Pick<Partner, 'registries'>, registry: string) => string;

/** Worked out once for each set of rights. */
export const createRightsVersion = (
  consentOf: (registry: string) => ConsentConfig | undefined = () => undefined,
): RightsVersion => {
  const known = new WeakMap<RegistryRights, string>();
  return (partner, registry) => {
    const rights = partner.registries.get(registry);
    if (rights === undefined) return 'none';
    const version = known.get(rights) ?? K(textOf(rights, consentOf(registry)));
    known.set(rights, version);
    return version;
  };
};

/** Of rights without purposes as it was before there were any. */
const textOf = (
  { width, actions, records, purposes, defaultPurpose }: RegistryRights,
  consent: ConsentConfig | undefined,
): string =>
  canonicalValue(
    {
      width,
      actions: inOrder(actions),
      records: recordsText(records),
      ...(purposes !== undefined && {
        purposes: Object.fromEntries([...purposes].map(([name, purpose]) => [name, purposeText(purpose)])),
        defaultPurpose,
      }),
      ...(consent !== undefined && { consent: consentText(consent) }),
    },
    'compact',
  );

const purposeText = ({ basis, scopes, records }: PurposeRights): object => ({
  basis,
  scopes,
  records: records && recordsText(records),
});

const consentText = ({ notNeededFor, rules, purposeRules, service }: ConsentConfig): object => ({
  notNeededFor: notNeededFor.toSorted(),
  rules: rulesText(rules),
  service: service && { url: service.url, records: service.records },
  purposeRules: Object.fromEntries([...purposeRules].map(([purpose, own]) => [purpose, rulesText(own)])),
});

const rulesText = (rules: ConsentRules): object =>
  Object.fromEntries([...rules].map(([type, rule]) => [type, canonicalText(rule, 'compact')]));

const recordsText = (records: ReadonlyMap<string, NarrowedRecord>): object =>
  Object.fromEntries([...records].map(([type, record]) => [type, recordText(record)]));

const recordText = ({ attributes, fields, identifierTypes, rows }: NarrowedRecord): object => ({
  attributes: attributes && inOrder(attributes),
  fields: fields && inOrder(fields),
  identifierTypes: identifierTypes && inOrder(identifierTypes),
  rows: rows === undefined ? undefined : canonicalText(rows, 'compact'),
});

const inOrder = (allowed: Allowed): Allowed => (allowed === 'all' ? allowed : allowed.toSorted());
