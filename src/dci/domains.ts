/** The five registry domains of the standard and where they differ (PROTOCOL 1, 2 and 7). */

export type DomainName = 'social' | 'crvs' | 'fr' | 'dr' | 'ibr';

export interface DomainRules {
  /** What answers carry as `reg_type` where the configuration names nothing else. */
  readonly regType: string;
  /** Spellings of `reg_type` seen in the field, beside the one above. Compared without regard to case. */
  readonly regTypeAliases: readonly string[];
  /** `reg_records` of a search answer: a list, or an object. */
  readonly searchRecords: 'list' | 'object';
  /** What is searched when a request names no record type: the first of these that the registry has. */
  readonly recordTypes: readonly string[];
}

/** Most specs' own examples carry the social registry's name, whatever the domain. */
const rules = (
  name: string,
  searchRecords: 'list' | 'object',
  recordTypes: readonly string[],
  aliases: readonly string[],
): DomainRules => ({
  recordTypes,
  regType: `ns:org:RegistryType:${name}`,
  regTypeAliases: [name, `RegistryType:${name}`, `spdci:common:RegistryType:${name}`, ...aliases],
  searchRecords,
});

export const DOMAINS: Readonly<Record<DomainName, DomainRules>> = {
  social: rules(
    'Social',
    'list',
    ['Person'],
    [
      'SOCIAL_REGISTRY',
      'SR',
      'SocialRegistry',
      'SPP:RegistryType:Individual',
      'SPP:RegistryType:Group',
      'spdci-extensions-dci:SocialRegistry',
    ],
  ),
  crvs: rules('Civil', 'list', ['Person'], ['CIVIL_REGISTRY', 'CRVS', 'CivilRegistry', 'ns:org:RegistryType:CRVS']),
  fr: rules(
    'FR',
    'list',
    ['Farmer', 'Person'],
    ['FARMER_REGISTRY', 'FarmerRegistry', 'Farmer', 'ns:org:RegistryType:Farmer'],
  ),
  dr: rules(
    'DR',
    'object',
    ['DisabledPerson', 'Person'],
    ['DISABILITY_REGISTRY', 'DisabilityRegistry', 'Disability', 'ns:org:RegistryType:Disability'],
  ),
  ibr: rules(
    'IBR',
    'list',
    ['Beneficiary', 'Person'],
    ['BENEFICIARY_REGISTRY', 'IntegratedBeneficiaryRegistry', 'Beneficiary', 'INTEGRATED_BENEFICIARY_REGISTRY'],
  ),
};

/** Spellings that also say which record is meant (OpenSPP's clients name it here only). */
const RECORD_OF_REG_TYPE: ReadonlyMap<string, string> = new Map([
  ['spp:registrytype:individual', 'Person'],
  ['spp:registrytype:group', 'Group'],
]);

/** Which texts a registry takes as `reg_type`, and which record type a text implies. */
export interface RegTypes {
  /** True when `text` names this registry. */
  accepts(text: string): boolean;
  /** The record type that this spelling implies; undefined for most. */
  recordType(text: string): string | undefined;
}

/** The `reg_type` reader of one registry: its domain's spellings, what its answers carry, and what its configuration adds. */
export const createRegTypes = (domain: DomainName, regType: string, configured: readonly string[]): RegTypes => {
  const { regType: standard, regTypeAliases } = DOMAINS[domain];
  const known = new Set([standard, regType, ...regTypeAliases, ...configured].map((each) => each.toLowerCase()));
  return {
    accepts: (text) => known.has(text.toLowerCase()),
    recordType: (text) => RECORD_OF_REG_TYPE.get(text.toLowerCase()),
  };
};

/** The record type that a registry is asked for where nothing is named. @param mapped those that it has */
export const domainRecordType = (domain: DomainName, mapped: Iterable<string>): string => {
  const types = [...mapped];
  return DOMAINS[domain].recordTypes.find((type) => types.includes(type)) ?? types[0] ?? '';
};

/** `reg_records` in the form that the domain's search answer wants. */
export const searchRecords = (domain: DomainName, records: readonly object[]): readonly object[] | object => {
  if (DOMAINS[domain].searchRecords === 'list') return records;
  const [only] = records;
  return records.length === 1 && only !== undefined ? only : { '@graph': records };
};
