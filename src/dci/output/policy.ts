/** How records are written for one partner (PROTOCOL 7 and 10). */

export const OUTPUT_PROFILES = ['standard', 'openspp'] as const;
export const OUTPUT_VALUES = ['codes', 'labels'] as const;
export const IDENTIFIER_TYPES = ['codes', 'names'] as const;

export interface OutputPolicy {
  /** `openspp`: the camelCase records that older OpenSPP clients read. */
  readonly profile: (typeof OUTPUT_PROFILES)[number];
  /** What stands in coded fields, but for the types of identifiers. */
  readonly values: (typeof OUTPUT_VALUES)[number];
  /** What stands as the type of an identifier: `urn:gov:national-id`, or its name. */
  readonly identifierTypes: (typeof IDENTIFIER_TYPES)[number];
  /** Names of identifier types for this partner, before those of the mapping. */
  readonly typeNames?: Readonly<Record<string, string>>;
}

/** Records as the standard has them. */
export const STANDARD_OUTPUT: OutputPolicy = { profile: 'standard', values: 'codes', identifierTypes: 'codes' };

/** What is chosen, over the defaults: older OpenSPP clients read names of identifier types. */
export const outputPolicy = (chosen: Partial<OutputPolicy>): OutputPolicy => {
  const { profile = 'standard', values = 'codes', typeNames } = chosen;
  const { identifierTypes = profile === 'openspp' || typeNames !== undefined ? 'names' : 'codes' } = chosen;
  return { profile, values, identifierTypes, ...(typeNames !== undefined && { typeNames }) };
};

/** Nothing to be done: records go out as they were rendered. */
export const isStandard = ({ profile, values, identifierTypes }: OutputPolicy): boolean =>
  profile === 'standard' && values === 'codes' && identifierTypes === 'codes';
